import { hasWords, wordsOf } from '../words.js';
import type { Concept } from './concept.js';
import type { ConceptQuery, StoredConcept, StoredConcepts } from './stored-concepts.js';

/** Concepts of a supplement. */
export interface Supplement {
  codes(): Iterable<string>;
  codeOf(code: string): string | undefined;
  concept(code: string): Concept | undefined;
}

/** A concept with the designations and properties of supplements; a definition or a display of theirs changes nothing. */
export function supplementedConcept<C extends Concept>(concept: C, supplements: readonly Supplement[]): C {
  const more = supplements.flatMap((one) => one.concept(one.codeOf(concept.code) ?? concept.code) ?? []);
  if (more.length === 0) return concept;
  return {
    ...concept,
    designations: [...concept.designations, ...more.flatMap(({ designations }) => designations)],
    properties: [...concept.properties, ...more.flatMap(({ properties }) => properties)],
    extensions: [...(concept.extensions ?? []), ...more.flatMap(({ extensions = [] }) => extensions)],
  };
}

/** The query with the codes whose designations in supplements have its words. */
function withTextsOf(supplements: readonly Supplement[], query: ConceptQuery): ConceptQuery {
  const words = wordsOf(query.filter ?? '');
  if (words.length === 0) return query;
  const withWords = new Set<string>();
  for (const supplement of supplements)
    for (const code of supplement.codes())
      if (supplement.concept(code)?.designations.some(({ value }) => hasWords(value, words))) withWords.add(code);
  return withWords.size === 0 ? query : { ...query, withWords: [...withWords] };
}

/** Concepts that are not in memory, with the designations and properties of supplements; filters by words see these designations. */
export function supplementedConcepts(stored: StoredConcepts, supplements: readonly Supplement[]): StoredConcepts {
  const add = <C extends Concept>(concept: C): C => supplementedConcept(concept, supplements);
  const addToStored = (concept: StoredConcept): StoredConcept =>
    add({ ...concept, texts: (name) => concept.texts(name) });
  return {
    size: stored.size,
    load: stored.load,
    tell: async (code) => {
      const told = await stored.tell(code);
      return told && { ...told, concept: add(told.concept) };
    },
    find: async (code, selection) => {
      const found = await stored.find(code, selection);
      return found && { ...found, concept: add(found.concept) };
    },
    known: (codes) => stored.known(codes),
    concepts: async (codes) => (await stored.concepts(codes)).map(addToStored),
    page: async (query, part) => {
      const page = await stored.page(withTextsOf(supplements, query), part);
      return { ...page, concepts: page.concepts.map(addToStored) };
    },
    count: (query) => stored.count(withTextsOf(supplements, query)),
    codes: (selection, most) => stored.codes(selection, most),
    links: (codes, fresh, most) => stored.links(codes, fresh, most),
  };
}

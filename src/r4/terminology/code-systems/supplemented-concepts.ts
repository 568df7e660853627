import { all } from '../../search/query/concept-selection.js';
import { TooCostly } from '../cannot-expand.js';
import { hasWords, wordsOf } from '../words.js';
import type { Concept } from './concept.js';
import type { ConceptQuery, StoredConcept, StoredConcepts } from './stored-concepts.js';

/** Concepts of a supplement, in memory or in tables. */
export interface Supplement {
  readonly stored: StoredConcepts | undefined;
  codes(): Iterable<string>;
  codeOf(code: string): string | undefined;
  concept(code: string): Concept | undefined;
}

/** Designations and properties that supplements add to a code. */
type Sayings = (code: string) => readonly Concept[];

/** Codes that the words of a filter find in the texts of one supplement in tables. */
const mostWithWords = 5000;

/** A concept with the designations and properties of supplements; a definition or a display of theirs changes nothing. */
export const supplementedConcept = <C extends Concept>(concept: C, supplements: readonly Supplement[]): C =>
  extended(
    concept,
    supplements.flatMap((one) => inMemory(one, concept.code)),
  );

function extended<C extends Concept>(concept: C, more: readonly Concept[]): C {
  if (more.length === 0) return concept;
  const { designations, properties, extensions = [] } = concept;
  // All else is the concept's own, which may be one that reads itself when it is asked.
  return Object.create(concept, {
    designations: { value: [...designations, ...more.flatMap((one) => one.designations)] },
    properties: { value: [...properties, ...more.flatMap((one) => one.properties)] },
    extensions: { value: [...extensions, ...more.flatMap((one) => one.extensions ?? [])] },
  }) as C;
}

function inMemory(supplement: Supplement, code: string): readonly Concept[] {
  const concept = supplement.concept(supplement.codeOf(code) ?? code);
  return concept ? [concept] : [];
}

/** Of the codes of one answer: a supplement in tables is asked once for all of them. */
async function sayingsOf(supplements: readonly Supplement[], codes: readonly string[]): Promise<Sayings> {
  const each: Sayings[] = [];
  for (const supplement of supplements) {
    const { stored } = supplement;
    const found = stored && new Map((await stored.concepts(codes)).map((one) => [one.code, [one]]));
    each.push(found ? (code) => found.get(code) ?? [] : (code) => inMemory(supplement, code));
  }
  return (code) => each.flatMap((one) => one(code));
}

/** The query with the codes whose designations in supplements have its words. Throws {@link TooCostly} for many in tables. */
async function withTextsOf(supplements: readonly Supplement[], query: ConceptQuery): Promise<ConceptQuery> {
  const { filter } = query;
  const words = wordsOf(filter ?? '');
  if (words.length === 0) return query;
  const withWords = new Set<string>();
  for (const supplement of supplements)
    for (const { code, designations } of await withSomeText(supplement, filter))
      if (designations.some(({ value }) => hasWords(value, words))) withWords.add(code);
  return withWords.size === 0 ? query : { ...query, withWords: [...withWords] };
}

/** The concepts of a supplement that may have the words in a designation. */
async function withSomeText(supplement: Supplement, filter: string | undefined): Promise<readonly Concept[]> {
  const { stored } = supplement;
  if (!stored) return [...supplement.codes()].flatMap((code) => supplement.concept(code) ?? []);
  const { concepts } = await stored.page({ selection: all, filter }, { offset: 0, count: mostWithWords + 1 });
  if (concepts.length <= mostWithWords) return concepts;
  throw new TooCostly(`More than ${mostWithWords} concepts of a supplement have these words.`);
}

/** Concepts that are not in memory, with the designations and properties of supplements; filters by words see these designations. */
export function supplementedConcepts(stored: StoredConcepts, supplements: readonly Supplement[]): StoredConcepts {
  const add = async <C extends Concept>(concept: C): Promise<C> =>
    extended(concept, (await sayingsOf(supplements, [concept.code]))(concept.code));
  const addToAll = async (concepts: readonly StoredConcept[]): Promise<readonly StoredConcept[]> => {
    const codes = concepts.map(({ code }) => code);
    const said = await sayingsOf(supplements, codes);
    return concepts.map((one) => extended(one, said(one.code)));
  };
  return {
    size: stored.size,
    load: stored.load,
    tell: async (code) => {
      const told = await stored.tell(code);
      return told && { ...told, concept: await add(told.concept) };
    },
    find: async (code, selection) => {
      const found = await stored.find(code, selection);
      return found && { ...found, concept: await add(found.concept) };
    },
    known: (codes) => stored.known(codes),
    concepts: async (codes) => addToAll(await stored.concepts(codes)),
    page: async (query, part) => {
      const page = await stored.page(await withTextsOf(supplements, query), part);
      return { ...page, concepts: await addToAll(page.concepts) };
    },
    count: async (query) => stored.count(await withTextsOf(supplements, query)),
    codes: (selection, most) => stored.codes(selection, most),
    links: (codes, fresh, most) => stored.links(codes, fresh, most),
  };
}

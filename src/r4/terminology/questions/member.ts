import { type Concept, type Designation, designationsOf } from '../code-systems/concept.js';
import type { Expansion } from '../value-sets/expansion.js';
import { isKindOf, languagesIn, shorterThan } from '../language.js';
import { type Part, partsOf, textOf } from '../read-resource.js';
import { hasWords, wordsOf } from '../words.js';

/** A member of a value set. */
export interface Member {
  readonly system: string;
  readonly code: string;
  readonly display: string | undefined;
  /** Of the code system, where the value set says another one. */
  readonly ownDisplay: string | undefined;
  readonly designations: readonly Designation[];
  readonly isAbstract: boolean;
  readonly isInactive: boolean;
  readonly status?: string | undefined;
  /** Of the display, where it is known. */
  readonly language?: string | undefined;
  /** Of the code system, where the value set has several. */
  readonly version?: string | undefined;
  /** Extensions of the code that an expansion has too. */
  readonly extensions?: readonly Part[];
  readonly definition?: string | undefined;
  /** Of the code system. */
  readonly properties?: readonly Part[];
  /** Extensions of the value set for the code, and those of the code system, as they were written. */
  readonly sayings?: readonly Part[];
}

/** A code of a code system, with what a value set and the code system say of it; the latter may not be here. */
export function memberOf(
  { url, code }: { readonly url: string; readonly code: string },
  known: Concept | undefined,
  expansion: Expansion,
  language?: string,
): Member {
  const concept = known ?? unknown;
  const said = expansion.named.said.get(url)?.get(code) ?? {};
  const ofSet = partsOf(said['extension']);
  const sayings = [...ofSet, ...(concept.extensions ?? [])];
  return {
    system: url,
    code,
    display: textOf(said['display']) ?? concept.display,
    ownDisplay: concept.display,
    designations: [...designationsOf(said), ...concept.designations],
    isAbstract: concept.isAbstract,
    isInactive: concept.isInactive,
    status: concept.status,
    ...(language !== undefined && { language }),
    extensions: [
      ...ofSet.filter((one) => ofMembers.has(one['url'])),
      ...rendering.flatMap((name) => sayings.filter((one) => one['url'] === name).slice(0, 1)),
    ],
    definition: concept.definition,
    properties: concept.properties,
    sayings,
  };
}

/** Extensions of concepts of a value set that an expansion has too. */
const ofMembers: ReadonlySet<unknown> = new Set([
  'http://hl7.org/fhir/StructureDefinition/valueset-deprecated',
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status',
  'http://hl7.org/fhir/StructureDefinition/valueset-concept-definition',
]);

/** How a code is shown: the value set says it, or the code system. */
const rendering: readonly string[] = [
  'http://hl7.org/fhir/StructureDefinition/rendering-style',
  'http://hl7.org/fhir/StructureDefinition/rendering-xhtml',
];

const unknown: Omit<Concept, 'code'> = {
  display: undefined,
  definition: undefined,
  properties: [],
  designations: [],
  isAbstract: false,
  isInactive: false,
  status: undefined,
};

/** The text in a language of a list: that very one, one that it is a kind of, or the nearest shorter one; otherwise the display. */
export function displayIn(
  { display, designations, language: own }: Pick<Member, 'display' | 'designations' | 'language'>,
  languages: string | undefined,
): string | undefined {
  if (languages === undefined) return display;
  for (const wanted of languagesIn(languages)) {
    const ranges = [
      (tag: string): boolean => isKindOf(tag, wanted),
      ...shorterThan(wanted).map(
        (one) =>
          (tag: string): boolean =>
            tag.toLowerCase() === one,
      ),
    ];
    for (const isIn of ranges) {
      if (own !== undefined && isIn(own)) return display;
      const inIt = designations.filter(({ language = '' }) => isIn(language));
      const found = inIt.find(({ use }) => !use) ?? inIt[0];
      if (found) return found.value;
    }
  }
  return display;
}

/** True if each word of the filter begins a word of the display, or the code begins with it. */
export function matchesFilter({ code, display = '', designations }: Member, filter: string): boolean {
  const words = wordsOf(filter);
  const texts = [display, code, ...designations.map(({ value }) => value)];
  return texts.some((text) => hasWords(text, words));
}

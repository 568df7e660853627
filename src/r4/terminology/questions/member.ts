import { type Concept, type Designation, designationsOf } from '../code-systems/concept.js';
import type { Expansion } from '../value-sets/expansion.js';
import { isKindOf, languagesIn, shorterThan } from '../language.js';
import { type Part, partsOf, textOf } from '../read-resource.js';
import { hasWords, wordsOf } from '../words.js';

/** The place of a member: code system and code. */
interface MemberPlace {
  readonly url: string;
  readonly code: string;
  /** Of the code system, where the value set has several. */
  readonly version?: string | undefined;
}

/** Statements about a member, of its value set and of its code system. */
interface Known {
  /** By the value set. */
  readonly said: Part;
  readonly concept: Omit<Concept, 'code'>;
  readonly language: string | undefined;
}

/** A member of a value set. Its texts and properties are put together when they are asked for: most questions about a code are not about them. */
export class Member {
  readonly system: string;
  readonly code: string;
  /** Of the code system, where the value set has several. */
  readonly version: string | undefined;
  /** Of the display, where it is known. */
  readonly language: string | undefined;
  readonly isAbstract: boolean;
  readonly isInactive: boolean;
  readonly status: string | undefined;

  constructor(
    { url, code, version }: MemberPlace,
    private readonly known: Known,
  ) {
    const { language, concept } = known;
    this.system = url;
    this.code = code;
    this.version = version;
    this.language = language;
    this.isAbstract = concept.isAbstract;
    this.isInactive = concept.isInactive;
    this.status = concept.status;
  }

  get display(): string | undefined {
    return textOf(this.known.said['display']) ?? this.known.concept.display;
  }

  /** Of the code system, where the value set says another one. */
  get ownDisplay(): string | undefined {
    return this.known.concept.display;
  }

  get designations(): readonly Designation[] {
    return [...designationsOf(this.known.said), ...this.known.concept.designations];
  }

  get definition(): string | undefined {
    return this.known.concept.definition;
  }

  /** Of the code system. */
  get properties(): readonly Part[] {
    return this.known.concept.properties;
  }

  /** Extensions of the value set for the code, and those of the code system, as they were written. */
  get sayings(): readonly Part[] {
    return [...partsOf(this.known.said['extension']), ...(this.known.concept.extensions ?? [])];
  }

  /** Extensions of the code that an expansion has too. */
  get extensions(): readonly Part[] {
    const { sayings } = this;
    return [
      ...partsOf(this.known.said['extension']).filter((one) => ofMembers.has(one['url'])),
      ...rendering.flatMap((name) => sayings.filter((one) => one['url'] === name).slice(0, 1)),
    ];
  }

  /** The member in a version of the code system. */
  in(version: string | undefined): Member {
    return new Member({ url: this.system, code: this.code, version }, this.known);
  }
}

/** A code of a code system, with what a value set and the code system say of it; the latter may not be here. */
export const memberOf = (
  { url, code }: MemberPlace,
  concept: Concept | undefined,
  { named }: Expansion,
  language?: string,
): Member =>
  new Member({ url, code }, { said: named.said.get(url)?.get(code) ?? nothing, concept: concept ?? unknown, language });

const nothing: Part = {};

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
  member: Pick<Member, 'display' | 'designations'> & { readonly language?: string | undefined },
  languages: string | undefined,
): string | undefined {
  const { display, language: own } = member;
  if (languages === undefined) return display;
  const { designations } = member;
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

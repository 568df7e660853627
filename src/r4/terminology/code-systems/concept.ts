import { standardsStatusOf } from '../publication-status.js';
import { isTrue, type Part, partsOf, textOf } from '../read-resource.js';

/** Another text for a concept (https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept.designation). */
export interface Designation {
  readonly language?: string;
  readonly use?: Part;
  readonly value: string;
  /** Extensions that an expansion has too. */
  readonly extension?: readonly Part[];
}

/** A concept of a code system. */
export interface Concept {
  readonly code: string;
  readonly display: string | undefined;
  readonly definition: string | undefined;
  readonly designations: readonly Designation[];
  /** As they were written: `code` and `value[x]`. */
  readonly properties: readonly Part[];
  /** Not for use by itself. */
  readonly isAbstract: boolean;
  /** Not for use any more. */
  readonly isInactive: boolean;
  /** As its code system says it, such as `retired` or `deprecated`. */
  readonly status?: string | undefined;
  /** As they were written; absent where they are not kept. */
  readonly extensions?: readonly Part[];
}

const meaning = 'http://hl7.org/fhir/concept-properties#';
const gone: ReadonlySet<unknown> = new Set(['retired', 'inactive']);

/** Reads concepts of one code system: what its properties mean is said by their uri, or by the usual names. */
export class ConceptReader {
  private readonly abstracts: ReadonlySet<string>;
  private readonly statuses: ReadonlySet<string>;
  private readonly inactives: ReadonlySet<string>;

  constructor(resource: Part) {
    const declared = partsOf(resource['property']);
    const named = (name: string, ...usual: readonly string[]): ReadonlySet<string> => {
      const found = declared.filter(({ uri }) => uri === `${meaning}${name}`).map(({ code }) => textOf(code) ?? '');
      return new Set(found.length > 0 ? found : usual);
    };
    this.abstracts = named('notSelectable', 'notSelectable', 'abstract');
    this.statuses = named('status', 'status');
    this.inactives = named('inactive', 'inactive');
  }

  read(concept: Part, code: string): Concept {
    const properties = partsOf(concept['property']);
    const status = properties.find((one) => this.statuses.has(textOf(one['code']) ?? ''));
    const has = (names: ReadonlySet<string>, isIt: (property: Part) => boolean): boolean =>
      properties.some((one) => names.has(textOf(one['code']) ?? '') && isIt(one));
    return {
      code,
      display: textOf(concept['display']),
      definition: textOf(concept['definition']),
      designations: designationsOf(concept),
      properties,
      isAbstract: has(this.abstracts, isTrue),
      isInactive:
        has(this.inactives, isTrue) || has(this.statuses, (one) => gone.has(one['valueCode'] ?? one['valueString'])),
      status: textOf(status?.['valueCode']) ?? textOf(status?.['valueString']) ?? standardsStatusOf(concept),
      extensions: partsOf(concept['extension']),
    };
  }
}

/** Extensions of designations that an expansion has too. */
const ofDesignations: ReadonlySet<unknown> = new Set([
  'http://hl7.org/fhir/StructureDefinition/coding-sctdescid',
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status',
]);

export const designationsOf = ({ designation }: Part): readonly Designation[] =>
  partsOf(designation).flatMap(({ extension, language, use, value }) => {
    const text = textOf(value);
    if (text === undefined) return [];
    const kept = partsOf(extension).filter(({ url }) => ofDesignations.has(url));
    return [
      {
        ...(kept.length > 0 && { extension: kept }),
        ...(typeof language === 'string' && { language }),
        ...(typeof use === 'object' && use !== null && { use: use as Part }),
        value: text,
      },
    ];
  });

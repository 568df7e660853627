import { canonicalText } from '../canonical.js';
import { CodeSet } from './code-set.js';
import { type PublicationStatus, publicationStatusOf } from '../publication-status.js';
import { type Part, isPart, partsOf, textOf, textsOf } from '../read-resource.js';

export interface ConceptFilter {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}

/** One `include` or `exclude`: what satisfies all of its parts. */
export interface ValueSetPart {
  readonly system?: string;
  /** Version of the code system. */
  readonly version?: string;
  /** The codes that are listed; undefined: all that the filters let through. */
  readonly codes?: readonly string[];
  /** Requested details of the listed concepts. */
  readonly concepts?: readonly Part[];
  readonly filters: readonly ConceptFilter[];
  /** Canonicals of value sets that the codes are in. */
  readonly valueSets: readonly string[];
}

/** Content of a ValueSet (https://hl7.org/fhir/R4/valueset.html). */
export interface ValueSet {
  readonly url: string;
  readonly version: string | undefined;
  /** Metadata of the definition: name, title, status and the like. */
  readonly head: Part;
  readonly includes: readonly ValueSetPart[];
  readonly excludes: readonly ValueSetPart[];
  /** Concepts that are not for use any more are none of it (ValueSet.compose.inactive). */
  readonly activeOnly: boolean;
  /** Value sets inside it, by `#id`. */
  readonly contained: ReadonlyMap<string, ValueSet>;
  /** The codes of a stored expansion that has all of them. */
  readonly expansion: CodeSet | undefined;
  /** Canonicals of supplements that it rests on (http://hl7.org/fhir/StructureDefinition/valueset-supplement). */
  readonly supplements: readonly string[];
  /** Language of displays that it asks for. */
  readonly language: string | undefined;
  readonly publicationStatus: PublicationStatus | undefined;
  /** Number of its items: the weight of it in a cache. */
  readonly size: number;
}

export function readValueSet(resource: Part): ValueSet {
  const compose = isPart(resource['compose']) ? resource['compose'] : {};
  const includes = partsOf(compose['include']).map(readPart);
  const excludes = partsOf(compose['exclude']).map(readPart);
  const expansion = isPart(resource['expansion']) ? readExpansion(resource['expansion']) : undefined;
  const contained = containedIn(resource);
  const listed = [...includes, ...excludes].map(({ codes = [] }) => 1 + codes.length);
  return {
    url: textOf(resource['url']) ?? '',
    version: textOf(resource['version']),
    head: headOf(resource),
    includes,
    excludes,
    contained,
    supplements: partsOf(resource['extension'])
      .filter(({ url }) => url === supplementExtension)
      .flatMap(({ valueCanonical }) => textOf(valueCanonical) ?? []),
    language: languageOf(resource, compose),
    publicationStatus: publicationStatusOf(resource),
    activeOnly: compose['inactive'] === false,
    expansion,
    size: [...contained.values()].reduce(
      (sum, { size }) => sum + size,
      listed.reduce((sum, one) => sum + one, expansion?.size ?? 0),
    ),
  };
}

/** https://hl7.org/fhir/R4/references.html#contained; what is contained contains nothing itself. */
const containedIn = ({ contained }: Part): ReadonlyMap<string, ValueSet> =>
  new Map(
    partsOf(contained)
      .filter((one) => one['resourceType'] === 'ValueSet')
      .map((one) => [`#${textOf(one['id']) ?? ''}`, readValueSet({ ...one, contained: undefined })]),
  );

const supplementExtension = 'http://hl7.org/fhir/StructureDefinition/valueset-supplement';

const expansionParameter = 'http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter';

/** By http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter, or of the resource. */
function languageOf(resource: Part, { extension }: Part): string | undefined {
  const asked = partsOf(extension)
    .filter(({ url }) => url === expansionParameter)
    .map((one) => partsOf(one['extension']))
    .find((parts) => parts.some(({ url, valueCode }) => url === 'name' && valueCode === 'displayLanguage'));
  const value = asked?.find(({ url }) => url === 'value');
  return textOf(value?.['valueCode']) ?? textOf(value?.['valueString']) ?? textOf(resource['language']);
}

const headNames = ['id', 'url', 'version', 'name', 'title', 'status', 'experimental', 'date', 'publisher'] as const;

const headOf = (resource: Part): Part =>
  Object.fromEntries(headNames.flatMap((name) => (resource[name] === undefined ? [] : [[name, resource[name]]])));

export const nameOf = ({ url, version }: ValueSet): string => canonicalText(url, version);

function readPart(part: Part): ValueSetPart {
  const system = textOf(part['system']);
  const version = textOf(part['version']);
  const codes = Array.isArray(part['concept']) ? codesOf(partsOf(part['concept'])) : undefined;
  return {
    ...(system !== undefined && { system }),
    ...(version !== undefined && { version }),
    ...(codes && { codes, concepts: partsOf(part['concept']) }),
    filters: partsOf(part['filter']).map((filter) => ({
      property: textOf(filter['property']) ?? '',
      op: textOf(filter['op']) ?? '',
      value: textOf(filter['value']) ?? '',
    })),
    valueSets: textsOf(part['valueSet']),
  };
}

const codesOf = (concepts: readonly Part[]): readonly string[] => concepts.flatMap(({ code }) => textOf(code) ?? []);

const unclosed = 'http://hl7.org/fhir/StructureDefinition/valueset-unclosed';

/** Parameters with which an expansion leaves codes out. */
const narrowing: ReadonlySet<string> = new Set(['filter', 'offset', 'count', 'activeOnly', 'excludePostCoordinated']);

/** Undefined unless it has every code (https://hl7.org/fhir/R4/valueset.html#expansion). */
function readExpansion(expansion: Part): CodeSet | undefined {
  if (isNarrowed(expansion)) return undefined;
  const codes = new CodeSet();
  const left = [...partsOf(expansion['contains'])];
  let count = 0;
  for (let entry = left.pop(); entry; entry = left.pop()) {
    count++;
    left.push(...partsOf(entry['contains']));
    const [system, code] = [textOf(entry['system']), textOf(entry['code'])];
    // An abstract entry is a heading.
    if (system !== undefined && code !== undefined && entry['abstract'] !== true) codes.add(system, [code]);
  }
  const { total } = expansion;
  return typeof total === 'number' && total > count ? undefined : codes;
}

function isNarrowed({ offset, extension, parameter }: Part): boolean {
  if (offset !== undefined && offset !== 0) return true;
  if (partsOf(extension).some((one) => one['url'] === unclosed && one['valueBoolean'] !== false)) return true;
  return partsOf(parameter).some((one) => narrowing.has(textOf(one['name']) ?? '') && one['valueBoolean'] !== false);
}

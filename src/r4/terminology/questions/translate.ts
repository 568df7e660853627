import { parseCanonical } from '../canonical.js';
import { type Part, partsOf, textOf } from '../read-resource.js';

/** A code that a ConceptMap leads to. */
export interface Match {
  /** https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html */
  readonly equivalence: string;
  readonly system: string | undefined;
  readonly version: string | undefined;
  readonly code: string;
  readonly display: string | undefined;
  readonly comment: string | undefined;
  /** Values of other elements that go with it, as the map has them. */
  readonly products: readonly Part[];
}

/** A code, and what else is known where it stands. */
export interface Translated {
  readonly system: string | undefined;
  readonly version?: string | undefined;
  readonly code: string;
}

/** How a code is translated. */
export interface TranslateOptions {
  /** Only matches of this code system. */
  readonly other?: string | undefined;
  /** Values of other elements, by which a map may choose (https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.element.target.dependsOn). */
  readonly dependencies?: readonly Dependency[];
}

export interface Dependency {
  readonly element: string;
  readonly codings: readonly Part[];
  readonly text: string | undefined;
}

/** What a map says of a code. */
export interface Translation {
  readonly matches: readonly Match[];
  /** Canonicals of the maps that it leaves unmapped codes to. */
  readonly otherMaps: readonly string[];
  /** Elements on which matches depend whose values were not given, or are others. */
  readonly lacking: readonly string[];
}

/** Equivalences that say that there is no match. */
const none: ReadonlySet<string> = new Set(['unmatched', 'disjoint']);

export const isMatch = ({ equivalence }: Match): boolean => !none.has(equivalence);

/** From the target to the source, what was wider is narrower. */
const turned: Readonly<Record<string, string>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
};

/** Mappings of a code in the groups of a ConceptMap. */
export function translate(map: Part, { system, version, code }: Translated, options: TranslateOptions): Translation {
  const found: { matches: Match[]; otherMaps: string[]; lacking: string[] } = {
    matches: [],
    otherMaps: [],
    lacking: [],
  };
  for (const group of groupsOf(map)) {
    if (!isOf(group.source, system) || !isOf(group.target, options.other)) continue;
    if (group.sourceVersion !== undefined && !isOf(group.sourceVersion, version)) continue;
    const elements = group.elements.filter((one) => one['code'] === code);
    if (elements.length === 0) {
      found.matches.push(...unmapped(group, code));
      found.otherMaps.push(...otherMapOf(group));
    }
    for (const target of elements.flatMap((one) => partsOf(one['target']))) {
      const lacking = lackingFor(target, options.dependencies ?? []);
      if (lacking.length > 0) found.lacking.push(...lacking);
      else found.matches.push(...matchOf(group, target));
    }
  }
  return found;
}

/** Codes that map to a code: the map read backwards. */
export function translateBack(
  map: Part,
  { system, version, code }: Translated,
  { other }: TranslateOptions,
): Translation {
  const matches = groupsOf(map)
    .filter(({ source, target }) => isOf(target, system) && isOf(source, other))
    .filter(({ targetVersion }) => targetVersion === undefined || isOf(targetVersion, version))
    .flatMap((group) => group.elements.flatMap((element) => backFrom(group, element, code)));
  return { matches, otherMaps: [], lacking: [] };
}

function backFrom({ source, sourceVersion }: Group, element: Part, code: string): readonly Match[] {
  const from = textOf(element['code']);
  if (from === undefined) return [];
  return partsOf(element['target'])
    .filter((one) => one['code'] === code)
    .map((one) => {
      const equivalence = textOf(one['equivalence']) ?? 'equivalent';
      return {
        equivalence: turned[equivalence] ?? equivalence,
        system: source,
        version: sourceVersion,
        code: from,
        display: textOf(element['display']),
        comment: textOf(one['comment']),
        products: [],
      };
    });
}

interface Group {
  readonly source: string | undefined;
  readonly sourceVersion: string | undefined;
  readonly target: string | undefined;
  readonly targetVersion: string | undefined;
  readonly elements: readonly Part[];
  readonly unmapped: Part | undefined;
}

const groupsOf = (map: Part): readonly Group[] =>
  partsOf(map['group']).map((group) => ({
    source: textOf(group['source']),
    sourceVersion: textOf(group['sourceVersion']),
    target: textOf(group['target']),
    targetVersion: textOf(group['targetVersion']),
    elements: partsOf(group['element']),
    unmapped: partsOf([group['unmapped']])[0],
  }));

const isOf = (own: string | undefined, asked: string | undefined): boolean => asked === undefined || own === asked;

/** "This mapping is only applicable if the specified element can be resolved, and it has the specified value." */
const lackingFor = ({ dependsOn }: Part, given: readonly Dependency[]): readonly string[] =>
  partsOf(dependsOn)
    .filter((one) => !given.some((dependency) => isMet(one, dependency)))
    .map(({ property }) => textOf(property) ?? '');

function isMet({ property, system, value }: Part, { element, codings, text }: Dependency): boolean {
  if (element !== property) return false;
  const url = typeof system === 'string' ? parseCanonical(system).url : undefined;
  return text === value || codings.some((one) => one['code'] === value && isOf(textOf(one['system']), url));
}

function matchOf({ target, targetVersion }: Group, one: Part): readonly Match[] {
  const equivalence = textOf(one['equivalence']) ?? 'equivalent';
  const code = textOf(one['code']);
  if (code === undefined && !none.has(equivalence)) return [];
  return [
    {
      equivalence,
      system: target,
      version: targetVersion,
      code: code ?? '',
      display: textOf(one['display']),
      comment: textOf(one['comment']),
      products: partsOf(one['product']),
    },
  ];
}

/** https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped */
function unmapped({ target, targetVersion, unmapped: rule }: Group, code: string): readonly Match[] {
  const mode = rule && textOf(rule['mode']);
  const fixed = rule && textOf(rule['code']);
  const to = { system: target, version: targetVersion, comment: undefined, products: [] };
  if (mode === 'provided') return [{ ...to, equivalence: 'equal', code, display: undefined }];
  if (mode === 'fixed' && fixed !== undefined)
    return [{ ...to, equivalence: 'inexact', code: fixed, display: textOf(rule?.['display']) }];
  return [];
}

function otherMapOf({ unmapped: rule }: Group): readonly string[] {
  const url = rule && textOf(rule['url']);
  return rule?.['mode'] === 'other-map' && url !== undefined ? [url] : [];
}

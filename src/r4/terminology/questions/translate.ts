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
}

export interface Translated {
  readonly system: string | undefined;
  readonly code: string;
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

/** Mappings of a code in the groups of a ConceptMap; `targetSystem`: only those that lead there. */
export function translate(map: Part, { system, code }: Translated, targetSystem?: string): readonly Match[] {
  return groupsOf(map)
    .filter(({ source, target }) => isOf(source, system) && isOf(target, targetSystem))
    .flatMap((group) => {
      const element = group.elements.find((one) => one['code'] === code);
      return element ? partsOf(element['target']).flatMap((one) => matchOf(group, one)) : unmapped(group, code);
    });
}

/** Codes that map to a code: the map read backwards. */
export function translateBack(map: Part, { system, code }: Translated, sourceSystem?: string): readonly Match[] {
  return groupsOf(map)
    .filter(({ source, target }) => isOf(target, system) && isOf(source, sourceSystem))
    .flatMap(({ source, sourceVersion, elements }) =>
      elements.flatMap((element) =>
        partsOf(element['target'])
          .filter((one) => one['code'] === code)
          .flatMap((one) => {
            const from = textOf(element['code']);
            if (from === undefined) return [];
            const equivalence = textOf(one['equivalence']) ?? 'equivalent';
            return [
              {
                equivalence: turned[equivalence] ?? equivalence,
                system: source,
                version: sourceVersion,
                code: from,
                display: textOf(element['display']),
                comment: textOf(one['comment']),
              },
            ];
          }),
      ),
    );
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
    },
  ];
}

/** https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped; another map is not followed. */
function unmapped({ target, targetVersion, unmapped: rule }: Group, code: string): readonly Match[] {
  const mode = rule && textOf(rule['mode']);
  const fixed = rule && textOf(rule['code']);
  const to = { system: target, version: targetVersion, comment: undefined };
  if (mode === 'provided') return [{ ...to, equivalence: 'equal', code, display: undefined }];
  if (mode === 'fixed' && fixed !== undefined)
    return [{ ...to, equivalence: 'inexact', code: fixed, display: textOf(rule?.['display']) }];
  return [];
}

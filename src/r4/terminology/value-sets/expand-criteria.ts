import { type Criterion, within } from '../../search/query/criterion.js';
import type { FilterValue, OfTerminology } from '../../search/query/filter.js';
import { InvalidSearchValue } from '../../search/values/invalid-search-value.js';
import { CannotExpand } from '../cannot-expand.js';
import type { CodeSet } from './code-set.js';
import type { Expansion } from './expansion.js';

const isOfTerminology = (value: FilterValue): value is OfTerminology =>
  value.kind === 'in' || value.kind === 'subsumption';

/** All of them, the outer ones first. */
export const terminologyIn = (criteria: readonly Criterion[]): readonly OfTerminology[] =>
  criteria.flatMap((criterion) =>
    criterion.kind === 'filter' ? criterion.filter.values.filter(isOfTerminology) : terminologyIn(within(criterion)),
  );

export const needsTerminology = (criteria: readonly Criterion[]): boolean => terminologyIn(criteria).length > 0;

/** The criteria with codes in the place of value sets and hierarchies. Throws 400 for what cannot be expanded. */
export async function expandCriteria(
  criteria: readonly Criterion[],
  expansion: Expansion,
): Promise<readonly Criterion[]> {
  const known = new Map<OfTerminology, CodeSet>();
  for (const value of terminologyIn(criteria)) known.set(value, await codesOf(value, expansion));
  return known.size === 0 ? criteria : withCodes(criteria, (value) => known.get(value)!);
}

/** Replaces the value sets of criteria by codes that are known already. */
export const withCodes = (
  criteria: readonly Criterion[],
  codes: (value: OfTerminology) => CodeSet,
): readonly Criterion[] => criteria.map((criterion) => criterionWithCodes(criterion, codes));

function criterionWithCodes(criterion: Criterion, codes: (value: OfTerminology) => CodeSet): Criterion {
  switch (criterion.kind) {
    case 'filter': {
      const { filter } = criterion;
      const values = filter.values.flatMap((value) => (isOfTerminology(value) ? [...tokensOf(codes(value))] : [value]));
      return { kind: 'filter', filter: { ...filter, values } };
    }
    case 'hierarchy':
      return criterion;
    case 'not':
      return { kind: 'not', of: criterionWithCodes(criterion.of, codes) };
    case 'all':
    case 'any':
      return { ...criterion, of: withCodes(criterion.of, codes) };
    default:
      return { ...criterion, criteria: withCodes(criterion.criteria, codes) };
  }
}

async function codesOf(value: OfTerminology, expansion: Expansion): Promise<CodeSet> {
  try {
    return await expansion.of(value);
  } catch (error) {
    if (!(error instanceof CannotExpand)) throw error;
    const { parameter, text } = value.asked;
    const example =
      value.kind === 'in'
        ? 'http://hl7.org/fhir/ValueSet/administrative-gender'
        : 'http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode';
    throw new InvalidSearchValue(parameter, text, `this server cannot expand it. ${error.fact}`, example);
  }
}

function* tokensOf({ wholeSystems, codes, selections }: CodeSet): Iterable<FilterValue> {
  for (const system of wholeSystems) yield { kind: 'token', system };
  for (const [system, known] of codes) for (const code of known) yield { kind: 'token', system, code };
  for (const [system, { concepts, selection }] of selections)
    yield { kind: 'selection', system, load: concepts.load!, selection };
}

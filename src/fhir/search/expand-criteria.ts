import { type Criterion, within } from './criterion.js';
import type { Filter, FilterValue } from './filter.js';
import { InvalidSearchValue } from './invalid-search-value.js';
import { CannotExpand } from './terminology/cannot-expand.js';
import type { CodeSet } from './terminology/code-set.js';
import type { Expansion } from './terminology/expansion.js';

type OfTerminology = Extract<FilterValue, { readonly kind: 'in' | 'subsumption' }>;

const isOfTerminology = (value: FilterValue): value is OfTerminology =>
  value.kind === 'in' || value.kind === 'subsumption';

/** Whether a value stands for codes that have to be looked up. */
export const needsTerminology = (criteria: readonly Criterion[]): boolean =>
  criteria.some((criterion) => {
    if (criterion.kind === 'filter') return criterion.filter.values.some(isOfTerminology);
    return needsTerminology(within(criterion));
  });

/** The criteria with codes in the place of value sets and hierarchies. Throws 400 for what cannot be expanded. */
export async function expandCriteria(
  criteria: readonly Criterion[],
  expansion: Expansion,
): Promise<readonly Criterion[]> {
  if (!needsTerminology(criteria)) return criteria;
  const expanded: Criterion[] = [];
  for (const criterion of criteria) expanded.push(await expandCriterion(criterion, expansion));
  return expanded;
}

async function expandCriterion(criterion: Criterion, expansion: Expansion): Promise<Criterion> {
  if (criterion.kind === 'filter') return { kind: 'filter', filter: await expandFilter(criterion.filter, expansion) };
  if (criterion.kind === 'hierarchy') return criterion;
  const inner = await expandCriteria(within(criterion), expansion);
  if (criterion.kind === 'not') return { kind: 'not', of: inner[0]! };
  return criterion.kind === 'all' || criterion.kind === 'any'
    ? { ...criterion, of: inner }
    : { ...criterion, criteria: inner };
}

async function expandFilter(filter: Filter, expansion: Expansion): Promise<Filter> {
  const values: FilterValue[] = [];
  for (const value of filter.values) {
    if (!isOfTerminology(value)) values.push(value);
    else for (const token of tokensOf(await codesOf(value, expansion))) values.push(token);
  }
  return { ...filter, values };
}

async function codesOf(value: OfTerminology, expansion: Expansion): Promise<CodeSet> {
  try {
    return value.kind === 'in'
      ? await expansion.valueSet(value.valueSet)
      : await expansion.hierarchy(value.direction, value.system, value.code);
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

function* tokensOf({ wholeSystems, codes }: CodeSet): Iterable<FilterValue> {
  for (const system of wholeSystems) yield { kind: 'token', system };
  for (const [system, known] of codes) for (const code of known) yield { kind: 'token', system, code };
}

import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { pick } from './filter-values.js';
import { soleEntry } from './hashed-predicate.js';

/** Criteria in two parts: the entries that a row must hold to satisfy some of them, and the others. */
interface SplitCriteria {
  readonly entries: readonly string[];
  readonly others: readonly Criterion[];
}

/** Filters only: links depend on what else is asked. */
export function splitEntries(criteria: readonly Criterion[]): SplitCriteria {
  if (criteria.some(({ kind }) => kind !== 'filter')) return { entries: [], others: criteria };
  const entries: string[] = [];
  const others: Criterion[] = [];
  for (const criterion of criteria) {
    const entry = entryOf(criterion);
    if (entry === undefined) others.push(criterion);
    else entries.push(entry);
  }
  return { entries, others };
}

function entryOf(criterion: Criterion): string | undefined {
  if (criterion.kind !== 'filter') return undefined;
  const { parameter, values } = criterion.filter;
  const [value, ...alternatives] = pick(values, 'token', 'reference', 'uri', 'of-type');
  const isSole = values.length === 1 && alternatives.length === 0 && parameter.code !== '_id';
  return value && isSole ? soleEntry(parameter.code, value) : undefined;
}

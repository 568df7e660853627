import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import type { AnswerBudget } from '../answer-budget.js';
import { narrowedTargets, type TargetMeans } from './narrowed-targets.js';
import { readSearch, type SearchMeans } from './read-search.js';
import { readableRows } from './readable-rows.js';

/** Rows of one answer, and whether more would match or fit. */
export interface FoundRows {
  readonly rows: readonly LinkedVersion[];
  readonly hasMore: boolean;
}

export interface RowsRequest {
  readonly context: RequestContext;
  readonly budget: AnswerBudget;
  /** Rows at most. */
  readonly most: number;
}

/** The first matches of a search of one type that a read would show as well. Throws what a search throws. */
export async function searchRows(
  means: TargetMeans,
  offered: SearchMeans,
  asked: { readonly type: string; readonly query: string },
  { context, budget, most }: RowsRequest,
): Promise<FoundRows> {
  const { type } = asked;
  const query = new URLSearchParams(asked.query);
  const { asked: criteria, search } = readSearch(context, { address: { type }, query, handling: 'strict' }, offered);
  const targets = await narrowedTargets(means, context, [{ type, criteria: criteria[0]! }]);
  const request = { count: most, bytes: budget.bytes, sort: search.sort };
  const page = await means.resources.search(targets, request, (one) => context.accessTo(one, 's'));
  for (const { body } of page.rows) budget.take(body);
  return { rows: await readableRows(context, means.resources, page.rows), hasMore: page.hasNext };
}

/** Rows by their ids, of all types in one statement; those out of reach are missing. */
export async function rowsByIds(
  means: TargetMeans,
  parameters: SearchParameters,
  ids: ReadonlyMap<string, ReadonlySet<string>>,
  { context, budget, most }: RowsRequest,
): Promise<FoundRows> {
  const asked = [...ids]
    .filter(([type]) => context.may(type, 's') && context.may(type, 'r'))
    .map(([type, some]) => ({ type, criteria: [withIds(type, [...some], parameters)] }));
  if (asked.length === 0) return { rows: [], hasMore: false };
  const targets = await narrowedTargets(means, context, asked);
  const page = await means.resources.search(targets, { count: most, bytes: budget.bytes }, (type) =>
    context.accessTo(type, 's'),
  );
  for (const { body } of page.rows) budget.take(body);
  return { rows: await readableRows(context, means.resources, page.rows), hasMore: page.hasNext };
}

export const withIds = (type: string, ids: readonly string[], parameters: SearchParameters): Criterion => ({
  kind: 'filter',
  filter: { parameter: parameters.find(type, '_id')!, values: ids.map((code) => ({ kind: 'token', code })) },
});

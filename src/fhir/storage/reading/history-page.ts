import type { HistoryRequest } from '../../../r4/search/query/history-request.js';
import type { StoredVersion } from './stored-version.js';
import { type CountedRow, isCut } from './within-bytes.js';

/** A version with what its predecessor tells: `revived` if that is a deletion which the caller may see. */
export interface HistoryVersion extends StoredVersion {
  readonly revived: boolean;
}

/** A page of a history, in the order asked for. */
export interface HistoryPage {
  readonly rows: readonly HistoryVersion[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** Versions on all pages, where that costs no counting. */
  readonly total?: number;
}

/** A row of a history statement. */
export type FoundVersion = HistoryVersion & Record<string, unknown> & CountedRow & { readonly total?: number | null };

/** `found`: what the statement of `request` returned, one row more than the page when another follows. */
export function historyPage(found: readonly FoundVersion[], { count, after, before }: HistoryRequest): HistoryPage {
  const rows = found.slice(0, count);
  const hasMore = found.length > count || isCut(found);
  const total = found[0]?.total;
  const counted = typeof total === 'number' ? { total } : {};
  if (before === undefined) return { rows, hasNext: hasMore, hasPrevious: after !== undefined, ...counted };
  return { rows: rows.toReversed(), hasNext: true, hasPrevious: hasMore, ...counted };
}

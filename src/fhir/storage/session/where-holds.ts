import type { QueryResultRow } from 'pg';

/**
 * The query, and a condition evaluated in the same snapshot as its rows. Where that holds, an empty result is one row of nulls ({@link isNothing});
 * where it does not, there is no row.
 */
export const whereHolds = (text: string, condition: string): string =>
  `SELECT found.* FROM (SELECT) AS once LEFT JOIN (${text}) AS found ON true WHERE ${condition}`;

/** True for the row of {@link whereHolds} that stands for none: a row that was found has an id or a version, or counts. */
export function isNothing(row: QueryResultRow): boolean {
  for (const name in row) if (row[name] !== null) return false;
  return true;
}

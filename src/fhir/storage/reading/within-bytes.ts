import type { Statement } from '../session/statement.js';

/** A row of a statement {@link withinBytes}. */
export interface CountedRow {
  /** The number of rows of the page, those that had no room included. */
  readonly rows_found?: number;
}

/**
 * The first rows of a page, as many as have so many bytes of content together, but one at least; PostgreSQL knows the length of a
 * text without reading it. The order of the page stays: a window without an order of its own takes rows as they come.
 */
export function withinBytes({ text, values, ...rest }: Statement, bytes: number | undefined): Statement {
  if (bytes === undefined) return { text, values, ...rest };
  return { ...rest, text: rowsWithin(text, `$${values.length + 1}::double precision`), values: [...values, bytes] };
}

/** SQL of {@link withinBytes}, of a page that may be a part of a statement. */
export function rowsWithin(text: string, limit: string): string {
  const sized =
    `SELECT page.*, sum(octet_length(page.body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(page.body) AS bytes_before, ` +
    `(count(*) OVER ())::integer AS rows_found FROM (${text}) AS page`;
  return `SELECT * FROM (${sized}) AS sized WHERE bytes_before <= 0 OR bytes_before + octet_length(body) <= ${limit}`;
}

/** True if the page has more rows than were returned. */
export const isCut = (rows: readonly CountedRow[]): boolean => (rows[0]?.rows_found ?? 0) > rows.length;

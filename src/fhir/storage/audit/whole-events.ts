import { tenant } from '../session/tenant-parameter.js';

/** First character of a body in the short form; the name of its head follows, and what is its own. */
export const shortStart = '~';

/** Start of the second entry of a row whose index is in the short form; the name of its head follows. */
export const headEntryStart = '\u001f\u001f';

const as = (name: string, sql: string): string => `${sql} AS ${name}`;
const plain = (names: readonly string[]): string => names.map((name) => `e.${name}`).join(', ');

const ofHead = (columns: string, id: string): string =>
  `(SELECT ${columns} FROM audit_head AS h WHERE h.tenant = ${tenant} AND h.id = ${id})`;

/** The second entry tells, and not the body: it is read where entries are, and it goes where rows are indexed anew. */
const whole = (column: string, joined: string): string =>
  as(
    column,
    `CASE WHEN e.type = 'AuditEvent' AND starts_with((e.val)[2], E'\\x1f\\x1f') ` +
      `THEN ${ofHead(joined, 'substr((e.val)[2], 3)')} ELSE e.${column} END`,
  );

const ofSlots = (column: string): string =>
  `ARRAY(SELECT coalesce(own, shared) FROM unnest(e.${column}, h.${column}) WITH ORDINALITY AS slot (own, shared, number) ORDER BY number)`;

const body = as(
  'body',
  `CASE WHEN e.type = 'AuditEvent' AND left(e.body, 1) = '${shortStart}' ` +
    `THEN ${ofHead('lanyard_event_text(e.body, e.id, e.updated, h.text)', 'substr(e.body, 2, 16)')} ELSE e.body END`,
);

const list = [
  plain(['tenant', 'type', 'id', 'version', 'updated', 'deleted', 'method', 'compartments']),
  plain(['tok', 'ranges', 'num_low', 'num_high']),
  body,
  whole('val', 'e.val[1:1] || e.val[3:] || h.val'),
  whole('str_low', ofSlots('str_low')),
  whole('str_high', ofSlots('str_high')),
  whole('grams', 'e.grams || h.grams'),
  whole('words', 'lanyard_event_words(e.body, h.words, h.gap)'),
].join(', ');

/**
 * The rows of a table that holds AuditEvents, as if each were stored whole (docs/adr/0151). PostgreSQL makes it a part of the statement, in
 * which only those columns are put together that it reads.
 */
export const wholeEvents = (table: string): string => `(SELECT ${list} FROM ${table} AS e)`;

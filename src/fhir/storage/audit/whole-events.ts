import { tenant } from '../session/tenant-parameter.js';

/** First character of a body in the short form; the name of its head follows, and what is its own (`short-entities.ts`). */
export const shortStart = '~';

/**
 * The second entry of a row whose index is in the short form and has entries of its own; one without has the form alone. The rest of it is
 * made when it is read.
 */
export const shortIndex = '\u001f\u001f';

const as = (name: string, sql: string): string => `${sql} AS ${name}`;
const plain = (names: readonly string[]): string => names.map((name) => `e.${name}`).join(', ');

const whenever = (condition: string, column: string, sql: string): string =>
  as(column, `CASE WHEN ${condition} THEN ${sql} ELSE e.${column} END`);

const isShort = `e.type = 'AuditEvent' AND left(e.body, 1) = '${shortStart}'`;

/** Entries tell beside the body: where rows are indexed anew, they are those of whole rows. */
const ofIndex = (column: string, sql: string): string =>
  whenever(`${isShort} AND coalesce((e.val)[2], E'\\x1f\\x1f') = E'\\x1f\\x1f'`, column, sql);

const withHead = (sql: string): string =>
  `(SELECT ${sql} FROM audit_head AS h WHERE h.tenant = ${tenant} AND h.id = substr(e.body, 2, 16))`;

const entities = '(SELECT one FROM lanyard_event_entities(e.body, e.compartments, h.base) AS one)';
const entries = 'ARRAY(SELECT one FROM lanyard_event_entries(e.body, e.compartments, h.refers, h.val) AS one)';
const references = 'ARRAY(SELECT one FROM lanyard_event_references(e.body, e.compartments) AS one)';
const micros = 'lanyard_event_micros(e.updated)';

const list = [
  plain(['tenant', 'type', 'id', 'version', 'updated', 'deleted', 'method', 'compartments', 'tok']),
  whenever(isShort, 'body', withHead(`lanyard_event_text(e.id, e.updated, h.text, ${entities})`)),
  ofIndex('val', withHead(`e.val[1:1] || e.val[3:] || ${entries} || h.val`)),
  ofIndex('ranges', `ARRAY[ROW('date', ${micros}, ${micros} + 1000, NULL, NULL)::index_range]`),
  ...['num_low', 'num_high'].map((column) => ofIndex(column, `ARRAY[NULL, ${micros}]`)),
  ofIndex('str_low', withHead(`lanyard_event_keys(e.str_low, h.str_low, ${references}, false)`)),
  ofIndex('str_high', withHead(`lanyard_event_keys(e.str_high, h.str_high, ${references}, true)`)),
  ofIndex('grams', withHead('e.grams || h.grams')),
  ofIndex('words', withHead(`lanyard_event_words(h.words, h.gap, ${entities})`)),
].join(', ');

/**
 * The rows of a table that holds AuditEvents, as if each were stored whole (docs/adr/0151, 0182). PostgreSQL makes it a part of the statement, in
 * which only those columns are put together that it reads.
 */
export const wholeEvents = (table: string): string => `(SELECT ${list} FROM ${table} AS e)`;

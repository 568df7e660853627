import type { AuditRecord } from '../../../audit/audit-record.js';
import { fence } from '../indexing/fence.js';
import { indexColumnTypes, type IndexedBy, type IndexTexts } from '../indexing/index-columns.js';
import { type EventRow, noWords } from './event-rows.js';
import { tableOf } from '../partitions.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Statement } from '../session/statement.js';

const indexColumns = Object.keys(indexColumnTypes) as (keyof IndexTexts)[];
const given = ['id', 'recorded', 'body', 'head', ...indexColumns] as const;
const headHashes = 4;
const firstOfRow = 5;

/** Records hold none: see {@link readEntry}. */
const separator = '\u001e';

const valueOf = (name: keyof IndexTexts): string => {
  const value = name === 'words' ? `nullif(row.words, '${noWords}')` : `row.${name}`;
  const own = `${value}::${indexColumnTypes[name]}`;
  return name === 'tok' ? `coalesce(shared.tok || ${own}, ${own})` : own;
};

// Each column comes as one text: read as JSON, the rows cost PostgreSQL more than to be stored and indexed.
const listOf = (parameter: number): string => `string_to_table($${parameter}::text, E'\\x1e')`;
const lists = given.map((_, i) => listOf(firstOfRow + i));
// Hashes of heads are most of a row's: they come, and are read, once for all rows of a head. The join would bring rows in the order of
// heads; in that of ids, which is about that of time, pages of the indexes of both are filled one after the other, not split in halves.
const shared = `SELECT head.number, head.tok::bigint[] AS tok FROM ${listOf(headHashes)} WITH ORDINALITY AS head (tok, number) OFFSET 0`;
const text =
  `INSERT INTO ${tableOf('AuditEvent')} (tenant, type, id, version, updated, deleted, method, body, ${indexColumns.join(', ')}) ` +
  `SELECT ${tenant}, 'AuditEvent', row.id, 1, row.recorded::timestamptz, false, 'POST', row.body, ${indexColumns.map(valueOf).join(', ')} ` +
  `FROM ROWS FROM (${lists.join(', ')}) AS row (${given.join(', ')}) ` +
  `LEFT JOIN (${shared}) AS shared ON shared.number = row.head::bigint WHERE ${fence('$1', '$2', '$3::text[]')} ORDER BY row.id COLLATE "C"`;

/** Stores AuditEvents with their index, all in one statement. */
export function insertEvents(rows: readonly EventRow[], { generation, form }: IndexedBy): Statement {
  const list = (of: (row: EventRow) => string): string => rows.map(of).join(separator);
  const heads = [...new Set(rows.flatMap(({ head }) => head ?? []))];
  const numbers = new Map(heads.map((head, i) => [head, String(i + 1)]));
  return {
    isPrepared: true,
    text,
    values: [
      generation,
      form,
      ['AuditEvent'],
      heads.map(({ hashes }) => `{${hashes}}`).join(separator),
      list(({ id }) => id),
      list(({ recorded }) => recorded),
      list(({ body }) => body),
      list(({ head }) => (head && numbers.get(head)) ?? '0'),
      ...indexColumns.map((name) => list(({ index }) => index[name])),
    ],
  };
}

const escaped = /(?<!\\)((?:\\\\)*)\\u001e/g;

/** Reads a stored record. The separator of rows is told as U+FFFD, like what cannot be stored. */
export const readEntry = (entry: string): AuditRecord =>
  JSON.parse(entry.includes(String.raw`\u001e`) ? entry.replace(escaped, '$1\uFFFD') : entry) as AuditRecord;

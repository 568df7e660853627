import type { AuditRecord } from '../../../audit/audit-record.js';
import { fence } from '../indexing/fence.js';
import { indexColumnTypes, type IndexedBy, type IndexTexts } from '../indexing/index-columns.js';
import { type EventRow, noWords } from './event-rows.js';
import { tableOf } from '../partitions.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Statement } from '../session/statement.js';

const indexColumns = Object.keys(indexColumnTypes) as (keyof IndexTexts)[];
const given = ['id', 'recorded', 'body', ...indexColumns] as const;
const firstOfRow = 4;

/** Records hold none: see {@link readEntry}. */
const separator = '\u001e';

const valueOf = (name: keyof IndexTexts): string =>
  name === 'words' ? `nullif(row.words, '${noWords}')` : `row.${name}`;

// Each column comes as one text: read as JSON, the rows cost PostgreSQL more than to be stored and indexed.
const lists = given.map((_, i) => `string_to_table($${firstOfRow + i}::text, E'\\x1e')`);
const casts = indexColumns.map((name) => `${valueOf(name)}::${indexColumnTypes[name]}`);
const text =
  `INSERT INTO ${tableOf('AuditEvent')} (tenant, type, id, version, updated, deleted, method, body, ${indexColumns.join(', ')}) ` +
  `SELECT ${tenant}, 'AuditEvent', row.id, 1, row.recorded::timestamptz, false, 'POST', row.body, ${casts.join(', ')} ` +
  `FROM ROWS FROM (${lists.join(', ')}) AS row (${given.join(', ')}) WHERE ${fence('$1', '$2', '$3::text[]')}`;

/** Stores AuditEvents with their index, all in one statement. */
export function insertEvents(rows: readonly EventRow[], { generation, form }: IndexedBy): Statement {
  const list = (of: (row: EventRow) => string): string => rows.map(of).join(separator);
  return {
    isPrepared: true,
    text,
    values: [
      generation,
      form,
      ['AuditEvent'],
      list(({ id }) => id),
      list(({ recorded }) => recorded),
      list(({ body }) => body),
      ...indexColumns.map((name) => list(({ index }) => index[name])),
    ],
  };
}

const escaped = /(?<!\\)((?:\\\\)*)\\u001e/g;

/** Reads a stored record. The separator of rows is told as U+FFFD, like what cannot be stored. */
export const readEntry = (entry: string): AuditRecord =>
  JSON.parse(entry.includes(String.raw`\u001e`) ? entry.replace(escaped, '$1\uFFFD') : entry) as AuditRecord;

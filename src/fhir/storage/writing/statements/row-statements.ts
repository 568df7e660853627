import { noConsent } from '../../consent/withheld-predicate.js';
import { fence } from '../../indexing/fence.js';
import { indexColumnTypes, type IndexedBy, isOfHistory } from '../../indexing/index-columns.js';
import { tenant } from '../../session/tenant-parameter.js';
import { tableOf } from '../../partitions.js';
import { BindParameters, type BindValue, type Statement } from '../../session/statement.js';
import type { StoredVersion } from '../../reading/stored-version.js';
import { groupByType, type ResourceKey } from '../resource-key.js';

const columnTypes = {
  type: 'text',
  id: 'text',
  version: 'integer',
  updated: 'timestamptz',
  deleted: 'boolean',
  method: 'text',
  body: 'text',
  ...indexColumnTypes,
};
/** Columns of a row but the tenant. */
export const columns = Object.keys(columnTypes);
/** The columns with their types, for `json_to_recordset`. */
export const recordset = Object.entries(columnTypes).map(([name, type]) => `${name} ${type}`);
// The text of a large row would be escaped within the JSON, and held once more for it.
const selected = columns.map((name) => (name === 'body' ? "coalesce(row.body, nullif($5::text, ''))" : `row.${name}`));
const changed = columns.slice(2).map((name) => `${name} = excluded.${name}`);

// The rows arrive as one JSON text: of the forms measured it costs the event loop least, and PostgreSQL no more.
const insertText =
  `INSERT INTO resource (tenant, ${columns.join(', ')}) ` +
  `SELECT ${tenant}, ${selected.join(', ')} FROM json_to_recordset($4::json) AS row (${recordset.join(', ')}) ` +
  `WHERE ${fence('$1', '$2', '$3::text[]')}`;

const upsertText =
  `${insertText} ON CONFLICT (tenant, type, id) DO UPDATE SET ${changed.join(', ')} ` +
  `WHERE resource.version = excluded.version - 1`;

/** A row of what was stored. */
export interface NoneDenies {
  readonly noneDenies: boolean;
}

export const tellsNoneDenies = `${noConsent} AS "noneDenies"`;

/** New versions: an array of their columns by name, and the types among them. */
export interface RowsToStore {
  readonly json: string | Buffer;
  readonly types: readonly string[];
  /** Of the one row that has none in the JSON. */
  readonly body?: string;
}

/** Stores first versions; fails if one of the ids exists. */
export const insertStatement = (rows: RowsToStore, indexedBy: IndexedBy): Statement => ({
  isPrepared: true,
  text: insertText,
  values: valuesOf(rows, indexedBy),
});

/** Stores first or next versions; passes over rows whose version is not the one expected. */
export const upsertStatement = (rows: RowsToStore, indexedBy: IndexedBy): Statement => ({
  isPrepared: true,
  text: upsertText,
  values: valuesOf(rows, indexedBy),
});

// The longest comes last: the driver copies what it has written when a value does not fit beside it.
const valuesOf = ({ json, types, body = '' }: RowsToStore, { generation, form }: IndexedBy): readonly BindValue[] => [
  generation,
  form,
  // A text is sent at once where the statement is known; names of types have nothing to escape.
  `{${types.join()}}`,
  json,
  body,
];

/** Copies the current versions to the history. */
export function archiveStatement(keys: readonly ResourceKey[]): Statement {
  const parameters = new BindParameters();
  const list = `tenant, ${columns.filter(isOfHistory).join(', ')}`;
  const branches = [...groupByType(keys)].map(([type, ofType]) => {
    const ids = parameters.add(
      ofType.map(({ id }) => id),
      'text[]',
    );
    return (
      `SELECT ${list} FROM ${tableOf(type)} WHERE tenant = ${tenant} ` +
      `AND type = ${parameters.add(type, 'text')} AND id = ANY (${ids})`
    );
  });
  return {
    text: `INSERT INTO resource_history (${list}) ${branches.join(' UNION ALL ')}`,
    values: parameters.values,
  };
}

/** Turns rows into tombstones that keep the index columns of the last live version. */
export function buryStatement(tombstones: readonly StoredVersion[]): Statement {
  const parameters = new BindParameters();
  const updates = [...groupByType(tombstones)].map(([type, ofType], i) => {
    const ids = parameters.add(
      ofType.map(({ id }) => id),
      'text[]',
    );
    const versions = parameters.add(
      ofType.map(({ versionId }) => versionId),
      'integer[]',
    );
    const times = parameters.add(
      ofType.map(({ lastUpdated }) => lastUpdated),
      'timestamptz[]',
    );
    return (
      `buried_${i} AS (UPDATE ${tableOf(type)} AS r SET version = next.version, updated = next.updated, ` +
      `deleted = true, method = 'DELETE', body = '' ` +
      `FROM unnest(${ids}, ${versions}, ${times}) AS next (id, version, updated) WHERE r.tenant = ${tenant} ` +
      `AND r.type = ${parameters.add(type, 'text')} AND r.id = next.id)`
    );
  });
  return { text: `WITH ${updates.join(', ')} SELECT`, values: parameters.values };
}

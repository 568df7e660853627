import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import type { Change, Written } from './change.js';
import { keyOf } from './resource-key.js';

/** A version that a transaction has stored. */
export interface StoredChange {
  readonly change: Change;
  readonly written: Written;
  /** Body of the version before; undefined where there was none, or a deletion. */
  readonly before: string | undefined;
}

/** Is told of versions in the transaction that stores them; what it throws fails that. `Tx`: the repository of the transaction. */
export interface WriteObserver<Tx> {
  isFor(type: string): boolean;
  stored(tx: Tx, changes: readonly StoredChange[]): Promise<void>;
}

/** Returns the changes that the observer is told of, in order: those that have stored a version of its types. */
export async function storedChanges(
  session: SqlSession,
  changes: readonly Change[],
  written: readonly Written[],
  observer: Pick<WriteObserver<unknown>, 'isFor'> | undefined,
): Promise<readonly StoredChange[]> {
  const told = changes
    .map((change, i) => ({ change, written: written[i]! }))
    .filter((one) => observer?.isFor(one.change.type) && !one.written.unchanged);
  const replacing = told.map((one) => one.written).filter(({ versionId }) => versionId > 1);
  const before = replacing.length > 0 ? await previousBodies(session, replacing) : new Map<string, string>();
  return told.map((one) => ({ ...one, before: before.get(keyOf(one.change)) || undefined }));
}

async function previousBodies(session: SqlSession, written: readonly Written[]): Promise<ReadonlyMap<string, string>> {
  const parameters = new BindParameters();
  const types = parameters.add(
    written.map(({ type }) => type),
    'text[]',
  );
  const ids = parameters.add(
    written.map(({ id }) => id),
    'text[]',
  );
  const versions = parameters.add(
    written.map(({ versionId }) => versionId - 1),
    'integer[]',
  );
  const text =
    `SELECT h.type, h.id, h.body FROM unnest(${types}, ${ids}, ${versions}) AS asked (type, id, version) ` +
    `JOIN resource_history AS h ON h.tenant = ${tenant} AND h.type = asked.type AND h.id = asked.id ` +
    'AND h.version = asked.version AND NOT h.deleted';
  const rows = await session.rows<{ type: string; id: string; body: string }>({ text, values: parameters.values });
  return new Map(rows.map((row) => [keyOf(row), row.body]));
}

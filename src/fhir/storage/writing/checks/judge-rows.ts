import type { Access } from '../../../../scope/access.js';
import { tenant } from '../../session/tenant-parameter.js';
import { tableOf } from '../../partitions.js';
import { accessPredicate, type PredicateOptions } from '../../predicates/predicate.js';
import type { SqlSession } from '../../session/sql-session.js';
import { BindParameters } from '../../session/statement.js';
import { keyOf, type ResourceKey } from '../resource-key.js';

type FoundRow = ResourceKey & { readonly version: number; readonly body?: string };

export interface JudgedRow extends ResourceKey {
  readonly access: Access;
}

/**
 * Reads rows back under the predicate of their access and returns the keys of those within reach, with their current
 * version. One statement for all; rows of unrestricted accesses need none, so that their version stays undefined.
 */
export async function judgeRows(
  session: SqlSession,
  rows: readonly JudgedRow[],
  judged: PredicateOptions = {},
): Promise<ReadonlyMap<string, number | undefined>> {
  return new Map([...(await found(session, rows, 'r.version', judged))].map(([key, row]) => [key, row?.version]));
}

/** Reads rows back with the bodies, which `lockVersions` leaves out of rows of limited accesses. */
export async function judgeBodies(
  session: SqlSession,
  rows: readonly JudgedRow[],
): Promise<ReadonlyMap<string, string | undefined>> {
  return new Map([...(await found(session, rows, 'r.version, r.body'))].map(([key, row]) => [key, row?.body]));
}

/** Reads the bodies of the live rows within reach, those of unrestricted accesses included; one statement, no lock. */
export async function readBodies(
  session: SqlSession,
  rows: readonly JudgedRow[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const read = await foundRows(session, rows, 'r.version, r.body', {});
  return new Map(read.map((row) => [keyOf(row), row.body]));
}

async function found(session: SqlSession, rows: readonly JudgedRow[], columns: string, judged: PredicateOptions = {}) {
  const limited = rows.filter(({ access }) => !access.unrestricted);
  const free = rows.filter(({ access }) => access.unrestricted);
  const visible = new Map<string, FoundRow | undefined>(free.map((row) => [keyOf(row), undefined]));
  if (limited.length === 0) return visible;
  for (const row of await foundRows(session, limited, columns, judged)) visible.set(keyOf(row), row);
  return visible;
}

function foundRows(session: SqlSession, rows: readonly JudgedRow[], columns: string, judged: PredicateOptions) {
  const parameters = new BindParameters();
  const text = byAccess(rows)
    .map((group) => judgement(group, columns, parameters, judged))
    .join(' UNION ALL ');
  return session.rows<FoundRow>({ text, values: parameters.values });
}

function judgement(
  rows: readonly JudgedRow[],
  columns: string,
  parameters: BindParameters,
  judged: PredicateOptions,
): string {
  const { type, access } = rows[0]!;
  const ids = parameters.add(
    rows.map(({ id }) => id),
    'text[]',
  );
  return (
    `SELECT r.type, r.id, ${columns} FROM ${tableOf(type)} AS r WHERE r.tenant = ${tenant} ` +
    `AND r.type = ${parameters.add(type, 'text')} AND r.id = ANY (${ids}) AND ${accessPredicate(access, 'r', parameters, judged)}`
  );
}

/** Groups by what the accesses say, compared in full: a bundle may bring a new object for each entry. */
function byAccess(rows: readonly JudgedRow[]): readonly (readonly JudgedRow[])[] {
  const texts = new Map<Access, string>();
  const groups = new Map<string, JudgedRow[]>();
  for (const row of rows) {
    const text = texts.get(row.access) ?? `${row.type} ${JSON.stringify(row.access.grants)}`;
    texts.set(row.access, text);
    const group = groups.get(text);
    if (group) group.push(row);
    else groups.set(text, [row]);
  }
  return [...groups.values()];
}

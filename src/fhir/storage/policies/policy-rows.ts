import { VersionConflict } from '../../../r4/errors/fhir-error.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

export type PolicyKind = 'policy' | 'group';

/** A version of a policy or group; `body` is null when it was taken away. */
export interface PolicyRow {
  readonly name: string;
  readonly version: number;
  /** JSON. */
  readonly body: string | null;
  readonly changedBy: string;
  /** Instant, UTC. */
  readonly changedAt: string;
}

type Row = PolicyRow & { readonly kind: PolicyKind } & Record<string, unknown>;

const columns =
  `kind, name, version, body, changed_by AS "changedBy", ` +
  `to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "changedAt"`;

/** Changes with every version of any of them. */
export async function readGeneration(session: SqlSession): Promise<string> {
  const text = `SELECT generation::text FROM access_policy_state WHERE tenant = ${tenant}`;
  const [row] = await session.rows<{ generation: string }>({ text, values: [] });
  return row!.generation;
}

/** The last version of each that is there. */
export async function readCurrent(session: SqlSession): Promise<readonly Row[]> {
  const text =
    `SELECT * FROM (SELECT DISTINCT ON (kind, name) ${columns} FROM access_policy WHERE tenant = ${tenant} ` +
    'ORDER BY kind, name, version DESC) AS latest WHERE body IS NOT NULL';
  return session.rows<Row>({ text, values: [] });
}

/** All versions, the last one first. */
export function readVersions(session: SqlSession, kind: PolicyKind, name: string): Promise<readonly Row[]> {
  const text = `SELECT ${columns} FROM access_policy WHERE tenant = ${tenant} AND kind = $1 AND name = $2 ORDER BY version DESC`;
  return session.rows<Row>({ text, values: [kind, name] });
}

export interface NewVersion extends Pick<PolicyRow, 'name' | 'body' | 'changedBy'> {
  readonly kind: PolicyKind;
  /** The version to replace; any, if absent. */
  readonly ifVersion?: number | undefined;
}

/** Writers wait for each other: versions have no gaps. What is so already gets no new version. */
export function insertVersion(session: SqlSession, wanted: NewVersion): Promise<PolicyRow | undefined> {
  const { kind, name, body } = wanted;
  return session.transaction(async (tx) => {
    await tx.rows({ text: `SELECT FROM access_policy_state WHERE tenant = ${tenant} FOR UPDATE`, values: [] });
    const [latest] = await readVersions(tx, kind, name);
    requireVersion(wanted, latest?.version ?? 0);
    return (latest?.body ?? null) === body ? latest : insertAfter(tx, wanted, latest?.version ?? 0);
  });
}

function requireVersion({ kind, name, ifVersion }: NewVersion, current: number): void {
  if (ifVersion !== undefined && ifVersion !== current)
    throw new VersionConflict(kind, name, String(ifVersion), current === 0 ? undefined : String(current));
}

async function insertAfter(tx: SqlSession, { kind, name, body, changedBy }: NewVersion, version: number) {
  await tx.count({
    text:
      `INSERT INTO access_policy (tenant, kind, name, version, body, changed_by) ` +
      `VALUES (${tenant}, $1, $2, $3::integer, nullif($4, ''), $5)`,
    values: [kind, name, version + 1, body ?? '', changedBy],
  });
  const next = `UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = ${tenant}`;
  await tx.count({ text: next, values: [] });
  const [made] = await readVersions(tx, kind, name);
  return made;
}

import { InvalidRequest, VersionConflict } from '../../../r4/errors/fhir-error.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

/** A stored rule. */
export interface SuppressionRow {
  readonly name: string;
  readonly version: number;
  /** JSON of the rule without its name. */
  readonly body: string;
  readonly changedBy: string;
  /** Instant, UTC. */
  readonly changedAt: string;
}

/** Rules of a tenant: they are read as a whole every two seconds, and looked at for each finding. */
export const mostRules = 200;

const columns =
  `name, version, body, changed_by AS "changedBy", ` +
  `to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "changedAt"`;

/** In the order of their names. */
export function readRules(session: SqlSession): Promise<readonly SuppressionRow[]> {
  const text = `SELECT ${columns} FROM suppression_rule WHERE tenant = ${tenant} ORDER BY name`;
  return session.rows<SuppressionRow & Record<string, unknown>>({ text, values: [] });
}

export interface NewRule extends Pick<SuppressionRow, 'name' | 'body' | 'changedBy'> {
  /** The version to replace; any, if absent. */
  readonly ifVersion?: number | undefined;
}

/** Writers wait for each other. Throws 412 for another version, and 400 beyond {@link mostRules}. */
export function putRule(session: SqlSession, { name, body, changedBy, ifVersion }: NewRule): Promise<SuppressionRow> {
  return session.transaction(async (tx) => {
    await lock(tx);
    const rules = await readRules(tx);
    const current = rules.find((one) => one.name === name);
    requireVersion(name, ifVersion, current);
    if (!current && rules.length >= mostRules) throw tooMany();
    // A distributed table takes no function such as now() in the update, and none in RETURNING.
    await tx.count({
      text:
        `INSERT INTO suppression_rule (tenant, name, version, body, changed_by, changed_at) VALUES (${tenant}, $1, $2, $3, $4, now()) ` +
        'ON CONFLICT (tenant, name) DO UPDATE SET version = excluded.version, body = excluded.body, ' +
        'changed_by = excluded.changed_by, changed_at = excluded.changed_at',
      values: [name, (current?.version ?? 0) + 1, body, changedBy],
    });
    return (await readRules(tx)).find((one) => one.name === name)!;
  });
}

/** False if there is none of the name. Throws 412 for another version. */
export function deleteRule(session: SqlSession, name: string, ifVersion?: number): Promise<boolean> {
  return session.transaction(async (tx) => {
    await lock(tx);
    const current = (await readRules(tx)).find((one) => one.name === name);
    requireVersion(name, ifVersion, current);
    const text = `DELETE FROM suppression_rule WHERE tenant = ${tenant} AND name = $1`;
    return (await tx.count({ text, values: [name] })) > 0;
  });
}

/** The row that policies lock for the same purpose: each tenant has one. */
const lock = (tx: SqlSession): Promise<unknown> =>
  tx.rows({ text: `SELECT FROM access_policy_state WHERE tenant = ${tenant} FOR UPDATE`, values: [] });

function requireVersion(name: string, wanted: number | undefined, current: SuppressionRow | undefined): void {
  if (wanted !== undefined && wanted !== (current?.version ?? 0))
    throw new VersionConflict('suppression rule', name, String(wanted), current && String(current.version));
}

const tooMany = (): InvalidRequest =>
  new InvalidRequest({
    code: 'too-costly',
    diagnostics: `There are ${mostRules} suppression rules, and there may be no more. Remove those that are over.`,
  });

import type { Pool } from 'pg';
import { isBound } from '../belt/bind-connections.js';
import { boundSetting } from '../belt/views-schema.js';

/** Kinds of rows that servers look at again and again (docs/adr/0130). */
export type ChangeSubject =
  | 'audit'
  | 'definitions'
  | 'forms'
  | 'indexing'
  | 'jobs'
  | 'outbox'
  | 'packages'
  | 'policies'
  | 'revocations'
  | 'suppressions'
  | 'usage';

interface StateOf {
  /** Tables that the text reads. */
  readonly tables: readonly string[];
  /** Rows (tenant, subject, state), none for a tenant where nothing is stored; `tenants` ends a condition on the tenant. */
  readonly text: (tenants: string) => string;
}

/** Seconds. A revocation is dated when it is written and visible when committed: longer than such a transaction takes, and servers believe an answer. */
const revocationWindow = 90;

interface From {
  readonly table: string;
  readonly where?: string;
  /** True if a tenant has many rows there, and one state of all. */
  readonly isGrouped?: boolean;
}

const stateOf = (subject: ChangeSubject, state: string, { table, where = 'true', isGrouped }: From): StateOf => ({
  tables: [table],
  text: (tenants) =>
    `SELECT tenant, '${subject}' AS subject, (${state})::text AS state FROM ${table} ` +
    `WHERE tenant ${tenants} AND ${where}${isGrouped ? ' GROUP BY tenant' : ''}`,
});

/** True if there are rows, of which there may be many: asked for each row of a table in which every tenant has one. */
const workOf = (subject: ChangeSubject, table: string, where: string, more?: string): StateOf => ({
  tables: ['access_policy_state', table],
  text: (tenants) => {
    const some = (which: string): string =>
      `EXISTS (SELECT FROM ${table} AS one WHERE one.tenant = base.tenant AND one.tenant ${tenants} AND ${which})`;
    // Citus refuses an EXISTS that is never true.
    const state = more === undefined ? `'1'` : `CASE WHEN ${some(more)} THEN '2' ELSE '1' END`;
    return (
      `SELECT tenant, '${subject}' AS subject, ${state} AS state ` +
      `FROM access_policy_state AS base WHERE tenant ${tenants} AND ${some(where)}`
    );
  },
});

const numberOf = (column: string): string => `concat_ws(' ', count(*), max(${column}))`;
const hashSum = (...columns: readonly string[]): string =>
  `concat_ws(' ', count(*), sum(hashtextextended(concat_ws(' ', ${columns.join(', ')}), 0)))`;

const isDue = 'NOT one.dead AND one.due <= now()';
const isFree = `one.state <> 'done' AND (one.lease IS NULL OR one.lease < now())`;
const isUnfinished = `state IN ('waiting', 'running', 'open', 'taken')`;

/** Each committed change of the rows of a tenant that servers go by makes another state of them. States are numbers and tell nothing of what is stored. */
const states: readonly StateOf[] = [
  stateOf('policies', 'generation', { table: 'access_policy_state' }),
  stateOf('packages', 'generation', { table: 'package_state' }),
  stateOf('suppressions', hashSum('name', 'version', 'extract(epoch FROM changed_at)'), {
    table: 'suppression_rule',
    isGrouped: true,
  }),
  stateOf('revocations', hashSum('kind', 'value'), {
    table: 'revocation',
    where: `revoked_at > now() - interval '${revocationWindow} s'`,
    isGrouped: true,
  }),
  stateOf('definitions', `concat_ws(' ', revision, hashtext(form))`, { table: 'search_definition' }),
  stateOf('forms', hashSum('form', 'type'), { table: 'other_form_rows', isGrouped: true }),
  stateOf('indexing', numberOf('id'), { table: 'index_job', where: isUnfinished, isGrouped: true }),
  {
    tables: ['tenant_usage', 'tenant'],
    text: (tenants) =>
      `SELECT u.tenant, 'usage', concat_ws(' ', t.generation, u.resources, u.bytes, u.counted IS NOT NULL) ` +
      `FROM tenant_usage AS u JOIN tenant AS t ON t.tenant = u.tenant WHERE u.tenant ${tenants}`,
  },
  workOf('audit', 'audit_record', 'true'),
  workOf('outbox', 'outbox_event', isDue),
  // 2: one waits for a server, or has lost it.
  workOf('jobs', 'job', 'true', isFree),
];

/** Tables that {@link changeView} reads. */
export const changeTables: readonly string[] = [...new Set(states.flatMap(({ tables }) => tables))];

const statement = (tenants: string): string => states.map(({ text }) => text(tenants)).join(' UNION ALL ');

/** The view for a role that sees no tables: the operator's connections see all states, one of a tenant its own. */
export const changeView = `SELECT * FROM (${statement('IS NOT NULL')}) AS change WHERE current_setting('${boundSetting}')::integer IN (0, tenant)`;

/** Name of the view of {@link changeView}. */
export const changeViewName = 'tenant_change';

export interface ChangeState {
  readonly tenant: number;
  readonly subject: ChangeSubject;
  readonly state: string;
}

/** Milliseconds. A question that hangs must not keep the next one. */
const patience = 3_000;

/** Reads the states of these tenants by one statement. */
export async function readChangeStates(pool: Pool, tenants: readonly number[]): Promise<readonly ChangeState[]> {
  // Citus sends a list to all shards, and one tenant to its own, where each part of the statement names it.
  const [where, value] = tenants.length === 1 ? ['= $1::integer', tenants[0]] : ['= ANY ($1::integer[])', tenants];
  const from = isBound(pool) ? `${changeViewName} WHERE tenant ${where}` : `(${statement(where)}) AS change`;
  const query = { text: `SELECT tenant, subject, state FROM ${from}`, values: [value], query_timeout: patience };
  return (await pool.query<ChangeState>(query)).rows;
}

import type { DataSource } from 'typeorm';
import { isBound } from '../belt/bind-connections.js';
import { poolOf } from '../pool-of.js';
import { asOperator } from '../tenant.js';

/** Rows of work that is begun by no request: events to seal, jobs, hooks to tell of a commit, rows to index. */
export const workOfTenants = [
  { table: 'audit_record', where: 'true' },
  { table: 'job', where: `state <> 'done'` },
  { table: 'outbox_event', where: 'NOT dead AND due <= now()' },
  { table: 'index_job', where: `state IN ('waiting', 'running', 'open', 'taken')` },
] as const;

/** Without the table `tenant`: Citus does not ask tables of tenants for each row of a shared one. */
const statement = workOfTenants
  .map(({ table, where }) => `SELECT DISTINCT tenant FROM ${table} WHERE ${where}`)
  .join(' UNION ');

/** The numbers of tenants that have something to do, by one statement for all of them; suspended ones too. */
export async function tenantsWithWork(dataSource: DataSource): Promise<readonly number[]> {
  const text = isBound(poolOf(dataSource)) ? 'SELECT tenant FROM tenant_work' : statement;
  const rows = await asOperator('which tenants have work', () => dataSource.query<{ tenant: number }[]>(text));
  return rows.map(({ tenant }) => tenant);
}

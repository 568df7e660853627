import type { DataSource } from 'typeorm';
import { asOperator } from '../../database/tenant.js';

/** Work that is begun by no request: events to seal, jobs, hooks to tell of a commit, rows to index. */
const work = [
  'audit_record',
  `job WHERE state <> 'done'`,
  'outbox_event WHERE NOT dead AND due <= now()',
  `index_job WHERE state IN ('waiting', 'running', 'open', 'taken')`,
];

/** Without the table `tenant`: Citus does not ask tables of tenants for each row of a shared one. */
const statement = work.map((rows) => `SELECT DISTINCT tenant FROM ${rows}`).join(' UNION ');

/** The numbers of tenants that have something to do, by one statement for all of them; suspended ones too. */
export async function tenantsWithWork(dataSource: DataSource): Promise<readonly number[]> {
  const rows = await asOperator('which tenants have work', () => dataSource.query<{ tenant: number }[]>(statement));
  return rows.map(({ tenant }) => tenant);
}

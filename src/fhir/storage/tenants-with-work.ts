import type { DataSource } from 'typeorm';
import { asOperator } from '../../database/tenant.js';

/** Work that is begun by no request: events to seal, jobs, hooks to tell of a commit, rows to index. */
const work = [
  `audit_record AS one WHERE one.tenant = t.tenant`,
  `job AS one WHERE one.tenant = t.tenant AND one.state <> 'done'`,
  `outbox_event AS one WHERE one.tenant = t.tenant AND NOT one.dead AND one.due <= now()`,
  `index_job AS one WHERE one.tenant = t.tenant AND one.state IN ('waiting', 'running', 'open', 'taken')`,
];

const statement = `SELECT t.tenant FROM tenant AS t WHERE t.state = 'active' AND (${work
  .map((rows) => `EXISTS (SELECT FROM ${rows})`)
  .join(' OR ')})`;

/** The numbers of active tenants that have something to do, by one statement for all of them. */
export async function tenantsWithWork(dataSource: DataSource): Promise<readonly number[]> {
  const rows = await asOperator('which tenants have work', () => dataSource.query<{ tenant: number }[]>(statement));
  return rows.map(({ tenant }) => tenant);
}

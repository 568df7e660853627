// One statement tells what has changed of the rows that servers keep in memory, for all tenants (docs/adr/0130)
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { migrations } from '../../src/app/start/schema.js';
import { ChangePoll } from '../../src/database/changes/change-poll.js';
import { type ChangeSubject, readChangeStates } from '../../src/database/changes/change-states.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { asTenant, currentTenant } from '../../src/database/tenant.js';
import { TenantRegistry } from '../../src/database/tenants/tenant-registry.js';
import { firstRows } from '../../src/fhir/storage/first-rows.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { rowsOf } from '../support/connection.js';
import { until } from '../support/tenants.js';

let database: FreshDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.connection, migrations, [], { poolSize: 2 }).initialize();
  const registry = new TenantRegistry(dataSource, firstRows);
  for (const name of ['north', 'south']) await registry.create(name);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const run = (text: string) => rowsOf(database.connection, text);
async function statesOf(subject: ChangeSubject): Promise<readonly (string | undefined)[]> {
  const found = await readChangeStates(poolOf(dataSource), [2, 3]);
  return [2, 3].map((wanted) => found.find((one) => one.tenant === wanted && one.subject === subject)?.state);
}

const rule = (name: string) =>
  `INSERT INTO suppression_rule (tenant, name, version, body, changed_by, changed_at) VALUES (2, '${name}', 1, '{}', 'x', now())`;

/** Changes of rows of the tenant 2, by what they are looked at for. */
const changes: readonly (readonly [ChangeSubject, string])[] = [
  ['policies', 'UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = 2'],
  ['packages', 'INSERT INTO package_state (tenant, generation) VALUES (2, 1)'],
  ['packages', 'UPDATE package_state SET generation = 2 WHERE tenant = 2'],
  ['suppressions', rule('a')],
  // As many rules with the same versions as before.
  ['suppressions', `WITH gone AS (DELETE FROM suppression_rule WHERE tenant = 2 AND name = 'a') ${rule('b')}`],
  ['suppressions', `UPDATE suppression_rule SET changed_at = changed_at + interval '1 ms' WHERE tenant = 2`],
  ['suppressions', 'DELETE FROM suppression_rule WHERE tenant = 2'],
  ['revocations', revoked('a', '0 s')],
  // By a transaction that is committed late.
  ['revocations', revoked('b', '60 s')],
  ['definitions', 'UPDATE search_definition SET revision = revision + 1 WHERE tenant = 2'],
  ['definitions', `UPDATE search_definition SET form = 'other' WHERE tenant = 2`],
  ['forms', `INSERT INTO other_form_rows (tenant, form, type, generation) VALUES (2, 'other', 'Patient', 1)`],
  ['forms', `INSERT INTO other_form_rows (tenant, form, type, generation) VALUES (2, 'other', 'Basic', 1)`],
  [
    'indexing',
    `INSERT INTO index_job (tenant, kind, types, generation, settles, state) VALUES (2, 'reindex', '{}', 1, false, 'waiting')`,
  ],
  ['indexing', `UPDATE index_job SET state = 'done' WHERE tenant = 2`],
  ['usage', 'UPDATE tenant_usage SET bytes = bytes + 1 WHERE tenant = 2'],
  ['usage', 'UPDATE tenant_usage SET counted = NULL WHERE tenant = 2'],
  ['usage', `UPDATE tenant SET limits = '{"jobs":1}', generation = generation + 100 WHERE tenant = 2`],
  ['audit', `INSERT INTO audit_record (tenant, entry) VALUES (2, '{}')`],
  ['audit', 'DELETE FROM audit_record WHERE tenant = 2'],
  ['jobs', `INSERT INTO job (tenant, id, kind, caller, request) VALUES (2, 'a', 'x', 'x', '')`],
  ['jobs', `UPDATE job SET state = 'running', lease = now() + interval '1 h' WHERE tenant = 2`],
  ['jobs', `UPDATE job SET lease = now() - interval '1 s' WHERE tenant = 2`],
  ['jobs', `UPDATE job SET state = 'done', lease = NULL WHERE tenant = 2`],
];

function revoked(value: string, ago: string): string {
  return `INSERT INTO revocation (tenant, kind, value, revoked_at, expires_at)
    VALUES (2, 'jti', '${value}', clock_timestamp() - interval '${ago}', now() + interval '1 h')`;
}

describe('the states of a tenant', () => {
  it.each(changes)('%s: differ after %s, and those of another tenant do not', async (subject, change) => {
    const [before, others] = await statesOf(subject);
    await run(change);
    const [after, othersAfter] = await statesOf(subject);
    expect(after).not.toBe(before);
    expect(othersAfter).toBe(others);
  });

  it('are those of the tenants that were asked for', async () => {
    const found = await readChangeStates(poolOf(dataSource), [3]);
    expect(new Set(found.map(({ tenant }) => tenant))).toEqual(new Set([3]));
  });

  it('hold numbers, and nothing of what is stored', async () => {
    await run(rule('secret-name'));
    await run(revoked('secret-value', '0 s'));
    const found = await readChangeStates(poolOf(dataSource), [1, 2, 3]);
    expect(found.filter(({ state }) => !/^[-0-9 tf]*$/.test(state))).toEqual([]);
  });
});

describe('a poll for changes', () => {
  it('wakes those who watch the rows that have changed, each as work of its tenant, and nobody else', async () => {
    const poll = new ChangePoll(poolOf(dataSource));
    const woken: string[] = [];
    const watch = (tenant: number, subject: ChangeSubject) =>
      asTenant({ tenant, name: `t${tenant}` }, () =>
        poll.watch([subject], () => woken.push(`${subject} ${currentTenant()}`)),
      );
    const watches = [watch(2, 'policies'), watch(2, 'definitions'), watch(3, 'policies')];
    await until(async () => watches.every(({ seen }) => seen !== undefined));
    await run('UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = 2');
    await vi.waitFor(() => expect(woken).toEqual(['policies 2']), 10_000);
    await run('UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = 3');
    await vi.waitFor(() => expect(woken).toEqual(['policies 2', 'policies 3']), 10_000);
    await Promise.all(watches.map(({ stop }) => stop()));
    await run('UPDATE access_policy_state SET generation = generation + 1 WHERE tenant = 2');
    await delay(1_500);
    expect(woken).toHaveLength(2);
  });

  it('knows nothing while the database does not answer', async () => {
    let isAway = false;
    const pool = {
      query: (query: never) => (isAway ? Promise.reject(new Error('away')) : poolOf(dataSource).query(query)),
    };
    const poll = new ChangePoll(pool as never);
    const watch = asTenant({ tenant: 2, name: 'north' }, () => poll.watch(['policies'], () => undefined));
    await until(async () => watch.seen !== undefined);
    isAway = true;
    await vi.waitFor(() => expect(watch.seen).toBeUndefined(), 10_000);
    isAway = false;
    await until(async () => watch.seen !== undefined);
    expect(watch.seen?.state).toMatch(/^\d+$/);
    await watch.stop();
  });
});

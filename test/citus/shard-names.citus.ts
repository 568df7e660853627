// docs/adr/0179-reads-name-shards.md: statements at the node of a tenant name its shards, and are answered as those through the coordinator
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Holders, holdersOf } from '../../src/database/distribution/holders.js';
import { isGivenAway } from '../../src/database/distribution/shard-group.js';
import { tablesNamed } from '../../src/database/distribution/tables-named.js';
import { defaultTenant } from '../../src/database/tenant.js';
import { poolOf } from '../../src/database/pool-of.js';
import { CitusCluster, connectionTo } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import { createDistributedDatabase } from '../support/distributed-database.js';
import { planOf } from '../support/plan-of.js';
import { startServer, type TestServer } from '../support/server.js';
import { collectStatements, type SentStatement } from '../support/statements.js';
import { until } from '../support/tenants.js';

let cluster: CitusCluster;
let ports: readonly number[];
let server: TestServer;
beforeAll(async () => {
  cluster = await CitusCluster.start();
  ports = cluster.ports;
  server = await startServer({ DATABASE_NODES: 'holders' }, [], await createDistributedDatabase(ports));
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: resources.map(putting) };
  await server.call('POST', '', { token: server.token('user/*.cruds'), body: bundle });
  await learned();
}, 240_000);
afterAll(async () => {
  await server?.close();
  cluster?.stop();
});

const subject = { reference: 'Patient/p1' };
const consent = {
  resourceType: 'Consent',
  id: 'c1',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: subject,
  policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
  provision: { type: 'deny', class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }] },
};
const resources = [
  { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe' }], identifier: [{ value: '1' }] },
  { resourceType: 'Patient', id: 'p2', name: [{ family: 'Roe' }] },
  { resourceType: 'Observation', id: 'o1', status: 'final', code: { coding: [{ code: 'x' }] }, subject },
  { resourceType: 'Observation', id: 'o2', status: 'final', code: { text: 'y' }, subject, valueQuantity: { value: 7 } },
  { resourceType: 'Condition', id: 'k1', subject, code: { text: 'z' } },
  consent,
];
const putting = (resource: { readonly resourceType: string; readonly id: string }) => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
});

const reads = [
  'Patient/p1',
  'Patient/nobody',
  'Patient/p1/_history',
  'Patient/p1/_history/1',
  'Patient/_history',
  '_history',
  'Condition?_total=accurate',
  'Observation?_sort=-date&_count=1',
  'Observation?subject=Patient/p1&_include=Observation:subject&_total=accurate',
  'Patient?_has:Observation:patient:status=final&_revinclude=Observation:subject&_sort=_id',
  'Observation?patient.family=doe&_sort=_id',
  'Observation?patient.gender=female',
  'Observation?patient.gender=female&_sort=-date',
  'Patient?_count=200&_revinclude=*',
  'Observation?value-quantity=gt5&_summary=count',
  'Patient?family:contains=oe&_sort=family',
  'Patient?_text=doe',
  'Patient?identifier=1,2&_sort=-_lastUpdated',
  'Patient/p1/$everything',
  'Patient/p1/Observation?_sort=_id',
  '?_type=Patient,Observation&_sort=_id',
  'Observation?_list=nobody',
  'AuditEvent?agent-name=nobody',
];

const holders = (): Holders => holdersOf(poolOf(server.app.get(DataSource)))!;

/** Once the server knows the shards of the tenant. */
const learned = () => until(async () => (await holders().lookNow(), holders().current?.shards !== undefined));

/** Answers of a user, whom the Consent concerns. */
async function answers(): Promise<readonly unknown[]> {
  const token = server.token('user/*.cruds', { sub: 'jane', fhirUser: 'Practitioner/jane' });
  const found: unknown[] = [];
  for (const path of reads) {
    const { status, body } = await server.call('GET', path, { token });
    found.push([path, status, body.total, JSON.stringify(body.entry ?? body).replaceAll(/_cursor=[\w-]+/g, '')]);
  }
  return found;
}

const sentToNodes = async (): Promise<readonly SentStatement[]> => {
  const collected = collectStatements();
  await answers();
  collected.stop();
  return collected.statements.filter(({ port, text }) => port !== ports[0] && / FROM /.test(text));
};

describe('a statement at the node of the tenant', () => {
  it('is answered as one through the coordinator', async () => {
    const here = await answers();
    expect(here[0]).toEqual(['Patient/p1', 200, undefined, expect.stringContaining('Doe')]);
    const elsewhere = vi.spyOn(Holders.prototype, 'current', 'get').mockReturnValue(undefined);
    const there = await answers();
    elsewhere.mockRestore();
    expect(here).toEqual(there);
    expect(holders().all.map(({ reads: { failed } }) => failed)).toEqual([0]);
  });

  it('names no table but shards, so that Citus plans none', async () => {
    const sent = new Map((await sentToNodes()).map((statement) => [statement.text, statement]));
    expect(sent.size).toBeGreaterThan(reads.length);
    const tables = await rowsOf<{ name: string }>(
      server.database.connection,
      'SELECT logicalrelid::text AS name FROM pg_dist_partition',
    );
    const names = new Set(tables.map(({ name }) => name));
    for (const statement of sent.values()) {
      expect(statement.text).toContain('pg_dist_placement');
      expect(tablesNamed(statement.text)?.filter(({ table }) => names.has(table))).toEqual([]);
      const plan = await planOf(statement, { ...server.database.connection, port: statement.port });
      expect(plan, statement.text).not.toMatch(/Citus|^failed: /);
    }
  });

  it('names tables that a migration has made meanwhile', async () => {
    const make = [
      'CREATE TABLE ext_made (tenant integer, id text, PRIMARY KEY (tenant, id))',
      `SELECT create_distributed_table('ext_made', 'tenant', colocate_with => 'resource')`,
      `INSERT INTO ext_made VALUES (${defaultTenant}, 'one'), (77, 'of another')`,
    ];
    for (const statement of make) await rowsOf(server.database.connection, statement);
    const text = `SELECT id FROM ext_made WHERE tenant = ${defaultTenant}`;
    await holders().lookNow();
    const { node, shards } = holders().current!;
    const made = shards!.textOf(text, tablesNamed(text)!)!;
    expect((await node.pool.query(made)).rows).toEqual([{ id: 'one' }]);
    await rowsOf(server.database.connection, 'DROP TABLE ext_made');
    const gone = (await node.pool.query(made).catch((error: unknown) => error)) as Error;
    expect(isGivenAway(gone)).toBe(true);
  });

  it('fails from the moment on at which its shards belong to another node, although they are still there', async () => {
    const text = `SELECT id FROM resource WHERE tenant = ${defaultTenant} AND type = 'Patient' AND id = 'nobody'`;
    const { node, shards } = holders().current!;
    const made = shards!.textOf(text, tablesNamed(text)!)!;
    expect((await node.pool.query(made)).rows).toEqual([]);
    await keepingOldShards(async () => {
      const from = node.pool.options.port!;
      await move(
        from,
        ports.find((port) => port !== from && port !== ports[0])!,
      );
      // The old copy can be read, and lacks what is written from now on.
      const [table = ''] = /resource_\d+/.exec(made)!;
      // Of its own: the server ends its connections there.
      const there = connectionTo({ port: from }, server.database.connection.database!);
      const old = await rowsOf(there, `SELECT FROM ${table} WHERE tenant = ${defaultTenant}`);
      expect(old.length).toBeGreaterThan(0);
      // Also where no row is looked for.
      for (const sent of [
        made,
        made.replace('WHERE ', 'WHERE false AND '),
        made.replace('WHERE ', 'WHERE (SELECT false) AND '),
      ]) {
        const failure = (await rowsOf(there, sent).catch((error: unknown) => error)) as Error;
        expect([(failure as { code?: string }).code, isGivenAway(failure)], sent).toEqual(['22P02', true]);
      }
      const token = server.token('user/*.cruds');
      const changed = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Changed' }] };
      expect((await server.call('PUT', 'Patient/p1', { token, body: changed })).status).toBe(200);
      expect((await server.call('GET', 'Patient/p1', { token })).body.name).toEqual(changed.name);
      expect(node.isPaused).toBe(false);
    });
    await learned();
    expect(holders().current!.node).not.toBe(node);
    expect((await sentToNodes()).length).toBeGreaterThan(reads.length);
  });
});

const move = (from: number, to: number) =>
  rowsOf(
    server.database.connection,
    `SELECT citus_move_shard_placement(get_shard_id_for_distribution_column('resource', ${defaultTenant}),
       '127.0.0.1', ${from}, '127.0.0.1', ${to}, shard_transfer_mode => 'block_writes')`,
  );

/** Citus removes what a move leaves behind after the work. */
async function keepingOldShards(work: () => Promise<void>): Promise<void> {
  const configure = async (change: string) => {
    await rowsOf(server.database.connection, `ALTER SYSTEM ${change}`);
    await rowsOf(server.database.connection, 'SELECT pg_reload_conf()');
  };
  await configure('SET citus.defer_shard_delete_interval = -1');
  try {
    await work();
  } finally {
    await configure('RESET citus.defer_shard_delete_interval');
  }
}

// Issue 7: three replicas behind haproxy, pgbouncer in transaction mode, a primary with a standby
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { callAs } from '../support/call-as.js';
import { report } from '../chaos/report.js';
import { freePort } from '../support/free-port.js';
import { aPatient } from '../support/resources.js';
import { logInAt, ServerProcess } from '../support/server-process.js';
import { type Caller, WriteLoad } from '../support/write-load.js';
import { connectionTo, DatabasePair } from './database-pair.js';
import { Balancer, Pooler } from './front.js';
import { missingPrograms } from './programs.js';

const missing = missingPrograms();
if (missing.length > 0) report('cluster', `skipped: ${missing.join(', ')} not installed`);

const within5s = { timeout: 5_000, interval: 100 };

async function answers(fhirBase: string): Promise<void> {
  if (!(await fetch(`${fhirBase}/metadata`)).ok) throw new Error('The balancer knows no server yet.');
}

describe.skipIf(missing.length > 0)('three replicas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-cluster-'));
  const replicas: ServerProcess[] = [];
  let pair: DatabasePair;
  let pooler: Pooler;
  let balancer: Balancer;
  let ports: readonly number[];
  let access: string;
  let base: string;

  const startReplica = (port: number): Promise<ServerProcess> =>
    ServerProcess.start(pooler, {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${balancer.port}`,
      SHUTDOWN_DELAY: '2',
      DATABASE_DIRECT_URL: `postgres://lanyard@127.0.0.1:${pair.primaryPort}/lanyard`,
    });
  const through = (): Caller => callAs(base, access);
  const each = (): readonly Caller[] => replicas.map((replica) => callAs(replica.base, access));

  beforeAll(async () => {
    chmodSync(folder, 0o755);
    pair = await DatabasePair.start(folder);
    pooler = await Pooler.start(folder, pair.primaryPort);
    ports = await Promise.all([freePort(), freePort(), freePort()]);
    balancer = await Balancer.start(folder, await freePort(), ports);
    base = `http://127.0.0.1:${balancer.port}/fhir/r4`;
    for (const port of ports) replicas.push(await startReplica(port));
    await vi.waitFor(() => answers(base), { timeout: 20_000 });
    ({ access } = await logInAt(base));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.kill()));
    await balancer?.stop();
    await pooler?.stop();
    await pair?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('read at once what one of them wrote', async () => {
    const [first] = each();
    expect((await first!('PUT', 'Patient/p1', { ...aPatient(), id: 'p1' })).status).toBe(201);
    for (const call of each()) expect((await call('GET', 'Patient/p1')).status).toBe(200);
    for (let i = 0; i < 9; i++) expect((await through()('GET', 'Patient/p1')).status).toBe(200);
  });

  it('all refuse within 5 s what was logged out at one', async () => {
    const session = await logInAt(replicas[0]!.base);
    const calls = replicas.map((replica) => callAs(replica.base, session.access));
    for (const call of calls) expect((await call('GET', 'Patient/p1')).status).toBe(200);
    const json = { 'content-type': 'application/json' };
    expect((await calls[0]!('POST', 'logout', { refresh_token: session.refresh }, json)).status).toBe(204);
    for (const call of calls) {
      await vi.waitFor(async () => expect((await call('GET', 'Patient/p1')).status).toBe(401), within5s);
    }
  });

  it('all search within 5 s by a parameter that was stored at one', async () => {
    const [first, ...others] = each();
    const parameter = {
      resourceType: 'SearchParameter',
      id: 'eye',
      url: 'urn:example:eye',
      name: 'eye',
      status: 'active',
      description: 'Colour of the eyes',
      code: 'eye',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.extension.where(url = 'urn:example:eye').value",
    };
    expect((await first!('PUT', 'SearchParameter/eye', parameter)).status).toBe(201);
    for (const call of [first!, ...others]) {
      await vi.waitFor(async () => expect((await call('GET', 'Patient?eye=green')).status).toBe(200), within5s);
    }
  });

  it('are replaced one by one under load without one failed request', async () => {
    const load = new WriteLoad(connectionTo(pair.primaryPort));
    const failures: string[] = [];
    const counted: Caller = async (method, path, ...rest) => {
      try {
        const answer = await through()(method, path, ...rest);
        if (answer.status >= 400) failures.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return answer;
      } catch (error) {
        failures.push(`${method} ${path}: ${String((error as Error).cause ?? error)}`);
        throw error;
      }
    };
    const finish = load.start(counted);
    for (const [i, port] of ports.entries()) {
      await delay(1_000);
      await replicas[i]!.kill('SIGTERM');
      replicas[i] = await startReplica(port);
      await vi.waitFor(
        async () => expect((await fetch(new URL('/health/ready', replicas[i]!.base))).status).toBe(200),
        {
          timeout: 30_000,
        },
      );
    }
    await delay(1_000);
    await finish();
    expect(failures).toEqual([]);
    expect(await load.faults(through())).toEqual([]);
    report('3 replicas replaced one by one under load', `${load.summary}; ${failures.length} failed requests`);
  });

  it('recover by themselves when the standby takes over, with every acknowledged write', async () => {
    const load = new WriteLoad(connectionTo(pair.standbyPort));
    const finish = load.start(through());
    await delay(2_000);
    await pair.killPrimary();
    await delay(1_000);
    pair.promote();
    pooler.pointTo(pair.standbyPort);
    const since = Date.now();
    const write = () => through()('PUT', 'Patient/p1', { ...aPatient({ active: true }), id: 'p1' });
    await vi.waitFor(async () => expect((await write()).status).toBeLessThan(300), { timeout: 60_000, interval: 200 });
    const seconds = Math.round((Date.now() - since) / 100) / 10;
    await delay(2_000);
    await finish();
    const others = load.refused.filter(({ status }) => status !== 503);
    expect(others.map(({ status, body }) => [status, body])).toEqual([]);
    await load.retryUnanswered(through());
    expect(await load.faults(through())).toEqual([]);
    report('failover under load', `${load.summary}; writes went on ${seconds} s after the promotion`);
  });
});

// docker/observability, loaded by Debian's Prometheus; skipped where it is not installed
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const folder = fileURLToPath(new URL('../../docker/observability', import.meta.url));
const isInstalled = ['prometheus', 'promtool'].every((program) => existsSync(`/usr/bin/${program}`));
if (!isInstalled) process.stderr.write('Skipped, for there is no Prometheus: apt-get install prometheus promtool\n');

const run = promisify(execFile);

describe.skipIf(!isInstalled)('Prometheus', () => {
  let database: FreshDatabase;
  let server: ServerProcess;
  let metrics: string;

  beforeAll(async () => {
    database = await freshDatabase();
    const port = await freePort();
    metrics = `127.0.0.1:${port}`;
    server = await ServerProcess.start(database, {
      METRICS_PORT: String(port),
      // One that is down is measured as well.
      DATABASE_REPLICA_URLS: `postgres://lanyard@127.0.0.1:${await freePort()}/lanyard`,
    });
    const { access } = await server.logIn();
    await server.call('GET', 'Patient?_count=1', access);
    await server.call('GET', 'Patient?_count=1');
  });
  afterAll(async () => {
    await server.kill();
    await database.drop();
  });

  it('finds nothing to say about the rules and the configuration', async () => {
    expect((await run('promtool', ['check', 'rules', `${folder}/alerts.yml`])).stdout).toMatch(/SUCCESS: \d+ rules/);
    expect((await run('promtool', ['check', 'config', `${folder}/prometheus.yml`])).stdout).toContain('SUCCESS');
  });

  it('scrapes a running server, which has every metric of the dashboard and of the rules, and can evaluate each', async () => {
    const { stdout } = await run(`${folder}/test.sh`, [metrics], { timeout: 90_000 });
    expect(stdout).toContain('all metrics of the dashboard are there');
  }, 120_000);
});

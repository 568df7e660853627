// docker/compose.citus.yaml, without containers: what its services run, with their settings, on the nodes of this machine
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { AppConfig } from '../../src/config/app-config.js';
import { lanyard } from '../support/command-line.js';
import { createCitusDatabase } from '../support/citus-cluster.js';
import { rowsOf } from '../support/connection.js';
import type { FreshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

interface Service {
  readonly image?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: string | readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

const { services } = parse(readFileSync(join(import.meta.dirname, '../../docker/compose.citus.yaml'), 'utf8'), {
  merge: true,
}) as { readonly services: Readonly<Record<string, Service>> };
const { server, distribute, nodes, coordinator } = services as Readonly<Record<string, Service>> & {
  readonly server: Service;
  readonly distribute: Service;
  readonly nodes: Service;
  readonly coordinator: Service;
};
const workers = ['worker-1', 'worker-2'] as const;

const ports = inject('postgres').nodes!;
const portOf = (host: string): number => ports[['coordinator', ...workers].indexOf(host)]!;
/** Names of services with the port of all nodes, as addresses of this machine. */
const onThisMachine = (text: string, database: string): string =>
  text
    .replaceAll(/'(coordinator|worker-\d)', 5432/g, (_, host: string) => `'127.0.0.1', ${portOf(host)}`)
    .replaceAll(/@coordinator:5432\/lanyard/g, `@127.0.0.1:${portOf('coordinator')}/${database}`);

describe('docker/compose.citus.yaml', () => {
  let database: FreshDatabase;
  let settings: Readonly<Record<string, string>>;
  beforeAll(async () => {
    // As the image does, which makes the database and the extension of each node; none knows another.
    database = await createCitusDatabase(ports, 0);
    const name = database.connection.database!;
    settings = Object.fromEntries(
      Object.entries(server.environment).map(([setting, value]) => [setting, onThisMachine(value, name)]),
    );
  });
  afterAll(() => database.drop());

  it('starts one service after the other', () => {
    const after = (service: Service) =>
      Object.entries(service.depends_on ?? {}).map(([name, { condition }]) => [name, condition]);
    expect(after(server)).toEqual([['distribute', 'service_completed_successfully']]);
    expect(after(distribute)).toEqual([['nodes', 'service_completed_successfully']]);
    expect(after(nodes)).toEqual(['coordinator', ...workers].map((name) => [name, 'service_healthy']));
    for (const name of ['coordinator', ...workers]) expect(services[name]!.healthcheck?.test?.[1]).toBe('pg_isready');
    expect(nodes.healthcheck).toEqual({ disable: true });
  });

  it('has the same settings for server and migration, which production accepts', () => {
    expect(distribute.environment).toEqual(server.environment);
    const config = new AppConfig({ ...server.environment, NODE_ENV: 'production' });
    expect(config.production).toBe(true);
  });

  it('starts nodes with settings that PostgreSQL and Citus know, and with all that docs/citus.md asks of each', async () => {
    const given = [...String(coordinator.command).matchAll(/-c (\S+)=(\S+)/g)].map(([, name, value]) => [name, value]);
    const known = await rowsOf<{ name: string }>(
      database.connection,
      `SELECT name FROM pg_settings WHERE name IN (${given.map(([name]) => `'${name}'`).join(', ')})`,
    );
    expect(known).toHaveLength(given.length);
    const documented = readFileSync(join(import.meta.dirname, '../../docs/citus.md'), 'utf8');
    // What PostgreSQL before 17.12 does not know would stop it.
    const asked = [...documented.matchAll(/^ {3}([a-z_]+) = '?([^'\n]+)'?$/gm)].filter(
      ([, name]) => name !== 'output_plugin_libraries',
    );
    expect(given).toEqual(asked.map(([, name, value]) => [name, value]));
  });

  it('makes nodes, a distributed schema and a server that answers; a second time nothing is left to do', async () => {
    const name = database.connection.database!;
    const [program = '', ...options] = nodes.entrypoint!;
    const words = [...options, ...(nodes.command as readonly string[])].map((word) => onThisMachine(word, name));
    const psql = words.map((word) => (word === 'coordinator' ? '127.0.0.1' : word));
    const more = ['-p', String(portOf('coordinator')), '-d', name];
    const migrate = () => lanyard({ ...settings, NODE_ENV: 'production' }, distribute.command as readonly string[]);
    const makeNodes = () =>
      execFileSync(program, [...psql, ...more], { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
    makeNodes();
    const first = await migrate();
    expect([first.exitCode, first.output]).toEqual([0, expect.stringContaining('Distributed resource by tenant.')]);
    makeNodes();
    const second = await migrate();
    expect([second.exitCode, second.output]).toEqual([0, expect.not.stringContaining('Distributed')]);
    const placed = await rowsOf<{ nodes: number }>(
      database.connection,
      'SELECT count(*)::int AS nodes FROM pg_dist_node WHERE isactive AND shouldhaveshards',
    );
    expect(placed).toEqual([{ nodes: 2 }]);
    const running = await ServerProcess.start(
      { url: settings['DATABASE_URL']! },
      { ...settings, NODE_ENV: 'production', LOG_LEVEL: 'info' },
    );
    try {
      const { access } = await running.logIn();
      expect((await running.call('PUT', 'Patient/p1', access, { resourceType: 'Patient', id: 'p1' })).status).toBe(201);
      expect((await running.call('GET', 'Patient?_id=p1', access)).body.entry).toHaveLength(1);
    } finally {
      await running.kill('SIGTERM');
    }
  });
});

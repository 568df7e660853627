// Several processes on one port (docs/adr/0086)
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { builtSource } from '../support/built-source.js';
import { freePort } from '../support/free-port.js';
import { freshDatabase } from '../support/postgres.js';

/** Milliseconds after which a request that nobody answers is one that failed. */
const silence = 30_000;
const running: Server[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
});

class Server {
  output = '';
  readonly exit: Promise<number | null>;

  constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly metricsPort: number,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.exit = once(child, 'close').then(([code]) => code as number | null);
  }

  async ready(): Promise<this> {
    const serves = (): void => {
      if (!this.output.includes('processes serve')) throw new Error(`It does not serve yet: ${this.output}`);
    };
    await vi.waitFor(serves, { timeout: 60_000, interval: 100 });
    return this;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(name);
    return this.exit;
  }

  /** Processes that it has begun. */
  async workers(): Promise<readonly number[]> {
    const { pid } = this.child;
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (lines.length === 0) throw new Error(text);
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** The status, over a connection of `agent`, or what went wrong. */
  get(path: string, agent: Agent): Promise<number | string> {
    return new Promise((resolve) => {
      const asked = request({ port: this.port, host: '127.0.0.1', path, agent, timeout: silence }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      asked
        .on('timeout', () => asked.destroy(new Error(`no answer in ${silence} ms`)))
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .end();
    });
  }
}

async function start(variables: Readonly<Record<string, string>>): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = { PATH: process.env['PATH'] ?? '', PORT: String(port), METRICS_PORT: String(metricsPort), ...variables };
  const child = spawn(process.execPath, [join(await builtSource(), 'main.js')], { env });
  const server = new Server(child, port, metricsPort);
  running.push(server);
  return server;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('WORKERS=2', () => {
  it('serves by two processes as one server, which are replaced when they die or are to be new, and end with it', async () => {
    const { url, drop } = await freshDatabase();
    try {
      const server = await (
        await start({
          WORKERS: '2',
          DATABASE_URL: url,
          HOST: '127.0.0.1',
          ADMIN_PASSWORD: 'correct horse battery',
          SHUTDOWN_DELAY: '1',
          TENANTS: 'path',
          METRICS_TENANTS: '3',
        })
      ).ready();
      expect(server.output.match(/listens on/g)).toHaveLength(1);
      expect(server.output).not.toContain('Stopping');
      const first = await server.workers();
      expect(first).toHaveLength(2);

      // Each connection is another process's turn, and the numbers are those of both.
      const anew = new Agent({ keepAlive: false });
      for (let i = 0; i < 20; i++) expect(await server.get('/fhir/r4/metadata', anew)).toBe(200);
      expect(await server.metric('lanyard_workers')).toBe(2);
      expect(await server.metric('lanyard_requests_total')).toBeGreaterThanOrEqual(20);
      expect(await server.metric('lanyard_pool_size')).toBe(10);
      expect(await server.metric('lanyard_tenant_requests')).toBeGreaterThanOrEqual(20);

      // Replaced one after the other: nobody notices.
      const answers = new Map<number | string, number>();
      const over = new AbortController();
      const clients = Array.from({ length: 4 }, async (_, i) => {
        const agent = new Agent({ keepAlive: i % 2 === 0 });
        while (!over.signal.aborted) {
          const answer = await server.get('/fhir/r4/metadata', agent);
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
          await sleep(5);
        }
        agent.destroy();
      });
      server.signal('SIGHUP');
      await vi.waitFor(async () => expect((await server.workers()).filter((pid) => first.includes(pid))).toEqual([]), {
        timeout: 60_000,
        interval: 200,
      });
      over.abort();
      await Promise.all(clients);
      expect([...answers.keys()]).toEqual([200]);

      // One dies: the other serves, and there are two again.
      const [victim, other] = await server.workers();
      process.kill(victim!, 'SIGKILL');
      await vi.waitFor(() => expect(server.output).toContain(`Worker ${victim} ended (SIGKILL)`), { timeout: 10_000 });
      expect(await server.get('/fhir/r4/metadata', anew)).toBe(200);
      await vi.waitFor(async () => expect(await server.metric('lanyard_workers'), server.output).toBe(2), {
        timeout: 60_000,
        interval: 200,
      });
      const last = await server.workers();
      expect(last).toContain(other);

      expect(await server.stop()).toBe(0);
      expect(last.filter(isAlive)).toEqual([]);
    } finally {
      await drop();
    }
    // The sum of what it waits for.
  }, 240_000);

  it('ends with the process that began it, however that ends', async () => {
    const { url, drop } = await freshDatabase();
    try {
      const server = await (
        await start({ WORKERS: '2', DATABASE_URL: url, ADMIN_PASSWORD: 'correct horse battery' })
      ).ready();
      const workers = await server.workers();
      await server.stop('SIGKILL');
      await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 });
    } finally {
      await drop();
    }
  }, 120_000);
});

describe('WORKERS', () => {
  it.each([
    [{ WORKERS: 'many' }, /WORKERS: must be auto or a whole number from 1 to 64/],
    [{ WORKERS: '8', DATABASE_POOL: '4' }, /WORKERS: 8 processes need 16 connections.*DATABASE_POOL=16/],
    [
      { WORKERS: '2', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      /DATABASE_URL: cannot reach.*nothing listens/,
    ],
  ])('%j is one line and the end', async (settings, text) => {
    const server = await start(settings);
    expect(await server.exit).toBe(1);
    expect(server.output.trim()).toMatch(text);
    expect(server.output.trim().split('\n')).toHaveLength(1);
  });
});

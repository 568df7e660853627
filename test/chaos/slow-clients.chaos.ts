// Issue 7: slowloris, 10,000 idle connections, 2,000 requests at once
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { report } from './report.js';

const megabyte = 1024 * 1024;

let database: FreshDatabase;
let server: ServerProcess;
let access: string;
beforeAll(async () => {
  database = await freshDatabase();
  server = await ServerProcess.start(database, { REQUEST_TIMEOUT: '5' });
  ({ access } = await server.logIn());
  expectMade(await callAs(server.base, access)('PUT', 'Patient/p1', { ...aPatient(), id: 'p1' }));
});
afterAll(async () => {
  await server.kill();
  await database.drop();
});

function expectMade({ status }: { readonly status: number }): void {
  if (status !== 201) throw new Error(`The patient was answered ${status}.`);
}

const probe = async (name: 'live' | 'ready'): Promise<number> =>
  (await fetch(new URL(`/health/${name}`, server.base))).status;

async function openConnections(count: number): Promise<readonly Socket[]> {
  const port = Number(new URL(server.base).port);
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 200) {
    await Promise.all(
      Array.from(
        { length: Math.min(200, count - i) },
        () =>
          new Promise<void>((resolve, reject) => {
            const socket = connect(port, '127.0.0.1', resolve);
            socket.on('error', reject);
            sockets.push(socket);
          }),
      ),
    );
  }
  return sockets;
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

describe('clients that are slow on purpose', () => {
  it('with headers that never end are cut off, while others are served', async () => {
    const sockets = await openConnections(500);
    const drip = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('X-A: b\r\n');
    }, 1_000);
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.resume();
      socket.write('GET /fhir/r4/Patient/p1 HTTP/1.1\r\nHost: localhost\r\n');
    }
    const call = callAs(server.base, access);
    for (let i = 0; i < 20; i++) {
      expect((await call('GET', 'Patient/p1')).status).toBe(200);
      expect(await probe('ready')).toBe(200);
      await delay(100);
    }
    await Promise.race([Promise.all(sockets.map(closed)), delay(60_000)]);
    clearInterval(drip);
    expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(0);
    report('500 connections whose headers never end', 'all cut off after REQUEST_TIMEOUT; others were served');
  });

  it('that hold 10,000 idle connections cost little memory and stop nobody', async () => {
    const before = server.memory();
    const sockets = await openConnections(10_000);
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    const call = callAs(server.base, access);
    for (let i = 0; i < 20; i++) expect((await call('GET', 'Patient/p1')).status).toBe(200);
    expect(await probe('live')).toBe(200);
    expect(await probe('ready')).toBe(200);
    const grown = Math.round((server.memory() - before) / megabyte);
    for (const socket of sockets) socket.destroy();
    expect(grown).toBeLessThan(400);
    report('10,000 idle connections', `${grown} MB of memory; reads and probes went on`);
  });
});

describe('2,000 requests at once', () => {
  it('are answered or told to come back, in bounded memory, while the probes stay green', async () => {
    const before = server.memory();
    const call = callAs(server.base, access);
    const end = new AbortController();
    const probes: number[] = [];
    const watch = (async () => {
      for (let i = 0; i < 600 && !end.signal.aborted; i++) {
        probes.push(await probe('live'), await probe('ready'));
        await delay(100);
      }
    })();
    const requests = Array.from({ length: 2_000 }, (_, n) => {
      if (n % 10 === 0) return call('POST', 'Patient', aPatient());
      return call('GET', n % 2 === 0 ? 'Patient/p1' : 'Patient?_count=5');
    });
    const answers = await Promise.all(requests);
    end.abort();
    await watch;
    const statuses = new Map<number, number>();
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const shed = answers.filter(({ status }) => status === 429 || status === 503);
    expect([...statuses.keys()].filter((status) => ![200, 201, 429, 503].includes(status))).toEqual([]);
    expect(shed.filter(({ headers }) => !(Number(headers.get('retry-after')) > 0))).toEqual([]);
    expect(probes.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(0);
    const grown = Math.round((server.memory() - before) / megabyte);
    expect(grown).toBeLessThan(400);
    expect((await call('GET', 'Patient/p1')).status).toBe(200);
    const counts = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
    report('2,000 requests at once', `${counts}; ${probes.length} probes green; ${grown} MB of memory`);
  });
});

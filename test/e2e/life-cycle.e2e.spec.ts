// Issue 7: probes while the server starts, and a stop that loses no request
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

let database: FreshDatabase;
let server: ServerProcess | undefined;

afterEach(async () => {
  await server?.kill();
  await database.drop();
});

interface Got {
  readonly status: number;
  readonly connection: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

function get(url: string, options: { readonly agent?: Agent; readonly token?: string } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { agent, token } = options;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request(url, { headers, ...(agent && { agent }) }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString()));
      response.once('end', () => {
        const { statusCode = 0, headers: got } = response;
        resolve({ status: statusCode, connection: got.connection, retryAfter: got['retry-after'], body });
      });
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

describe('while migrations run', () => {
  /** A server whose migrations wait for the lock that somebody else holds. */
  async function startWaiting(): Promise<{ readonly other: Client; readonly waiting: ServerProcess }> {
    const other = new Client(database.connection).on('error', () => undefined);
    await other.connect();
    // The lock of src/database/migrations/migrate.ts
    await other.query('SELECT pg_advisory_lock(7261933005)');
    const waiting = await ServerProcess.spawn(database);
    server = waiting;
    await vi.waitFor(() => get(`${waiting.origin}/health/live`), { timeout: 20_000, interval: 25 });
    return { other, waiting };
  }

  beforeEach(async () => {
    database = await freshDatabase('empty');
  });

  it('the process lives and is not ready; clients are told to come back; then all goes on', async () => {
    const { other, waiting } = await startWaiting();
    const { origin } = waiting;
    expect((await get(`${origin}/health/live`)).status).toBe(200);
    const ready = await get(`${origin}/health/ready`);
    expect([ready.status, JSON.parse(ready.body)]).toEqual([503, { status: 'starting' }]);
    const fhir = await get(`${origin}/fhir/r4/Patient/p1`);
    expect([fhir.status, fhir.retryAfter]).toEqual([503, '5']);
    expect(JSON.parse(fhir.body)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'transient', diagnostics: expect.stringMatching(/is starting/) }],
    });
    expect((await get(`${origin}/fhir/r4/Patient/p1?_format=xml`)).body).toMatch(/^<.*OperationOutcome/s);
    expect(JSON.parse((await get(`${origin}/oauth2/jwks`)).body).error).toBe('temporarily_unavailable');
    await other.query('SELECT pg_advisory_unlock(7261933005)');
    await other.end();
    await waiting.listens();
    const whole = await get(`${origin}/health/ready`);
    expect([whole.status, JSON.parse(whole.body)]).toEqual([
      200,
      { status: 'ok', database: 'up', migrations: 'up', keys: 'up', index: 'up', issuers: 'up' },
    ]);
  });

  it('a stop does not wait for them', async () => {
    const { other, waiting } = await startWaiting();
    expect(await waiting.kill('SIGTERM')).toBe(0);
    await other.end();
  });
});

describe('SIGTERM under load', () => {
  beforeEach(async () => {
    database = await freshDatabase();
  });

  it('not ready at once, each connection is let go after an answer, and no request is lost', async () => {
    const started = await ServerProcess.start(database, { SHUTDOWN_DELAY: '4' });
    server = started;
    const { access } = await started.logIn();
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const answers: Got[] = [];
    let isStopping = false;
    let afterSignal = 0;
    // Clients leave when they are told that the server is not ready, as behind a load balancer; soon enough on a busy machine too.
    const leaving = 80;
    const client = async (): Promise<void> => {
      while (afterSignal < leaving) {
        if (isStopping) afterSignal++;
        answers.push(await get(`${started.base}/Patient`, { agent, token: access }));
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    await sleep(300);
    const ended = started.kill('SIGTERM');
    await vi.waitFor(
      async () => {
        const ready = await get(`${started.origin}/health/ready`);
        expect([ready.status, ready.body]).toEqual([503, '{"status":"draining"}']);
      },
      { timeout: 20_000 },
    );
    isStopping = true;
    await clients;
    expect(await ended).toBe(0);
    agent.destroy();
    expect(answers.length).toBeGreaterThan(leaving);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.at(-1)?.connection).toBe('close');
    expect((await get(`${started.origin}/health/live`).catch((error: Error) => error.message)) as string).toMatch(
      /ECONNREFUSED/,
    );
  });
});

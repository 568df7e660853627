// Issue 7: PostgreSQL killed and restarted
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server-process.js';
import { WriteLoad } from '../support/write-load.js';
import { callAs } from '../support/call-as.js';
import { OwnPostgres } from './own-postgres.js';
import { report } from './report.js';

const kills = 5;

let postgres: OwnPostgres;
let server: ServerProcess;
beforeAll(async () => {
  postgres = await OwnPostgres.start();
  server = await ServerProcess.start(postgres);
});
afterAll(async () => {
  await server.kill();
  await postgres.stop();
});

it('answers 503 with Retry-After while PostgreSQL is killed, and goes on by itself with everything acknowledged', async () => {
  const { access } = await server.logIn();
  const call = callAs(server.base, access);
  const load = new WriteLoad(postgres.connection);
  const finish = load.start(call);
  for (let i = 0; i < kills; i++) {
    await delay(700);
    await postgres.kill();
    await vi.waitFor(async () => expect((await call('GET', 'Patient?_count=1')).status).toBe(200), {
      timeout: 60_000,
      interval: 50,
    });
  }
  await delay(500);
  await finish();
  const others = load.refused.filter(
    ({ status, headers }) => status !== 503 || !(Number(headers.get('retry-after')) > 0),
  );
  expect(others.map(({ status, body }) => [status, body])).toEqual([]);
  expect(load.refused.length).toBeGreaterThan(0);
  await load.retryUnanswered(call);
  expect(await load.faults(call)).toEqual([]);
  report(`PostgreSQL killed ${kills} times under load`, load.summary);
});

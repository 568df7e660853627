// Issue 7: a soak with flat memory. SOAK_MINUTES: 20 unless told otherwise.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { aPatient, anObservation } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { report } from './report.js';

const minutes = Number(process.env['SOAK_MINUTES'] ?? 20);
const megabyte = 1024 * 1024;
/** Requests a second: the point is time, not speed. */
const rate = 40;

let database: FreshDatabase;
let server: ServerProcess;
beforeAll(async () => {
  database = await freshDatabase();
  server = await ServerProcess.start(database);
});
afterAll(async () => {
  await server.kill();
  await database.drop();
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

it(
  `serves ${minutes} minutes of mixed requests with flat memory and without one wrong answer`,
  async () => {
    const { access } = await server.logIn();
    const call = callAs(server.base, access);
    const wrong: string[] = [];
    const memory: number[] = [];
    const end = Date.now() + minutes * 60_000;
    let sent = 0;
    while (Date.now() < end) {
      const second = Date.now();
      const requests = Array.from({ length: rate }, async () => {
        const n = ++sent;
        const id = `p${n % 500}`;
        const [method, path, body] = requestOf(n, id);
        const { status } = await call(method, path, body);
        if (status >= 400 && status !== 404 && status !== 410) wrong.push(`${method} ${path}: ${status}`);
      });
      await Promise.all(requests);
      memory.push(server.memory() / megabyte);
      await delay(Math.max(0, 1_000 - (Date.now() - second)));
    }
    // The first quarter fills caches and warms the code.
    const warm = memory.slice(Math.floor(memory.length / 4));
    const early = median(warm.slice(0, Math.ceil(warm.length / 3)));
    const late = median(warm.slice(-Math.ceil(warm.length / 3)));
    report(
      `soak of ${minutes} min`,
      `${sent} requests, ${wrong.length} wrong; memory ${Math.round(early)} → ${Math.round(late)} MB`,
    );
    expect(wrong).toEqual([]);
    expect(late).toBeLessThan(early * 1.15 + 10);
  },
  (minutes + 5) * 60_000,
);

function requestOf(n: number, id: string): [string, string, object?] {
  const kinds: readonly (() => [string, string, object?])[] = [
    () => ['GET', `Patient/${id}`],
    () => ['PUT', `Patient/${id}`, { ...aPatient({ identifier: [{ system: 'urn:soak', value: String(n) }] }), id }],
    () => ['GET', `Observation?patient=${id}&code=8867-4`],
    () => ['POST', 'Observation', anObservation(`Patient/${id}`)],
    () => ['GET', `Patient?_id=${id}&_revinclude=Observation:patient`],
    () => ['GET', `Patient/${id}/_history?_count=5`],
    () => ['GET', `Patient?identifier=urn:soak|${n - 40}`],
  ];
  return kinds[n % kinds.length]!();
}

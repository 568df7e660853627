import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LoadMeter } from './load-meter.js';

const server = createServer((_, response) => response.end());
const pool = new Pool({ max: 7 });
let meter: LoadMeter;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  meter = new LoadMeter(pool);
});
afterAll(async () => {
  meter.stop();
  await pool.end();
  await new Promise((resolve) => server.close(resolve));
});

it('tells requests since the last look, and the pool', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (let i = 0; i < 20; i++) await (await fetch(url)).text();
  const load = meter.read();
  expect(load.requestsPerSecond).toBeGreaterThan(0);
  expect(load).toMatchObject({ poolInUse: 0, poolSize: 7, poolWaiting: 0, eventLoopDelay: expect.any(Number) });
  expect(load.memory).toBeGreaterThan(1_000_000);
  expect(meter.read().requestsPerSecond).toBe(0);
});

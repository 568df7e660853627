// docs/adr/0066: nobody takes the processor by asking for documents that are open to everybody
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.call('GET', '/openapi.json');
  await server.call('GET', '/openapi.json?schemas=plain');
});
afterAll(() => server?.close());

const all = [...resourceTypes];
/** Twenty types, others each time. */
const others = (i: number): string =>
  Array.from({ length: 20 }, (_, k) => all[(i * 7 + k * (1 + (i % 5))) % all.length]!).join(',');
const get = (path: string, headers = {}): Promise<Answer> => server.call('GET', path, { headers });

describe('/openapi.json, asked for other types each time', () => {
  it('takes a second of the processor at most, then is 503, while what is in use is answered', async () => {
    const kept = '/openapi.json?type=Patient,Observation';
    expect((await get(kept)).status).toBe(200);
    const used = process.cpuUsage();
    const answers: Answer[] = [];
    for (let i = 0; i < 400; i++) {
      // There is room for sixteen megabytes of documents, and those that are in use stay.
      if (i % 10 === 0) expect((await get(kept)).status).toBe(200);
      answers.push(await get(`/openapi.json?type=${others(i)}&schemas=${i % 2 === 0 ? 'plain' : 'full'}`));
    }
    const { user, system } = process.cpuUsage(used);
    const made = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 503);
    expect(made + refused.length).toBe(400);
    expect(made).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(200);
    expectOutcome(refused[0]!, 503, /openapi\.json without type is always ready/);
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
    // Making all 400 takes eight seconds and more.
    expect((user + system) / 1e6).toBeLessThan(6);
    for (const path of [kept, '/openapi.json', '/openapi.json?schemas=plain']) {
      const { status, headers } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      expect((await get(path, { 'if-none-match': headers['etag'] })).status).toBe(304);
    }
  });

  it('keeps the same document for types in another order, and twice', async () => {
    const tags = await Promise.all(
      ['Patient,Observation', 'Observation,Patient', 'Patient,Patient,Observation'].map(
        async (types) => (await get(`/openapi.json?type=${types}`)).headers['etag'],
      ),
    );
    expect([...new Set(tags)]).toHaveLength(1);
    expect(tags[0]).toBeDefined();
  });
});

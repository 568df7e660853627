// Definitions that are kept for a moment: what this server writes counts at once, what others write soon (docs/adr/0152)
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { releaseOf } from '../support/release-of.js';
import { startServer, type TestServer } from '../support/server.js';

const system = 'http://kept.example/CodeSystem/c';
let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = server.token('user/*.cruds');
});
afterAll(() => server.close());

let next = 0;
const named = () => `http://kept.example/ValueSet/v${next++}`;
const valueSet = (id: string, url: string, codes: readonly string[]) => ({
  resourceType: 'ValueSet',
  id,
  url,
  status: 'active',
  compose: { include: [{ system, concept: codes.map((code) => ({ code })) }] },
});
const codeSystem = (id: string, url: string, codes: readonly string[]) => ({
  resourceType: 'CodeSystem',
  id,
  url,
  name: 'Kept',
  status: 'active',
  content: 'complete',
  concept: codes.map((code) => ({ code })),
});

/** Status, and whether the code is right. */
async function judged(type: 'ValueSet' | 'CodeSystem', url: string): Promise<readonly unknown[]> {
  const query = `url=${encodeURIComponent(url)}&code=a${type === 'ValueSet' ? `&system=${system}` : ''}`;
  const { status, body } = await server.call('GET', `${type}/$validate-code?${query}`, { token });
  return [status, body.parameter?.[0]?.valueBoolean];
}

interface Way {
  readonly name: string;
  readonly write: (body: {
    readonly resourceType: string;
    readonly id: string;
  }) => Promise<{ readonly status: number }>;
}

const ways: readonly Way[] = [
  { name: 'PUT', write: (body) => server.call('PUT', `${body.resourceType}/${body.id}`, { token, body }) },
  {
    name: 'a conditional PUT',
    write: (body) => server.call('PUT', `${body.resourceType}?_id=${body.id}`, { token, body }),
  },
  ...(['transaction', 'batch'] as const).map((type) => ({
    name: `a ${type}`,
    write: (body: { readonly resourceType: string; readonly id: string }) => {
      const request = { method: 'PUT', url: `${body.resourceType}/${body.id}` };
      return server.call('POST', '', {
        token,
        body: { resourceType: 'Bundle', type, entry: [{ resource: body, request }] },
      });
    },
  })),
];

const types = [
  ['ValueSet', valueSet],
  ['CodeSystem', codeSystem],
] as const;

describe.each(types)('a %s', (type, resourceOf) => {
  it.each(ways)('counts at once when this server has made or changed it by $name', async ({ write }) => {
    const [url, id] = [named(), `w${next++}`];
    expect(await judged(type, url)).toEqual([404, undefined]);
    for (const codes of [['a'], ['b'], ['a', 'b']]) {
      expect((await write(resourceOf(id, url, codes))).status).toBeLessThan(300);
      const isIn = codes.includes('a');
      const answers = [await judged(type, url), await judged(type, url)];
      expect(answers).toEqual([
        [200, isIn],
        [200, isIn],
      ]);
    }
    expect((await server.call('DELETE', `${type}/${id}`, { token })).status).toBeLessThan(300);
    expect(await judged(type, url)).toEqual([404, undefined]);
  });

  it('counts soon when another server has removed it', async () => {
    const [url, id] = [named(), `w${next++}`];
    await server.call('PUT', `${type}/${id}`, { token, body: resourceOf(id, url, ['a']) });
    expect(await judged(type, url)).toEqual([200, true]);
    await server.app
      .get(DataSource)
      .query('UPDATE resource SET deleted = true WHERE type = $1 AND id = $2', [type, id]);
    await vi.waitFor(async () => expect(await judged(type, url)).toEqual([404, undefined]), { timeout: 10_000 });
  });
});

it('a code of lately is the one of its own code system, and its words lead to its own concepts', async () => {
  const loaded = ['hearts', 'lungs'].map((name) => [`http://kept.example/CodeSystem/${name}`, `Pain in ${name}`]);
  for (const [url, display] of loaded) {
    const head = { ...codeSystem('', url!, []), version: '1', concept: undefined };
    await server.app.get(TerminologyStore).load(releaseOf(head, [{ code: 'a', display: display! }]), { by: 'test' });
    const body = { ...valueSet(`of-${next++}`, url!, []), compose: { include: [{ system: url }] } };
    expect((await server.call('POST', 'ValueSet', { token, body })).status).toBe(201);
  }
  const get = (path: string) => server.call('GET', path, { token });
  for (const _ of ['first', 'again'])
    for (const [url, display] of loaded) {
      const { body } = await get(`CodeSystem/$lookup?system=${url}&code=a`);
      expect(body.parameter[2]).toEqual({ name: 'display', valueString: display });
      const found = await get(`ValueSet/$expand?url=${url}&filter=pai%20hea&count=5`);
      expect(found.body.expansion.contains?.length ?? 0).toBe(url!.endsWith('hearts') ? 1 : 0);
    }
});

// Answers have a budget of bytes and time: pages end early, entries that read are refused with a cure (ADR 46)
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

const limit = 200 * 1024;
const count = 60;
const length = 10_000;

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startServer({ RESPONSE_LIMIT: '200kb', STATEMENT_TIMEOUT: '20' });
  token = server.token('user/*.cruds');
  const entries = Array.from({ length: count }, (_, i) => [
    put(`Basic/b${i}`, { resourceType: 'Basic', id: `b${i}`, code: { text: 'x'.repeat(length) } }),
    put(`Patient/p${i}`, { resourceType: 'Patient', id: `p${i}`, name: [{ text: 'x'.repeat(length) }] }),
    put(`Encounter/e${i}`, {
      resourceType: 'Encounter',
      id: `e${i}`,
      status: 'planned',
      class: { code: 'AMB', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' },
      subject: { reference: `Patient/p${i}` },
    }),
  ]).flat();
  const stored = await send(bundle('transaction', entries));
  if (stored.status !== 200) throw new Error(stored.text);
});
afterAll(() => server.close());

const put = (url: string, resource: object) => ({ request: { method: 'PUT', url }, resource });
const get = (url: string) => ({ request: { method: 'GET', url } });
const bundle = (type: string, entry: readonly object[]) => ({ resourceType: 'Bundle', type, entry });
const send = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  server.call('POST', '', { token, body, headers });
const ask = (path: string): Promise<Answer> => server.call('GET', path, { token });

interface Entry {
  readonly resource?: {
    readonly id: string;
    readonly resourceType: string;
    readonly meta: { readonly versionId: string };
  };
  readonly response?: { readonly status: string; readonly outcome?: { readonly issue: readonly Issue[] } };
}
interface Issue {
  readonly code: string;
  readonly diagnostics: string;
}

const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  (body.link as { relation: string; url: string }[])
    .find((link) => link.relation === relation)
    ?.url.slice(base.length + 1);
const idsOf = ({ body }: Answer): readonly string[] =>
  ((body.entry ?? []) as Entry[]).flatMap(({ resource }) => (resource && resource.id ? [resource.id] : []));

/** Every page along a link. */
async function pages(first: string, relation = 'next'): Promise<readonly Answer[]> {
  const found: Answer[] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const page: Answer = await ask(path);
    expect([path, page.status, page.text.slice(0, 300)]).toEqual([path, 200, expect.anything()]);
    expect(page.text.length).toBeLessThan(limit + length + 10_000);
    expect(found.length).toBeLessThan(count);
    found.push(page);
    path = linkOf(page, relation);
  }
  return found;
}

describe('pages end early, and rows come exactly once', () => {
  it.each([
    'Basic?_count=1000',
    'Basic?_count=1000&_sort=-_lastUpdated',
    'Basic?_count=1000&_sort=_id',
    'Basic?_count=25',
  ])('%s', async (path) => {
    const all = await pages(path);
    expect(all.length).toBeGreaterThan(2);
    const ids = all.flatMap(idsOf);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
    const back = await pages(linkOf(all.at(-1)!, 'previous')!, 'previous');
    const before = all.slice(0, -1).flatMap(idsOf);
    expect(back.toReversed().flatMap(idsOf)).toEqual(before);
  });

  it('a history of a type', async () => {
    const versions = (await pages('Basic/_history?_count=1000')).flatMap(idsOf);
    expect(versions).toHaveLength(count);
    expect(new Set(versions).size).toBe(count);
  });

  it('a history of a resource', async () => {
    for (let i = 0; i < 40; i++) {
      const body = { resourceType: 'Basic', id: 'often', code: { text: `${i}${'x'.repeat(length)}` } };
      expect((await server.call('PUT', 'Basic/often', { token, body })).status).toBeLessThan(300);
    }
    const all = await pages('Basic/often/_history?_count=1000');
    const versions = all.flatMap(({ body }) => (body.entry as Entry[]).map(({ resource }) => resource!.meta.versionId));
    expect(versions).toEqual(Array.from({ length: 40 }, (_, i) => String(40 - i)));
    expect((await server.call('DELETE', 'Basic/often', { token })).status).toBe(204);
  });

  it('one resource that is larger than an answer is a page of its own', async () => {
    const body = { resourceType: 'Basic', id: 'large', code: { text: 'x'.repeat(limit + 1000) } };
    expect((await server.call('PUT', 'Basic/large', { token, body })).status).toBe(201);
    const found = await ask('Basic?_id=large,b1,b2&_count=10');
    expect([found.status, idsOf(found).length]).toEqual([200, 2]);
    const rest = await ask(linkOf(found, 'next')!);
    expect(idsOf(rest)).toEqual(['large']);
    expect((await server.call('DELETE', 'Basic/large', { token })).status).toBe(204);
  });

  it('what is included and has no room is told', async () => {
    const found = await ask('Encounter?_count=1000&_include=Encounter:subject');
    expect(found.text.length).toBeLessThan(limit + 100_000);
    const outcome = (found.body.entry as { resource: { resourceType: string; issue: readonly Issue[] } }[]).at(
      -1,
    )!.resource;
    expect(outcome).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'too-costly', diagnostics: expect.stringMatching(/RESPONSE_LIMIT.*_count/) }],
    });
  });

  it('pages of XML end earlier still, and go on', async () => {
    const xml = await server.call('GET', 'Basic?_count=1000&_format=xml', { token });
    expect(xml.text).toContain('<relation value="next"/>');
  });
});

const searches = (times: number): readonly object[] => Array.from({ length: times }, () => get('Basic?_count=1000'));
const responses = ({ body }: Answer) => (body.entry as Entry[]).map(({ response }) => response!);

describe('bundles', () => {
  it('a batch of 2,000 searches: the first are answered, the others are too costly, and say what to do', async () => {
    const answer = await send(bundle('batch', searches(2000)));
    expect(answer.status).toBe(200);
    const [first, ...others] = responses(answer);
    expect(first!.status).toBe('200 OK');
    const refused = others.filter(({ status }) => status.startsWith('422'));
    expect(refused.length).toBeGreaterThan(1990);
    expect(refused.at(-1)!.outcome!.issue).toEqual([
      {
        severity: 'error',
        code: 'too-costly',
        diagnostics: expect.stringMatching(/204800 bytes .*RESPONSE_LIMIT.*Send it by itself or with fewer others/),
      },
    ]);
    expect(answer.text.length).toBeLessThan(limit + 2000 * 500);
  });

  it('what a batch writes is written whatever it reads; only its content is not shown', async () => {
    const body = bundle('batch', [
      ...searches(3),
      put('Basic/after', { resourceType: 'Basic', id: 'after', code: { text: 'a' } }),
      get('Basic/after'),
    ]);
    const answer = await send(body, { prefer: 'return=representation' });
    const [written, read] = (answer.body.entry as Entry[]).slice(3);
    expect(written).toMatchObject({ response: { status: '201 Created' } });
    expect(written!.resource).toBeUndefined();
    expect(read!.response).toMatchObject({ status: '422 Unprocessable Entity' });
    expect((await ask('Basic/after')).status).toBe(200);
  });

  it('a transaction that reads too much stores nothing, and names the entry', async () => {
    const answer = await send(
      bundle('transaction', [
        put('Basic/never', { resourceType: 'Basic', id: 'never', code: { text: 'a' } }),
        ...searches(20),
      ]),
    );
    expectOutcome(answer, 422, /RESPONSE_LIMIT/);
    expect(answer.body.issue[0]).toMatchObject({
      code: 'too-costly',
      expression: [expect.stringMatching(/^Bundle\.entry\[\d+\]$/)],
    });
    expect((await ask('Basic/never')).status).toBe(404);
  });
});

describe('time', () => {
  it('the reading entries of a bundle take as long as a statement may, together', async () => {
    const brief = await startServer({ STATEMENT_TIMEOUT: '1' });
    try {
      const body = bundle(
        'batch',
        Array.from({ length: 20_000 }, (_, i) => get(`Patient?family=n${i}`)),
      );
      const answer = await brief.call('POST', '', { token: brief.token('user/Patient.cruds'), body });
      const all = responses(answer);
      expect(all).toHaveLength(20_000);
      expect(all[0]!.status).toBe('200 OK');
      expect(all.at(-1)).toMatchObject({
        status: '422 Unprocessable Entity',
        outcome: {
          issue: [{ code: 'too-costly', diagnostics: expect.stringMatching(/1 s \(setting STATEMENT_TIMEOUT\)/) }],
        },
      });
    } finally {
      await brief.close();
    }
  });

  it('a batch ends when its client has gone away', async () => {
    await server.app.listen(0, '127.0.0.1');
    const { port } = server.app.getHttpServer().address() as AddressInfo;
    const entries = Array.from({ length: 10_000 }, () => ({
      request: { method: 'POST', url: 'Flag' },
      resource: {
        resourceType: 'Flag',
        status: 'active',
        code: { text: 'a' },
        subject: { reference: 'Patient/p1' },
      },
    }));
    const sending = request({
      port,
      path: '/fhir/r4',
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    });
    sending.on('error', () => undefined);
    sending.end(JSON.stringify(bundle('batch', entries)));
    const database = new Client(server.database.connection);
    await database.connect();
    const stored = async (): Promise<number> =>
      (
        (await database.query(`SELECT count(*)::integer AS n FROM resource WHERE type = 'Flag'`)).rows[0] as {
          n: number;
        }
      ).n;
    try {
      while ((await stored()) === 0) await sleep(20);
      sending.destroy();
      await sleep(500);
      const then = await stored();
      await sleep(1000);
      expect(await stored()).toBe(then);
      expect(then).toBeLessThan(10_000);
    } finally {
      await database.end();
    }
  });
});

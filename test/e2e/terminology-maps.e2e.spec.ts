// Translations that name no map: one map after another, and nothing left out without a word (https://hl7.org/fhir/R4/conceptmap-operation-translate.html)
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ResourceRepository } from '../../src/fhir/storage/resource.repository.js';
import type { CanonicalRow } from '../../src/fhir/storage/searching/canonical-statement.js';
import type { SearchPage } from '../../src/fhir/storage/searching/search-page.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { targetsOf } from '../support/translations.js';

const base = 'http://maps.example';
const megabyte = 1024 ** 2;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

const call = (method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: server.token('user/*.cruds'), ...(body && { body }) });
const translate = (query: Readonly<Record<string, string>>): Promise<Answer> =>
  call('GET', `ConceptMap/$translate?${new URLSearchParams(query).toString()}`);

interface Mapped {
  readonly from: string;
  readonly to: string;
  /** Code that "a" is mapped to. */
  readonly code: string;
}

const mapOf = (id: string, { from, to, code }: Mapped, more: object = {}) => ({
  resourceType: 'ConceptMap',
  url: `${base}/ConceptMap/${id}`,
  name: 'Map',
  status: 'active',
  group: [{ source: from, target: to, element: [{ code: 'a', target: [{ code, equivalence: 'equal' }] }] }],
  ...more,
});

async function store(...resources: readonly object[]): Promise<void> {
  const entry = resources.map((resource) => ({ resource, request: { method: 'POST', url: 'ConceptMap' } }));
  const { status, text } = await call('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
  if (status !== 200) throw new Error(text);
}

const bytesOf = (rows: readonly { readonly body: string }[]): number =>
  rows.reduce((sum, { body }) => sum + body.length, 0);

it('reads a mebibyte of maps at once, and tells the matches of all', async () => {
  const from = `${base}/large`;
  const large = (n: number) =>
    mapOf(`large-${n}`, { from, to: 'urn:t', code: `t${n}` }, { description: 'x'.repeat(0.7 * megabyte) });
  for (let n = 0; n < 5; n++) await store(large(n));
  const searched = vi.spyOn(ResourceRepository.prototype, 'search');
  const named = vi.spyOn(ResourceRepository.prototype, 'findCanonicals');
  expect(targetsOf(await translate({ system: from, code: 'a' })).toSorted()).toEqual(['t0', 't1', 't2', 't3', 't4']);
  const pages = searched.mock.settledResults.map(({ value }) => bytesOf((value as SearchPage).rows));
  expect(Math.max(...pages)).toBeLessThan(megabyte);
  expect(pages.reduce((sum, bytes) => sum + bytes)).toBeGreaterThan(3 * megabyte);
  expect(named.mock.settledResults.map(({ value }) => bytesOf(value as readonly CanonicalRow[]))).toEqual([
    0, 0, 0, 0, 0,
  ]);
});

it('takes of several versions of a map the one that its url means', async () => {
  const from = `${base}/versions`;
  await store(
    mapOf('versions', { from, to: 'urn:t', code: 'old' }, { version: '1', status: 'retired' }),
    mapOf('versions', { from, to: 'urn:t', code: 'new' }, { version: '2' }),
  );
  expect(targetsOf(await translate({ system: from, code: 'a' }))).toEqual(['new']);
});

describe('of more maps than one call looks at', () => {
  const from = `${base}/many`;
  beforeAll(() =>
    store(
      ...Array.from({ length: 51 }, (_, n) =>
        mapOf(`many-${n}`, { from, to: n < 48 ? 'urn:most' : 'urn:few', code: `t${n}` }),
      ),
    ),
  );

  it('leaves none out: it is refused, with how to narrow it', async () => {
    const { status, body } = await translate({ system: from, code: 'a' });
    expect([status, body.issue?.[0].code]).toEqual([422, 'too-costly']);
    expect(body.issue[0].diagnostics).toBe(
      `The ConceptMaps of ${from} are more than one call may look at, which is 50 of them: name one by "url", or a code system by "targetsystem".`,
    );
  });

  it.each([
    [{ url: `${base}/ConceptMap/many-50` }, ['t50']],
    [{ targetsystem: 'urn:few' }, ['t48', 't49', 't50']],
  ])('answers %j', async (narrowed, targets) => {
    expect(targetsOf(await translate({ system: from, code: 'a', ...narrowed })).toSorted()).toEqual(targets);
  });

  it('looks at fifty', async () => {
    const fifty = `${base}/fifty`;
    await store(
      ...Array.from({ length: 50 }, (_, n) => mapOf(`fifty-${n}`, { from: fifty, to: 'urn:t', code: `t${n}` })),
    );
    expect(targetsOf(await translate({ system: fifty, code: 'a' }))).toHaveLength(50);
  });
});

it('says which maps that codes are left to it did not follow', async () => {
  const from = `${base}/left`;
  const leaves = Array.from({ length: 12 }, (_, n) => mapOf(`leaf-${n}`, { from, to: 'urn:y', code: `t${n}` }));
  await store(...leaves);
  const group = leaves.map(({ url }) => ({
    source: from,
    target: 'urn:x',
    element: [{ code: 'other', target: [{ code: 'other', equivalence: 'equal' }] }],
    unmapped: { mode: 'other-map', url },
  }));
  const parameter = [
    { name: 'conceptMap', resource: { resourceType: 'ConceptMap', status: 'active', group } },
    { name: 'coding', valueCoding: { system: from, code: 'a' } },
  ];
  const answer = await call('POST', 'ConceptMap/$translate', { resourceType: 'Parameters', parameter });
  expect(targetsOf(answer)).toHaveLength(10);
  expect(answer.body.parameter.slice(0, 2)).toEqual([
    { name: 'result', valueBoolean: true },
    {
      name: 'message',
      valueString: `One call follows 10 maps that codes are left to; ask about others by "url": ${base}/ConceptMap/leaf-10, and 1 more.`,
    },
  ]);
});

it('reads a map that several codes are left to once', async () => {
  const from = `${base}/codes`;
  await store(mapOf('rest', { from, to: 'urn:t', code: 't' }));
  const group = [
    {
      source: from,
      target: 'urn:t',
      element: [{ code: 'z' }],
      unmapped: { mode: 'other-map', url: `${base}/ConceptMap/rest` },
    },
  ];
  const read = vi.spyOn(ResourceRepository.prototype, 'findCanonicals');
  const coding = ['a', 'b', 'c'].map((code) => ({ system: from, code }));
  const answer = await call('POST', 'ConceptMap/$translate', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'conceptMap', resource: { resourceType: 'ConceptMap', status: 'active', group } },
      { name: 'codeableConcept', valueCodeableConcept: { coding } },
    ],
  });
  expect(targetsOf(answer)).toEqual(['t']);
  expect(read).toHaveBeenCalledTimes(1);
});

it('takes a code with its code system alone, also where the map is named: it may have groups of several', async () => {
  const systems = [`${base}/groups/a`, `${base}/groups/b`];
  const group = systems.map((source, n) => ({
    source,
    target: 'urn:t',
    element: [{ code: 'a', target: [{ code: `t${n}`, equivalence: 'equal' }] }],
  }));
  const map = { ...mapOf('groups', { from: base, to: 'urn:t', code: 't' }), id: 'groups', group };
  const { status } = await call('PUT', 'ConceptMap/groups', map);
  expect(status).toBe(201);
  const url = `${base}/ConceptMap/groups`;
  for (const path of [`ConceptMap/$translate?url=${url}&code=a`, 'ConceptMap/groups/$translate?code=a']) {
    const refused = await call('GET', path);
    expect([refused.status, refused.body.issue[0].code]).toEqual([400, 'required']);
    expect(targetsOf(await call('GET', `${path}&system=${systems[1]}`))).toEqual(['t1']);
  }
});

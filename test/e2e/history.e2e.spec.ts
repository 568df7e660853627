// https://hl7.org/fhir/R4/http.html#history
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let ofP1: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  ofP1 = server.token('patient/*.rs', { patient: 'p1' });
  for (const id of ['p1', 'p2']) await put({ ...aPatient(), id });
  await put({ ...anObservation('Patient/p1'), id: 'o1' });
  await put({ ...anObservation('Patient/p2'), id: 'o2' });
  await put({ ...anObservation('Patient/p1', { status: 'amended' }), id: 'o1' });
  await server.call('DELETE', 'Observation/o2', { token: all });
  await put({ ...anObservation('Patient/p2', { status: 'amended' }), id: 'o2' });
  await put({ resourceType: 'Organization', id: 'org', name: 'A' });
});
afterAll(() => server.close());

async function put(body: JsonObject): Promise<void> {
  const { method, url } = putting(body).request;
  const { status, text } = await server.call(method, url, { token: all, body });
  expect(status, text).toBeLessThan(300);
}

const get = (path: string, token = all) => server.call('GET', path.replace(`${base}/`, ''), { token });
type Entry = {
  fullUrl: string;
  resource?: object;
  request: { method: string };
  response: { status: string; etag: string };
};
const entriesOf = ({ body }: Pick<Answer, 'body'>): Entry[] => body.entry ?? [];
const versionsOf = (answer: Answer) =>
  entriesOf(answer).map(
    ({ fullUrl, response }) => `${fullUrl.slice(base.length + 1)} ${/\d+/.exec(response.etag)![0]}`,
  );
const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  body.link.find((link: { relation: string }) => link.relation === relation)?.url;

/** Newest first. */
const observations = [
  'Observation/o2 3',
  'Observation/o2 2',
  'Observation/o1 2',
  'Observation/o2 1',
  'Observation/o1 1',
];
const everything = ['Organization/org 1', ...observations, 'Patient/p2 1', 'Patient/p1 1'];

describe('history of a type', () => {
  it('tells every version of its resources with the request that made it, newest first', async () => {
    const answer = await get('Observation/_history');
    expect([answer.status, answer.body.type]).toEqual([200, 'history']);
    expect(versionsOf(answer)).toEqual(observations);
    expect(entriesOf(answer).map(({ response }) => response.status)).toEqual(['201', '204', '200', '201', '201']);
    expect(entriesOf(answer).map(({ request }) => request.method)).toEqual(['PUT', 'DELETE', 'PUT', 'PUT', 'PUT']);
    expect(entriesOf(answer).map(({ resource }) => resource !== undefined)).toEqual([true, false, true, true, true]);
  });

  it('knows a revival from an update when the deletion is on another page', async () => {
    expect(entriesOf(await get('Observation/_history?_count=1'))[0]!.response.status).toBe('201');
    expect(entriesOf(await get('Observation/_history?_count=1&_sort=_lastUpdated'))[0]!.response.status).toBe('201');
  });

  it('is empty for a type of which nothing was ever stored', async () => {
    const answer = await get('Account/_history');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      resourceType: 'Bundle',
      type: 'history',
      link: [{ relation: 'self', url: `${base}/Account/_history?_count=20` }],
    });
  });

  it('needs s, which read alone does not give', async () => {
    const answer = await get('Observation/_history', server.token('user/Observation.r'));
    expectOutcome(answer, 403);
    expect(reasonsOf(answer)).toEqual(['scope-insufficient']);
    expect((await get('Observation/_history', server.token('user/Observation.s'))).status).toBe(200);
    expectOutcome(await server.call('GET', 'Observation/_history'), 401);
    expectOutcome(await get('Nonsense/_history'), 404);
  });

  it('is narrowed to the record of the patient', async () => {
    expect(versionsOf(await get('Observation/_history', ofP1))).toEqual(['Observation/o1 2', 'Observation/o1 1']);
    const amended = server.token('patient/Observation.rs?status=amended', { patient: 'p1' });
    expect(versionsOf(await get('Observation/_history', amended))).toEqual(['Observation/o1 2']);
  });
});

describe('history of the system', () => {
  it('tells every version of the types that the caller may search', async () => {
    expect(versionsOf(await get('_history'))).toEqual(everything);
    const some = server.token('user/Patient.rs user/Organization.rs user/Observation.r');
    expect(versionsOf(await get('_history', some))).toEqual(['Organization/org 1', 'Patient/p2 1', 'Patient/p1 1']);
    expect(versionsOf(await get('_history', ofP1))).toEqual([
      'Organization/org 1',
      'Observation/o1 2',
      'Observation/o1 1',
      'Patient/p1 1',
    ]);
  });

  it('is refused to those who may search nothing', async () => {
    const answer = await get('_history', server.token('user/*.r'));
    expectOutcome(answer, 403);
    expect(reasonsOf(answer)).toEqual(['scope-insufficient']);
    expectOutcome(await server.call('GET', '_history'), 401);
  });
});

describe.each(['_history', 'Observation/_history', 'Observation/o2/_history'])('%s', (address) => {
  const expected = address.startsWith('_')
    ? everything
    : observations.filter((one) => !address.includes('o2') || one.includes('o2'));

  it('goes forward and back through every version once, in both orders', async () => {
    for (const [sort, versions] of [
      ['-_lastUpdated', expected],
      ['_lastUpdated', expected.toReversed()],
    ] as const) {
      let page = await get(`${address}?_count=2&_sort=${sort}`);
      expect(linkOf(page, 'previous')).toBeUndefined();
      expect(linkOf(page, 'first')).toBeUndefined();
      const self = linkOf(page, 'self');
      const forward = [versionsOf(page)];
      for (let next = linkOf(page, 'next'); next !== undefined; next = linkOf(page, 'next')) {
        page = await get(next);
        expect(linkOf(page, 'self')).toBe(next);
        expect(linkOf(page, 'first')).toBe(self);
        forward.push(versionsOf(page));
      }
      expect(forward.flat()).toEqual(versions);
      const back = [versionsOf(page)];
      for (let previous = linkOf(page, 'previous'); previous !== undefined; previous = linkOf(page, 'previous')) {
        page = await get(previous);
        back.unshift(versionsOf(page));
      }
      expect(back.flat()).toEqual(versions);
    }
  });

  it('shows what ran, and keeps it in the links', async () => {
    const query = '_at=2020&_format=json&_since=2020-01-01T00%3A00%3A00%2B01%3A00&_sort=_lastUpdated&_count=1000';
    const asked = query.replace('_count=1000', '_count=5000');
    expect(linkOf(await get(`${address}?${asked}`), 'self')).toBe(`${base}/${address}?${query}`);
  });

  it('is limited by _since and _at', async () => {
    const [newest] = entriesOf(await get(`${address}?_count=1`));
    const { lastModified } = newest!.response as unknown as { lastModified: string };
    expect(versionsOf(await get(`${address}?_since=${lastModified}`))).toEqual(expected.slice(0, 1));
    expect(versionsOf(await get(`${address}?_since=2020-01-01T00:00:00Z`))).toEqual(expected);
    expect(await get(`${address}?_since=2120-01-01T00:00:00Z`)).toMatchObject({ status: 200 });
    expect(versionsOf(await get(`${address}?_since=2120-01-01T00:00:00Z`))).toEqual([]);
    expect(versionsOf(await get(`${address}?_at=2020`))).toEqual([]);
    expect(versionsOf(await get(`${address}?_at=${lastModified.slice(0, 4)}`))).toEqual(expected);
    const current = versionsOf(await get(`${address}?_at=2120`));
    expect(current).toEqual(
      expected.filter((one, i) => expected.findIndex((other) => other.split(' ')[0] === one.split(' ')[0]) === i),
    );
  });

  it('is 400 for what it does not take, with the place and what would be right', async () => {
    for (const [query, text] of [
      ['_since=2024', /instant.*_since=2024-05-01T10:00:00Z/],
      ['_at=soon', /_at=2024-05/],
      ['_sort=status', /-_lastUpdated/],
      ['_count=0', /1 and more/],
      ['status=final', /It takes _at, _count, _elements, _format, _pretty, _since, _sort, _summary/],
    ] as const) {
      expectOutcome(await get(`${address}?${query}`), 400, text);
    }
    expect((await get(`${address}?_since=2024`)).body.issue[0].location).toEqual(['http._since']);
  });

  it('refuses a page link of another query or of another access', async () => {
    const next = linkOf(await get(`${address}?_count=1`), 'next')!;
    expect((await get(next)).status).toBe(200);
    for (const answer of [
      await get(next, server.token('user/*.rs', { fhirUser: `${base}/Patient/p2` })),
      await get(`${next}&_sort=_lastUpdated`),
      await get(next.replace('_count=1', '_count=2')),
    ]) {
      expectOutcome(answer, 403);
      expect(reasonsOf(answer)).toEqual(['cursor-foreign']);
    }
  });

  it('answers HEAD without a body', async () => {
    const { status, text } = await server.call('HEAD', address, { token: all });
    expect([status, text]).toEqual([200, '']);
  });

  it('is the same inside a batch', async () => {
    const line = (url: string) => ({ request: { method: 'GET', url } });
    const bundle = aBundle('batch', line(`${address}?_count=2`), line(`${address}?_since=no`));
    const { body } = await server.call('POST', '', { token: all, body: bundle });
    expect(versionsOf({ body: body.entry[0].resource } as Answer)).toEqual(expected.slice(0, 2));
    expect(body.entry[1].response.status).toBe('400 Bad Request');
    const forbidden = await server.call('POST', '', { token: server.token('user/Claim.c'), body: bundle });
    expect(forbidden.body.entry[0].response.status).toBe('403 Forbidden');
  });
});

describe('the total', () => {
  it('stands on the history of one resource, where the caller sees all of it', async () => {
    // Of a user some Consent might withhold versions.
    const machine = server.token('system/*.rs', { sub: 'feed', client_id: 'feed' });
    expect((await get('Observation/o2/_history?_count=1', machine)).body.total).toBe(3);
    for (const path of ['Observation/_history', '_history', 'Observation/o2/_history?_at=2024']) {
      expect((await get(path)).body.total).toBeUndefined();
    }
    expect((await get('Observation/o1/_history', ofP1)).body.total).toBeUndefined();
  });
});

describe('the history of one resource', () => {
  it('of somebody else is 404 like one that never was, whatever the time asked for', async () => {
    for (const query of ['', '?_since=2120-01-01T00:00:00Z', '?_at=2020']) {
      const [hidden, unknown] = [
        await get(`Observation/o2/_history${query}`, ofP1),
        await get(`Observation/oX/_history${query}`, ofP1),
      ];
      expectOutcome(hidden, 404);
      expect(hidden.text).toBe(unknown.text.replaceAll('oX', 'o2'));
    }
  });
});

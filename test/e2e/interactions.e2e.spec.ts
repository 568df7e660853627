// https://hl7.org/fhir/R4/http.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const aPatient = (more: object = {}) => ({ resourceType: 'Patient', name: [{ family: 'Doe' }], ...more });

async function create(resource: object = aPatient()): Promise<string> {
  const { body } = await server.call('POST', 'Patient', { token: all, body: resource });
  return body.id;
}

const put = (id: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  server.call('PUT', `Patient/${id}`, { token: all, body: aPatient({ id, ...more }), headers });

/** Stored text without what the server sets. */
const sentPart = (text: string): string =>
  text.replace(/"id":"[^"]*",/, '').replace(/"meta":\{"versionId":"\d+","lastUpdated":"[^"]*"\},/, '');

describe('create', () => {
  it('answers 201 with Location, ETag, Last-Modified and the resource under an id of its own', async () => {
    const { status, headers, body } = await server.call('POST', 'Patient', {
      token: all,
      body: aPatient({ id: 'mine', meta: { versionId: '77', lastUpdated: '1999-01-01T00:00:00Z' } }),
    });
    expect(status).toBe(201);
    expect(body.id).not.toBe('mine');
    expect(headers['location']).toBe(`${base}/Patient/${body.id}/_history/1`);
    expect(headers['etag']).toBe('W/"1"');
    expect(body.meta).toEqual({ versionId: '1', lastUpdated: expect.stringMatching(/^20\d\d-.*Z$/) });
    expect(new Date(String(headers['last-modified'])).getTime()).toBe(
      Math.floor(Date.parse(body.meta.lastUpdated) / 1000) * 1000,
    );
    expectOutcome(await server.call('GET', 'Patient/mine', { token: all }), 404);
  });

  it('shows the body only to who may read it, and not at all with return=minimal', async () => {
    const blind = await server.call('POST', 'Patient', { token: server.token('user/Patient.c'), body: aPatient() });
    expect([blind.status, blind.text]).toEqual([201, '']);
    const prefer = await server.call('POST', 'Patient', {
      token: all,
      body: aPatient(),
      headers: { prefer: 'return=minimal' },
    });
    expect([prefer.status, prefer.text]).toEqual([201, '']);
    expect(prefer.headers['location']).toMatch(/\/Patient\/[0-9a-f-]{36}\/_history\/1$/);
  });

  it('refuses a body of another type, and one without resourceType', async () => {
    const other = await server.call('POST', 'Patient', { token: all, body: { resourceType: 'Observation' } });
    expectOutcome(other, 400, /"Observation.*Patient|Observation\\".*Patient/);
    expectOutcome(await server.call('POST', 'Patient', { token: all, body: { id: 'x' } }), 400, /resourceType/);
  });

  it('reads a form only where a search expects one', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expectOutcome(await server.call('POST', 'Patient', { token: all, body: '_id=x', headers }), 415);
  });
});

describe('read', () => {
  it('serves the current version with ETag and Last-Modified', async () => {
    const id = await create();
    const { status, headers, body } = await server.call('GET', `Patient/${id}`, { token: all });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ etag: 'W/"1"', 'content-type': 'application/fhir+json; charset=utf-8' });
    expect(headers['last-modified']).toMatch(/GMT$/);
    expect(headers['cache-control']).toContain('private');
    expect(body).toMatchObject({ id, name: [{ family: 'Doe' }] });
  });

  it('answers HEAD like GET, without the body', async () => {
    const id = await create();
    const [get, head] = await Promise.all([
      server.call('GET', `Patient/${id}`, { token: all }),
      server.call('HEAD', `Patient/${id}`, { token: all }),
    ]);
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
    expect((await server.call('HEAD', 'Patient/unknown', { token: all })).status).toBe(404);
  });

  it('refuses parameters that it would have to ignore', async () => {
    const id = await create();
    for (const query of ['_count=1', 'name=x', '__proto__=1']) {
      expectOutcome(await server.call('GET', `Patient/${id}?${query}`, { token: all }), 400, /not offered on read/);
      expectOutcome(await server.call('GET', `Patient/${id}/_history/1?${query}`, { token: all }), 400);
      expectOutcome(await server.call('DELETE', `Patient/${id}?${query}`, { token: all }), 400);
    }
    expectOutcome(await server.call('DELETE', `Patient/${id}?_summary=true`, { token: all }), 400);
    expect((await server.call('GET', `Patient/${id}?_format=json`, { token: all })).status).toBe(200);
  });

  it('names what was not found', async () => {
    expectOutcome(await server.call('GET', 'Patient/nobody', { token: all }), 404, /Patient\/nobody was not found/);
  });
});

describe('vread', () => {
  it('serves each version that was, and 404 for one that never was', async () => {
    const id = await create();
    await put(id, { birthDate: '1970-01-01' });
    const [first, second] = await Promise.all(
      [1, 2].map((version) => server.call('GET', `Patient/${id}/_history/${version}`, { token: all })),
    );
    expect(first?.body.birthDate).toBeUndefined();
    expect(first?.headers['etag']).toBe('W/"1"');
    expect(second?.body.birthDate).toBe('1970-01-01');
    for (const version of ['3', '0', '01', 'x', '99999999999999']) {
      expectOutcome(await server.call('GET', `Patient/${id}/_history/${version}`, { token: all }), 404);
    }
  });

  it('answers 410 for the version that is a deletion', async () => {
    const id = await create();
    await server.call('DELETE', `Patient/${id}`, { token: all });
    expectOutcome(await server.call('GET', `Patient/${id}/_history/2`, { token: all }), 410);
    expect((await server.call('GET', `Patient/${id}/_history/1`, { token: all })).status).toBe(200);
  });
});

describe('update', () => {
  it('creates an id that the client chose, with 201 and Location', async () => {
    const { status, headers, body } = await put('chosen.id-1');
    expect(status).toBe(201);
    expect(headers['location']).toBe(`${base}/Patient/chosen.id-1/_history/1`);
    expect(body.id).toBe('chosen.id-1');
  });

  it('answers 200 with the next version and no Location', async () => {
    const id = await create();
    const { status, headers, body } = await put(id, { birthDate: '1970-01-01' });
    expect([status, headers['etag'], headers['location']]).toEqual([200, 'W/"2"', undefined]);
    expect(body.meta.versionId).toBe('2');
  });

  it('needs the id of the address in the body', async () => {
    const id = await create();
    const missing = await server.call('PUT', `Patient/${id}`, { token: all, body: aPatient() });
    expectOutcome(missing, 400, /needs \\"id\\"/);
    expect(missing.body.issue[0].expression).toEqual(['Patient.id']);
    const different = await server.call('PUT', `Patient/${id}`, { token: all, body: aPatient({ id: 'other' }) });
    expectOutcome(different, 400, /differs/);
    const number = await server.call('PUT', 'Patient/7', { token: all, body: aPatient({ id: 7 }) });
    expectOutcome(number, 400, /differs/);
  });

  it('replaces only the version that If-Match names', async () => {
    const id = await create();
    expect((await put(id, { active: true }, { 'if-match': 'W/"1"' })).status).toBe(200);
    expectOutcome(await put(id, {}, { 'if-match': 'W/"1"' }), 412, /current version is 2/);
    expectOutcome(await put(id, {}, { 'if-match': 'rubbish' }), 412, /If-Match/);
    expectOutcome(await put(id, {}, { 'if-match': '' }), 412, /If-Match/);
    expectOutcome(await put('if-match-new', {}, { 'if-match': 'W/"1"' }), 412, /does not exist/);
    expectOutcome(await server.call('GET', 'Patient/if-match-new', { token: all }), 404);
    expect((await put(id, { active: false }, { 'if-match': 'W/"2"' })).headers['etag']).toBe('W/"3"');
  });

  it('keeps tags and security labels that the new version omits', async () => {
    const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
    const id = await create(aPatient({ meta: { tag: [{ code: 'a' }], security: [label], profile: ['http://x/p'] } }));
    const { body } = await put(id, { meta: { tag: [{ code: 'b' }] } });
    expect(body.meta.tag).toEqual([{ code: 'a' }, { code: 'b' }]);
    expect(body.meta.security).toEqual([label]);
    expect(body.meta.profile).toBeUndefined();
  });
});

describe('delete', () => {
  it('answers 204, then 410 with the way to the versions; a second delete changes nothing', async () => {
    const id = await create();
    const first = await server.call('DELETE', `Patient/${id}`, { token: all });
    expect([first.status, first.text, first.headers['etag']]).toEqual([204, '', 'W/"2"']);
    expectOutcome(await server.call('GET', `Patient/${id}`, { token: all }), 410, /_history/);
    const second = await server.call('DELETE', `Patient/${id}`, { token: all });
    expect([second.status, second.headers['etag']]).toEqual([204, 'W/"2"']);
    const { body } = await server.call('GET', `Patient?_id=${id}`, { token: all });
    expect(body.entry).toBeUndefined();
  });

  it('leaves an id that a PUT can bring back to life as the next version', async () => {
    const id = await create(aPatient({ meta: { tag: [{ code: 'old' }] } }));
    await server.call('DELETE', `Patient/${id}`, { token: all });
    const { status, headers } = await put(id);
    expect([status, headers['etag'], headers['location']]).toEqual([201, 'W/"3"', `${base}/Patient/${id}/_history/3`]);
    expect((await server.call('GET', `Patient/${id}`, { token: all })).status).toBe(200);
  });

  it('answers 204 for what never was, and 412 for another version than If-Match names', async () => {
    const never = await server.call('DELETE', 'Patient/never', { token: all });
    expect([never.status, never.text, never.headers['etag']]).toEqual([204, '', undefined]);
    expectOutcome(await server.call('GET', 'Patient/never', { token: all }), 404);
    for (const tag of ['W/"1"', '*']) {
      const headers = { 'if-match': tag };
      expectOutcome(await server.call('DELETE', 'Patient/never', { token: all, headers }), 412, /does not exist/);
    }
    const id = await create();
    const stale = await server.call('DELETE', `Patient/${id}`, { token: all, headers: { 'if-match': 'W/"9"' } });
    expectOutcome(stale, 412);
    expect((await server.call('GET', `Patient/${id}`, { token: all })).status).toBe(200);
  });
});

describe('history of a resource', () => {
  it('tells each version with the request that made it, newest first', async () => {
    const id = await create();
    await put(id, { active: true });
    await server.call('DELETE', `Patient/${id}`, { token: all });
    await put(id, { active: false });
    const { status, body } = await server.call('GET', `Patient/${id}/_history`, { token: all });
    expect([status, body.type]).toEqual([200, 'history']);
    type Entry = { fullUrl: string; resource?: object; request: object; response: Record<string, string> };
    const entries = body.entry as Entry[];
    expect(entries.map(({ request }) => request)).toEqual([
      { method: 'PUT', url: `Patient/${id}` },
      { method: 'DELETE', url: `Patient/${id}` },
      { method: 'PUT', url: `Patient/${id}` },
      { method: 'POST', url: 'Patient' },
    ]);
    expect(entries.map(({ response }) => response['status'])).toEqual(['201', '204', '200', '201']);
    expect(entries.map(({ response }) => response['etag'])).toEqual(['W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']);
    expect(entries.map(({ resource }) => resource !== undefined)).toEqual([true, false, true, true]);
    expect(entries.every(({ fullUrl }) => fullUrl === `${base}/Patient/${id}`)).toBe(true);
    const times = entries.map(({ response }) => response['lastModified']!);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('pages by _count, each version once', async () => {
    const id = await create();
    for (let version = 2; version <= 5; version++) await put(id, { multipleBirthInteger: version });
    const seen: string[] = [];
    let url: string | undefined = `Patient/${id}/_history?_count=2`;
    while (url !== undefined) {
      const { status, body } = await server.call('GET', url, { token: all });
      expect(status).toBe(200);
      expect(body.entry.length).toBeLessThanOrEqual(2);
      seen.push(...body.entry.map(({ response }: { response: { etag: string } }) => response.etag));
      url = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url.slice(base.length + 1);
    }
    expect(seen).toEqual([5, 4, 3, 2, 1].map((version) => `W/"${version}"`));
  });

  it('is 404 for what never was, 400 for what it does not take', async () => {
    expectOutcome(await server.call('GET', 'Patient/never/_history', { token: all }), 404);
    const id = await create();
    for (const query of ['_since=2020', '_count=0', '_count=x', '_count=1&_count=2', '__proto__=1']) {
      expectOutcome(await server.call('GET', `Patient/${id}/_history?${query}`, { token: all }), 400);
    }
    expectOutcome(await server.call('GET', `Patient/${id}/_history?_cursor=rubbish`, { token: all }), 403);
  });
});

describe('content', () => {
  const text =
    '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10,"unit":"°C – \\"warm\\""},' +
    '"code":{"text":"日本語 🩺 \\u00e9 \\/ é"},"component":[{"valueQuantity":{"value":1E2},"code":{"text":"a"}},{"valueQuantity":' +
    '{"value":-0.000,"unit":"x"},"code":{"text":"12345678901234567890.123456789012345678"}},' +
    '{"code":{"text":"b"},"valueQuantity":{"value":12345678901234567890.10}}],"effectiveDateTime":"2024"}';
  const written = text.replaceAll('\\u00e9', 'é').replaceAll('\\/', '/');

  it('keeps decimals, the order of names and every character', async () => {
    const created = await server.call('POST', 'Observation', { token: all, body: text });
    expect(created.status).toBe(201);
    expect(sentPart(created.text)).toBe(written);
    const address = `Observation/${created.body.id}`;
    expect((await server.call('GET', address, { token: all })).text).toBe(created.text);
    const search = await server.call('GET', `Observation?_id=${created.body.id}`, { token: all });
    expect(search.text).toContain(created.text);
    expect((await server.call('GET', `${address}/_history`, { token: all })).text).toContain(created.text);
  });

  it('keeps them through update and bundles', async () => {
    const body = text.replace('{', '{"id":"exact",');
    const updated = await server.call('PUT', 'Observation/exact', { token: all, body });
    expect(sentPart(updated.text)).toBe(written);
    const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":${text},"request":{"method":"POST","url":"Observation"}}]}`;
    const answer = await server.call('POST', '', { token: all, body: bundle });
    const location = String(answer.body.entry[0].response.location).split('/_history')[0]!;
    expect(sentPart((await server.call('GET', location, { token: all })).text)).toBe(written);
  });

  it('gives a resource of 5 MB back unchanged', async () => {
    const line = 'Ω – 0123456789 "quoted" \\ / \n\t🩺';
    const note = Array.from({ length: 14_000 }, (_, i) => `${i} ${line}`).join('');
    const extension = `{"url":"http://example.org/note","valueString":${JSON.stringify(note)}}`;
    const body = `{"resourceType":"Basic","extension":[${Array(10).fill(extension).join(',')}],"code":{"text":"x"}}`;
    expect(Buffer.byteLength(body)).toBeGreaterThan(5_000_000);
    const created = await server.call('POST', 'Basic', { token: all, body });
    expect(created.status).toBe(201);
    const read = await server.call('GET', `Basic/${created.body.id}`, { token: all });
    expect(sentPart(read.text) === body).toBe(true);
  });
});

// https://hl7.org/fhir/R4/search.html#summary, #elements
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readXml } from '../../src/r4/xml/read-xml.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

const patient = `{"resourceType":"Patient","id":"p1","text":{"status":"generated",
"div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">A</div>"},"extension":[{"url":"urn:x","valueDecimal":1.10}],"active":true,
"name":[{"family":"Aal"}],"birthDate":"1970-01-01","photo":[{"title":"t"}],"contact":[{"name":{"text":"C"}}]}`;
const observation = `{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.10},
"note":[{"text":"n"}],"component":[{"code":{"text":"a"},"valueInteger":1,"dataAbsentReason":{"text":"r"}}]}`;
const bundle = `{"resourceType":"Bundle","id":"b1","type":"collection","entry":[{"resource":${patient}}]}`;

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const put = async (path: string, body: string) => {
    const { status, text } = await server.call('PUT', path, { token: all, body });
    expect(status, text).toBe(201);
  };
  await put('Patient/p1', patient);
  await put('Observation/o1', observation);
  await put('Bundle/b1', bundle);
  await put('Patient/gone', '{"resourceType":"Patient","id":"gone"}');
  await server.call('DELETE', 'Patient/gone', { token: all });
});
afterAll(() => server.close());

const get = (path: string) => server.call('GET', path, { token: all });
const keys = (resource: object) => Object.keys(resource).join(' ');
const isSubset = (resource: { readonly meta: { readonly tag?: readonly { readonly code: string }[] } }) =>
  resource.meta.tag?.some(({ code }) => code === 'SUBSETTED') === true;

describe.each([
  ['read', 'Patient/p1'],
  ['vread', 'Patient/p1/_history/1'],
])('on %s', (_name, address) => {
  it.each([
    ['_summary=true', 'resourceType id meta active name birthDate'],
    ['_summary=text', 'resourceType id meta text'],
    ['_summary=data', 'resourceType id meta extension active name birthDate photo contact'],
    ['_elements=name', 'resourceType id meta active name'],
    ['_elements=Patient.contact,birthDate', 'resourceType id meta active birthDate contact'],
  ])('%s is a part that says so, with the version of the whole', async (query, expected) => {
    const { status, body, headers } = await get(`${address}?${query}`);
    expect([status, keys(body), isSubset(body)]).toEqual([200, expected, true]);
    expect([headers['etag'], body.meta.versionId]).toEqual(['W/"1"', '1']);
  });

  it('_summary=false is the whole', async () => {
    expect((await get(`${address}?_summary=false`)).text).toBe((await get(address)).text);
  });

  it.each([
    ['_summary=count', /It takes true, text, data and false/],
    ['_summary=everything', /It takes true, text, data and false/],
    ['_elements=nam', /Did you mean ."name/],
    ['_elements=name.family', /instead of .*name\.family/],
    ['_elements=Observation.code', /of type Patient/],
    ['_elements=id&_summary=true', /do not go together/],
  ])('%s is 400, whether the resource is there or not', async (query, text) => {
    expectOutcome(await get(`${address}?${query}`), 400, text);
    expectOutcome(await get(`${address.replace('p1', 'none')}?${query}`), 400, text);
  });
});

it('what is stored stays whole', async () => {
  const before = (await get('Observation/o1')).text;
  expect((await get('Observation/o1?_summary=true')).text).toContain('"valueQuantity":{"value":1.10}');
  expect((await get('Observation/o1')).text).toBe(before);
});

it('a summary is made from the definition of its type, also in XML', async () => {
  const { text, headers } = await get('Observation/o1?_summary=true&_format=xml');
  expect(headers['content-type']).toMatch(/fhir\+xml/);
  const { meta: _meta, ...summary } = readXml(text);
  expect(JSON.parse(JSON.stringify(summary))).toMatchObject({
    component: [{ code: { text: 'a' }, valueInteger: 1 }],
  });
  expect(keys(summary)).toBe('resourceType id status code valueQuantity component');
});

it('a Bundle that was stored is one resource', async () => {
  const { body } = await get('Bundle/b1?_elements=entry');
  expect([keys(body), keys(body.entry[0].resource)]).toEqual([
    'resourceType id meta type entry',
    keys(JSON.parse(patient)),
  ]);
});

describe('in Bundles', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const search = (path: string, body: string) => server.call('POST', path, { token: all, body, headers: form });

  it('applies to the resources that a search finds, by GET and by form', async () => {
    for (const answer of [
      await get('Patient?_elements=name'),
      await search('Patient/_search', '_elements=name'),
      await search('Patient/_search?_elements=name', ''),
    ]) {
      const [{ resource, search: mode }] = answer.body.entry;
      expect([keys(resource), isSubset(resource), mode]).toEqual([
        'resourceType id meta active name',
        true,
        { mode: 'match' },
      ]);
    }
    const { body } = await get('Observation?_summary=true');
    expect(keys(body.entry[0].resource)).toBe('resourceType id meta status code valueQuantity component');
    expect(body.link[0].url).toMatch(/Observation\?_summary=true&_count=20$/);
  });

  it('refuses what is not valid, and on a resource what is for searches', async () => {
    expectOutcome(await get('Patient?_elements=nam'), 400, /Did you mean ."name/);
    expectOutcome(await get('Patient/p1?_summary=count'), 400, /_summary=count/);
    expectOutcome(await search('Patient/_search', '_summary=no'), 400, /_summary=no/);
  });

  it('applies to the versions of a history, of which a deletion has no content', async () => {
    const { body } = await get('Patient/p1/_history?_elements=name');
    expect(keys(body.entry[0].resource)).toBe('resourceType id meta active name');
    const gone = await get('Patient/gone/_history?_summary=true');
    expect([gone.status, gone.body.entry.length]).toEqual([200, 2]);
  });

  it.each(['batch', 'transaction'])('applies to the reads of a %s', async (type) => {
    const line = (url: string) => ({ request: { method: 'GET', url } });
    const entry = [line('Patient/p1?_elements=name'), line('Patient?_summary=text&_id=p1')];
    const { body } = await server.call('POST', '', { token: all, body: { resourceType: 'Bundle', type, entry } });
    const [read, found] = body.entry;
    expect(keys(read.resource)).toBe('resourceType id meta active name');
    expect(keys(found.resource.entry[0].resource)).toBe('resourceType id meta text');
  });

  it('names the entry of a transaction that asks for what is not there', async () => {
    const entry = [{ request: { method: 'GET', url: 'Patient/p1?_elements=nam' } }];
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    expectOutcome(await server.call('POST', '', { token: all, body }), 400, /Bundle\.entry\[0\]/);
  });
});

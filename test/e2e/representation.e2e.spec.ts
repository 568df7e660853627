// https://hl7.org/fhir/R4/http.html#general (formats, _pretty), #cread (conditional read), HEAD
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { readXml } from '../../src/r4/xml/read-xml.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

type Headers = Readonly<Record<string, string>>;

const stored = `{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"c"},
"valueQuantity":{"value":1.10,"unit":"mg"}}`;
const json = 'application/fhir+json; charset=utf-8';
const xml = 'application/fhir+xml; charset=utf-8';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  await server.call('PUT', 'Observation/o1', { token: all, body: stored });
  await server.call('PUT', 'Patient/p1', { token: all, body: { resourceType: 'Patient', id: 'p1' } });
});
afterAll(() => server.close());

const get = (path: string, headers: Headers = {}) => server.call('GET', path, { token: all, headers });
const asXml = (path: string) => get(path, { accept: 'application/fhir+xml' });
const post = (path: string, body: string, headers: Headers) => server.call('POST', path, { token: all, body, headers });
const typeOf = ({ status, headers }: Answer) => [status, headers['content-type'], headers['vary']];
const okXml = [200, xml, 'Origin, Accept'];
const okJson = [200, json, 'Origin, Accept'];

function expectXmlOutcome(answer: Answer, status: number, text: RegExp = /./): void {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, xml]);
  const { resourceType, issue } = readXml(answer.text);
  expect(resourceType).toBe('OperationOutcome');
  expect(JSON.stringify(issue)).toMatch(text);
}

describe('formats', () => {
  it.each([
    'xml',
    'application/fhir+xml',
    'application/fhir%2Bxml',
    'application/xml',
    'text/xml',
    'application/fhir%2Bxml;fhirVersion=4.0',
  ])('_format=%s is XML, whatever Accept says', async (format) => {
    expect(typeOf(await get(`Observation/o1?_format=${format}`, { accept: 'application/fhir+json' }))).toEqual(okXml);
  });

  it.each(['json', 'application/fhir+json', 'application/fhir%2Bjson', 'application/json', 'text/json'])(
    '_format=%s is JSON, whatever Accept says',
    async (format) => {
      const answer = await get(`Observation/o1?_format=${format}`, { accept: 'application/fhir+xml' });
      expect(typeOf(answer)).toEqual(okJson);
    },
  );

  it('Accept is weighed by its qualities', async () => {
    const accepts = [
      'application/fhir+json;q=0.2, application/fhir+xml;q=0.9',
      'text/html;q=0.1, text/xml;q=0.9',
      'application/json;q=0, */*',
    ];
    for (const accept of accepts) expect(typeOf(await get('Observation/o1', { accept }))).toEqual(okXml);
    expect(typeOf(await get('Observation/o1', { accept: 'application/xml;q=0.5, */*;q=0.8' }))).toEqual(okJson);
  });

  it('XML holds what JSON does, digit for digit', async () => {
    const [inJson, inXml] = [await get('Observation/o1'), await asXml('Observation/o1')];
    expect(inXml.text).toContain('<value value="1.10"/>');
    expect(readXml(inXml.text)).toEqual(parseJson(inJson.text));
    expect(inXml.headers['etag']).toBe(inJson.headers['etag']);
  });

  it('serves versions, searches, histories, operations and open documents as XML', async () => {
    for (const path of [
      'Observation/o1/_history/1',
      'Observation',
      'Observation/o1/_history',
      '$my-access',
      'metadata',
    ]) {
      const answer = await asXml(path);
      expect([path, ...typeOf(answer)]).toEqual([path, ...okXml]);
      expect(readXml(answer.text)).toMatchObject({ resourceType: parseType((await get(path)).text) });
    }
    const codes = await server.call('GET', 'CodeSystem/denial-reason?_format=xml');
    expect(readXml(codes.text)['resourceType']).toBe('CodeSystem');
    expect((await server.call('GET', '.well-known/smart-configuration?_format=xml')).headers['content-type']).toMatch(
      /^application\/json/,
    );
  });

  it('takes _format in the form of a search', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(typeOf(await post('Observation/_search', '_id=o1&_format=xml', form))).toEqual(okXml);
    expectXmlOutcome(await post('Observation/_search', 'nonsense=1&_format=xml', form), 400, /nonsense/);
  });

  it('keeps the form of the answer in the links of pages', async () => {
    const { body } = await get('Patient?_count=1&_format=json&_elements=id');
    expect(body.link[0].url).toMatch(/Patient\?_elements=id&_format=json&_count=1$/);
  });

  it('answers writes in the form that was asked for, and in JSON where XML has none', async () => {
    const headers = { accept: 'application/fhir+xml', 'content-type': 'application/fhir+json' };
    const created = await post('Patient', '{"resourceType":"Patient","active":true}', headers);
    expect([created.status, readXml(created.text)['active']]).toEqual([201, true]);
    const bundle = await post('', '{"resourceType":"Bundle","type":"batch"}', headers);
    expect(readXml(bundle.text)['type']).toBe('batch-response');
  });
});

const parseType = (text: string) => (parseJson(text) as JsonObject)['resourceType'];

it('/metadata claims the formats and the conditional read', async () => {
  const { format, rest } = (await get('metadata')).body;
  expect(format).toEqual(['application/fhir+json', 'application/fhir+xml', 'json', 'xml']);
  const [{ resource }] = rest;
  expect(resource.every((one: JsonObject) => one['conditionalRead'] === 'full-support')).toBe(true);
});

describe('_pretty', () => {
  it('breaks lines and keeps digits', async () => {
    const { text, headers } = await get('Observation/o1?_pretty=true');
    expect(text).toContain('  "valueQuantity": {\n    "value": 1.10,\n');
    expect([parseJson(text), headers['content-type']]).toEqual([parseJson((await get('Observation/o1')).text), json]);
  });

  it('breaks the lines of XML', async () => {
    const { text } = await get('Observation/o1?_pretty=true&_format=xml');
    expect(text).toContain(
      '\n  <valueQuantity>\n    <value value="1.10"/>\n    <unit value="mg"/>\n  </valueQuantity>\n',
    );
    expect(readXml(text)).toEqual(parseJson((await get('Observation/o1')).text));
  });

  it('applies to writes, searches and errors', async () => {
    const body = '{"resourceType":"Patient"}';
    expect((await post('Patient?_pretty=true', body, {})).text).toMatch(/^\{\n {2}"resourceType": "Patient",\n/);
    expect((await get('Patient?_pretty=true&_id=p1')).text).toMatch(/^\{\n {2}"resourceType": "Bundle",\n/);
    expect((await get('Patient/none?_pretty=true')).text).toMatch(/^\{\n {2}"resourceType": "OperationOutcome",\n/);
  });

  it('false is the stored text; else 400', async () => {
    expect((await get('Observation/o1?_pretty=false')).text).toBe((await get('Observation/o1')).text);
    expectOutcome(await get('Observation/o1?_pretty=yes'), 400, /_pretty=yes is not valid. It takes true and false/);
  });
});

describe('errors in XML', () => {
  it('are told in the form that was asked for, wherever they come from', async () => {
    const accept = { accept: 'application/fhir+xml' };
    const anonymous = await server.call('GET', 'Patient/p1?_format=xml');
    expectXmlOutcome(anonymous, 401, /no-credentials/);
    expect(anonymous.headers['www-authenticate']).toMatch(/^Bearer/);
    const other = server.token('user/Observation.rs');
    expectXmlOutcome(
      await server.call('GET', 'Patient/p1', { token: other, headers: accept }),
      403,
      /scope-insufficient/,
    );
    expectXmlOutcome(await asXml('Patient/none'), 404, /Patient\/none was not found/);
    expectXmlOutcome(await asXml('Nonsense/1'), 404);
    expectXmlOutcome(await asXml('Patient?nonsense=1'), 400);
    expectXmlOutcome(await asXml('Patient/p1?_pretty=x'), 400);
    expectXmlOutcome(await post('Patient', '{', accept), 400, /not valid JSON/);
    expectXmlOutcome(await post('Patient', 'x', { ...accept, 'content-type': 'text/plain' }), 415);
    expectXmlOutcome(await server.call('POST', 'metadata', { headers: accept }), 405);
    expectXmlOutcome(await asXml('Patient/%zz'), 400, /not well-formed/);
  });

  it('are JSON where no format that is offered was asked for', async () => {
    for (const accept of ['image/png', 'application/fhir+turtle']) {
      expectOutcome(
        await get('Patient/p1', { accept }),
        406,
        /Ask for application\/fhir\+json or application\/fhir\+xml/,
      );
    }
    expectOutcome(await get('Patient/p1?_format=ttl', { accept: 'application/fhir+xml' }), 406, /ttl.* is not offered/);
  });
});

describe('HEAD', () => {
  let address: string;
  beforeAll(async () => {
    await server.app.listen(0, '127.0.0.1');
    address = `${await server.app.getUrl()}/fhir/r4/`;
  });

  it.each([
    'Observation/o1',
    'Observation/o1?_format=xml',
    'Observation/o1?_elements=status',
    'Observation/o1/_history/1',
    'Observation/o1/_history',
    'Observation',
    'Observation?_id=o1&_format=xml',
    'Patient/p1',
    'Patient',
    'Patient/p1/_history',
    'metadata',
    'metadata?_format=xml',
    'CodeSystem/denial-reason',
    '.well-known/smart-configuration',
    '$my-access',
    'Patient/none',
    'Nonsense',
  ])('%s answers like GET without the body', async (path) => {
    const call = (method: string) => fetch(address + path, { method, headers: { authorization: `Bearer ${all}` } });
    const [full, bare] = [await call('GET'), await call('HEAD')];
    const compared = ['content-type', 'content-length', 'etag', 'last-modified', 'vary', 'cache-control'];
    const headersOf = ({ headers }: Response) => compared.map((name) => headers.get(name));
    expect([bare.status, ...headersOf(bare)]).toEqual([full.status, ...headersOf(full)]);
    expect(bare.headers.get('content-length')).toBe(String(Buffer.byteLength(await full.text())));
    expect(await bare.text()).toBe('');
  });
});

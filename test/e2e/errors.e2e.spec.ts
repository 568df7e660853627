// Under the FHIR base every error of any kind is an OperationOutcome
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { exchange, type RawAnswer } from '../support/raw-socket.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let port: number;

beforeAll(async () => {
  server = await startServer({ BODY_LIMIT: '100kb', BUNDLE_LIMIT: '200kb' });
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  server.call('GET', path, { token: all, headers });
const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  server.call('POST', 'Patient', { token: all, body, headers });
const asAnswer = ({ status, headers, text }: RawAnswer): Answer => ({ status, headers, text, body: JSON.parse(text) });
const raw = async (head: string, body: string | Buffer = ''): Promise<Answer> =>
  asAnswer(
    await exchange(port, Buffer.concat([Buffer.from(head.replaceAll('\n', '\r\n'), 'latin1'), Buffer.from(body)])),
  );
const headOf = (line: string, headers: Readonly<Record<string, string>> = {}): string =>
  [
    line,
    'Host: x',
    `Authorization: Bearer ${all}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\n',
  ].join('\n');

describe('addresses', () => {
  it.each([
    ['patients', /Patient/],
    ['Pateint/1', /not a FHIR R4 resource type.*Did you mean \\"Patient\\"/],
    ['Observations?code=1', /Did you mean \\"Observation\\"/],
    ['Zzz', /not a FHIR R4 resource type/],
    ['__proto__', /not an address/],
    ['constructor/1', /not an address/],
    ['Constructor', /not a FHIR R4 resource type/],
    ['Patient/1/2/3', /not an address/],
    ['/fhir/r4/Patient/', /not an address/],
    ['Patient//1', /not an address/],
    ['Patient/a_b', /not an address/],
    ['Patient/a%20b', /not an address/],
    ['Patient/ä', /not an address/],
    ['Patient/%C3%A4', /not an address/],
    [`Patient/${'x'.repeat(65)}`, /not an address/],
    [`Patient/${'x'.repeat(5000)}`, /not an address/],
    ['Patient/%00', /not an address/],
    ['Patient%2F1', /not an address/],
    ['Patient/1%252F_history', /not an address/],
    ['$everything', /\$everything is not offered/],
    ['$__proto__', /not offered/],
    ['$', /not offered/],
    ['Patient/$my-access', /not offered/],
    ['Patient/x/$constructor', /not offered/],
    ['/fhir/r4x', /./],
    ['/nowhere', /metadata/],
    ['/fhir/r5/Patient', /metadata/],
    ['/docs/nothing', /./],
  ])('%s is 404', async (path, text) => {
    expectOutcome(await get(path), 404, text);
  });

  it('knows ids that are names of JavaScript', async () => {
    for (const id of ['constructor', 'toString', 'hasOwnProperty', '...', '-']) {
      const resource = { resourceType: 'Patient', id };
      expect((await server.call('PUT', `Patient/${id}`, { token: all, body: resource })).status).toBe(201);
      expect((await get(`Patient/${id}`)).body.id).toBe(id);
    }
  });

  it.each(['Patient/%zz', 'Patient/%', 'Patient/%C3', '%E0%A4%A'])(
    '%s is 400, for it does not decode',
    async (path) => {
      const answer = await get(path);
      expect([400, 404]).toContain(answer.status);
      expectOutcome(answer, answer.status);
    },
  );

  it.each([
    '/fhir%2Fr4/Patient',
    '//fhir/r4/Patient',
    '/fhir/r4/../r4/Patient',
    '/fhir/./r4/Patient',
    '/fhir/r4/%2e%2e/r4/Patient',
    '/FHIR/R4/Patient',
    '/fhir/r4;x=1/Patient',
    '/fhir/r4/metadata/../Patient',
    '/fhir/r4/metadata%2F..%2FPatient',
    'http://evil.example/fhir/r4/Patient',
  ])('%s is no way around the guards', async (path) => {
    await server.call('PUT', 'Patient/secret', { token: all, body: { resourceType: 'Patient', id: 'secret' } });
    const request = `GET ${path} HTTP/1.1`;
    for (const head of [`${request}\nHost: x\n\n`, headOf(request)]) {
      const answer = await raw(head);
      expect([401, 404, 421]).toContain(answer.status);
      expectOutcome(answer, answer.status);
      expect(answer.text).not.toContain('secret');
    }
  });

  it.each(['/%66hir/r4/Patient', '/fhir/r4/%50atient', 'http://x/fhir/r4/Patient'])(
    '%s is the address itself, guards included',
    async (path) => {
      const request = `GET ${path} HTTP/1.1`;
      expectOutcome(await raw(`${request}\nHost: x\n\n`), 401);
      expect((await raw(headOf(request))).status).toBe(200);
    },
  );

  it.each(['/fhir/r4/Patient/..', '/fhir/r4/Patient/%2e%2e', '/fhir/r4/Patient/.', '/fhir/r4/Patient/%2E'])(
    '%s is 404 on the wire',
    async (path) => {
      expectOutcome(await raw(headOf(`GET ${path} HTTP/1.1`)), 404, /not an address/);
    },
  );
});

describe('methods', () => {
  it.each([
    ['POST', 'Patient/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['DELETE', '', 'GET, HEAD, POST'],
    ['PUT', 'Patient/_search', 'POST'],
    ['GET', 'Patient/_search', 'POST'],
    ['DELETE', 'Patient/1/_history', 'GET, HEAD'],
    ['POST', 'metadata', 'GET, HEAD'],
    ['PUT', 'CodeSystem/denial-reason', 'GET, HEAD'],
    ['POST', '.well-known/smart-configuration', 'GET, HEAD'],
    ['GET', 'login', 'POST'],
  ])('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    const answer = await server.call(method, path, { token: all });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe(allow);
    if (path !== 'login') expectOutcome(answer, 405);
  });

  it.each([
    ['', 'GET, HEAD, POST, OPTIONS'],
    ['Patient/1', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['metadata', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS %j tells the methods without a token', async (path, allow) => {
    const { status, headers } = await server.call('OPTIONS', path);
    expect([status, headers['allow']]).toEqual([204, allow]);
  });

  it.each(['TRACE', 'PROPFIND', 'LOCK', 'QUERY'])('%s is refused', async (method) => {
    const answer = await raw(headOf(`${method} /fhir/r4/Patient HTTP/1.1`));
    expect([404, 405]).toContain(answer.status);
    expectOutcome(answer, answer.status);
  });
});

describe('formats', () => {
  it.each([
    [{ accept: 'application/fhir+turtle' }, 'Patient'],
    [{ accept: 'application/fhir+json; fhirVersion=3.0' }, 'Patient'],
    [{}, 'Patient?_format=ttl'],
    [{}, 'Patient?_format=jsonp'],
    [{ accept: 'application/fhir+turtle' }, 'metadata'],
    [{}, 'metadata?_format=ttl'],
  ])('%j %s is 406', async (headers, path) => {
    expectOutcome(await get(path, headers), 406, /application\/fhir\+json/);
  });

  it.each([
    [{ accept: '*/*' }, 'Patient'],
    [{ accept: 'application/fhir+json; fhirVersion=4.0' }, 'Patient'],
    [{ accept: 'application/json+fhir, application/json' }, 'Patient'],
    [{ accept: '' }, 'Patient'],
    [{ accept: 'application/fhir+xml' }, 'Patient?_format=json'],
    [{}, 'Patient?_format=application/fhir%2Bjson'],
    [{}, 'Patient?_format=application/fhir+json'],
    [{ accept: 'application/fhir+xml' }, '.well-known/smart-configuration'],
  ])('%j %s is 200', async (headers, path) => {
    expect((await get(path, headers)).status).toBe(200);
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'rubbish',
    'application/json-patch+json',
    'application/x-www-form-urlencoded',
  ])('a body of %s is 415', async (type) => {
    expectOutcome(await post('{"resourceType":"Patient"}', { 'content-type': type }), 415, /application\/fhir\+json/);
  });

  it.each(['application/json', 'application/fhir+json; charset=UTF-8', 'APPLICATION/FHIR+JSON'])(
    'a body of %s is read',
    async (type) => {
      expect((await post('{"resourceType":"Patient"}', { 'content-type': type })).status).toBe(201);
    },
  );

  it('a body of no type is 415', async () => {
    const body = '{"resourceType":"Patient"}';
    const answer = await raw(headOf('POST /fhir/r4/Patient HTTP/1.1', { 'Content-Length': String(body.length) }), body);
    expectOutcome(answer, 415, /application\/fhir\+json/);
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip'])('a body in the coding %s is 415', async (coding) => {
    expectOutcome(await post('{"resourceType":"Patient"}', { 'content-encoding': coding }), 415, /Content-Encoding/);
  });
});

describe('bodies', () => {
  it.each([
    ['', /empty/],
    [' \n', /empty/],
    ['null', /null/],
    ['[]', /an array/],
    ['[{"resourceType":"Patient"}]', /an array/],
    ['"x"', /a string/],
    ['1.10', /JSON object/],
    ['true', /a boolean/],
    ['not json', /line 1, column \d/],
    ['{"resourceType":"Patient",\n"active":tru}', /line 2, column/],
    ["{'resourceType':'Patient'}", /line 1, column 2/],
    ['{"resourceType":"Patient"', /not valid JSON/],
    ['{"resourceType":"Patient"}}', /not valid JSON/],
    ['{"resourceType":"Patient",}', /not valid JSON/],
    ['{"resourceType":"Patient","n":01}', /not valid JSON/],
    ['{"resourceType":"Patient","n":NaN}', /not valid JSON/],
    ['{"resourceType":"Patient","active":true,"active":false}', /\\"active\\" occurs twice.*line 1, column 41/],
    ['{"resourceType":"Patient","a":{"b":1,"\\u0062":2}}', /\\"b\\" occurs twice/],
    ['{"resourceType":"Patient","language":"\\u0000"}', /U\+0000/],
    ['{"resourceType":"Patient","language":"\u0000"}', /not valid JSON|U\+0000/],
    ['{"resourceType":"Patient","language":"\\ud800"}', /surrogate/],
    ['{"resourceType":"Patient","\\udc00":1}', /surrogate/],
    ['{"resourceType":"Patient","__proto__":{"x":1}}', /__proto__/],
    [`{"resourceType":"Patient","x":${'['.repeat(200)}${']'.repeat(200)}}`, /100 levels/],
    ['{"a":'.repeat(18_000), /100 levels/],
    ['{"resourceType":"Patient","meta":[]}', /meta must be an object/],
    ['{"resourceType":["Patient"]}', /no resourceType/],
    ['{"resourceType":"patient"}', /\\"patient\\".*Patient/],
  ])('%j is 400 with the reason', async (body, text) => {
    expectOutcome(await post(body), 400, text);
  });

  it('of names of JavaScript are refused like any other that R4 does not know', async () => {
    const body = '{"resourceType":"Basic","constructor":{"prototype":{"x":1}},"toString":"y","hasOwnProperty":[]}';
    const answer = await server.call('POST', 'Basic', { token: all, body });
    expectOutcome(answer, 422, /constructor.*toString.*hasOwnProperty/);
    expect(reasonsOf(answer).filter((code) => code === 'unknown-element')).toHaveLength(3);
    expect(Object.hasOwn({}, 'x')).toBe(false);
  });

  it('may start with a byte order mark, and be a whole surrogate pair', async () => {
    const answer = await post('\ufeff{"resourceType":"Patient","name":[{"text":"\\ud83e\\ude7a"}]}');
    expect([answer.status, answer.body.name]).toEqual([201, [{ text: '🩺' }]]);
  });

  it('that are not UTF-8 are 400', async () => {
    const body = Buffer.from('{"resourceType":"Patient","language":"\xff\xfe"}', 'latin1');
    const headers = { 'Content-Type': 'application/fhir+json', 'Content-Length': String(body.length) };
    expectOutcome(await raw(headOf('POST /fhir/r4/Patient HTTP/1.1', headers), body), 400, /UTF-8/);
  });

  it('that are too large are 413 and name the setting, announced or not', async () => {
    const large = `{"resourceType":"Patient","language":"${'x'.repeat(110_000)}"}`;
    expectOutcome(await post(large), 413, /102400 bytes \(setting BODY_LIMIT\)/);
    const bundle = { resourceType: 'Bundle', type: 'batch', note: 'x'.repeat(210_000) };
    expectOutcome(await server.call('POST', '', { token: all, body: bundle }), 413, /BUNDLE_LIMIT/);
    expectOutcome(await server.call('POST', '/fhir/r4?x=1', { token: all, body: bundle }), 413, /BUNDLE_LIMIT/);
    const chunk = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    const headers = { 'Content-Type': 'application/fhir+json', 'Transfer-Encoding': 'chunked' };
    expectOutcome(await raw(headOf('POST /fhir/r4/Patient HTTP/1.1', headers), chunk), 413, /BODY_LIMIT/);
    const fits = { resourceType: 'Bundle', type: 'batch', note: 'x'.repeat(110_000) };
    expect((await server.call('POST', '', { token: all, body: fits })).status).toBe(200);
  });

  it('of any text are answered, never with a defect of the server', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })),
        async (text) => {
          const answer = await post(text);
          expectOutcome(answer, answer.status);
          expect(answer.status).toBe(400);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of any shape around a resourceType are stored or explained, never a defect of the server', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (more) => {
        const answer = await post(JSON.stringify({ ...more, resourceType: 'Patient' }));
        expect([201, 400, 422]).toContain(answer.status);
      }),
      { numRuns: 100 },
    );
  });
});

describe('request ids', () => {
  it('are the caller’s when they are harmless, else ours', async () => {
    expect((await get('Patient', { 'x-request-id': 'trace-0001' })).headers['x-request-id']).toBe('trace-0001');
    for (const given of ['short', 'x'.repeat(65), 'has space 1', '<script>alert</script>']) {
      expect((await get('Patient', { 'x-request-id': given })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('broken HTTP', () => {
  it.each([
    ['no HTTP at all', 'rubbish\n\n'],
    ['a wrong version', 'GET / HTTP/9.9\nHost: x\n\n'],
    ['no host', 'GET /fhir/r4/metadata HTTP/1.1\n\n'],
    ['two lengths', 'POST /fhir/r4/Patient HTTP/1.1\nHost: x\nContent-Length: 1\nContent-Length: 2\n\nx'],
    [
      'a length and chunks',
      'POST /fhir/r4/Patient HTTP/1.1\nHost: x\nContent-Length: 1\nTransfer-Encoding: chunked\n\nx',
    ],
    ['a blank in a header name', 'GET /fhir/r4/Patient HTTP/1.1\nHost : x\n\n'],
    ['an unknown method', 'FETCH /fhir/r4/Patient HTTP/1.1\nHost: x\n\n'],
  ])('%s is 400', async (_name, text) => {
    expectOutcome(await raw(text), 400);
  });

  it('a broken chunk is 400', async () => {
    const headers = { 'Content-Type': 'application/fhir+json', 'Transfer-Encoding': 'chunked' };
    const answer = await raw(headOf('POST /fhir/r4/Patient HTTP/1.1', headers), 'zz\r\nx\r\n');
    expectOutcome(answer, 400);
  });

  it('a token of 100 kB is refused with its reason', async () => {
    const answer = await raw(
      `GET /fhir/r4/Patient HTTP/1.1\nHost: x\nAuthorization: Bearer ${'x'.repeat(100_000)}\n\n`,
    );
    expectOutcome(answer, 401);
    expect(reasonsOf(answer)).toContain('token-too-large');
  });

  it('headers beyond all limits are 431', async () => {
    expectOutcome(await raw(`GET /fhir/r4/Patient HTTP/1.1\nHost: x\nX-Big: ${'x'.repeat(300_000)}\n\n`), 431);
  });
});

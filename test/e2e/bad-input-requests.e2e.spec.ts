// Whatever the request line and the headers say: answered, never with a defect of the server
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { expectAlive, expectSound } from '../support/sound-answer.js';

let server: TestServer;
let all: string;

const call = (method: string, path: string, body?: object | string): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body !== undefined && { body }) });

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  await call('PUT', 'Patient/alive', { resourceType: 'Patient', id: 'alive' });
});
afterEach(() => expectAlive(call, 'alive'));
afterAll(() => server.close());

/** A name of a test that fits on a line. */
const shorten = (text: string): string =>
  text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text;

const trickyQueries = [
  '?',
  '?&&&',
  '?=',
  '?=x',
  '?%',
  '?%00=%00',
  '?_id=%00',
  '?_id=%ff',
  '?_count=-1',
  '?_count=x',
  '?_count=1e400',
  '?_count=99999999999999999999',
  '?_id=',
  '?_id=,',
  '?_id=,,,,',
  '?__proto__=x',
  '?constructor=x',
  '?_format=%00',
  '?_format[]=json',
  '?_id:missing=perhaps',
  '?_id:__proto__=x',
  '?identifier=|',
  '?identifier=|||',
  '?identifier=\\',
  '?birthdate=x',
  '?birthdate=ge',
  '?birthdate=9999-99-99',
  '?_lastUpdated=gtgt2020',
  '?_lastUpdated=%F0%9F%A9%BA',
  `?_id=${'a,'.repeat(5000)}`,
  `?${'_id=a&'.repeat(5000)}`,
  `?_id=${'\\'.repeat(5000)}`,
  '?_cursor=x',
  '?_page=x',
  '?_sort=__proto__',
  '?_elements=__proto__',
  '?_summary=maybe',
  '?_include=x',
  '?_has:x=x',
  '?_has:::::=x',
  '?organization.name.x.y.z=1',
  '?_filter=((((',
  '?_type=x',
];

const trickyIds = [
  'a/b',
  'a%2Fb',
  '%2e%2e',
  '.',
  '..',
  '%2E',
  '%00',
  '%ff',
  '%u0041',
  '%252e%252e',
  '%',
  '%4',
  '%zz',
  'é',
  '%C3%A9',
  '🩺',
  '%F0%9F%A9%BA',
  'a b',
  'a+b',
  'a%20b',
  'a;b',
  'a,b',
  'a_b',
  "a'b",
  'a"b',
  'a\\b',
  'a|b',
  '*',
  '$',
  '~',
  '#',
  '<x>',
  'x'.repeat(65),
  'x'.repeat(100_000),
  '__proto__',
  'constructor',
  "1';DROP TABLE resource;--",
  '%0d%0aSet-Cookie:x=1',
  '٣',
];

describe('an address', () => {
  it.each(trickyIds.map((id) => ({ name: shorten(id), id })))(
    'with the id $name is answered for each method',
    async ({ id }) => {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS']) {
        const body = ['PUT', 'PATCH', 'POST'].includes(method) ? { resourceType: 'Patient', id } : undefined;
        for (const path of [
          `Patient/${id}`,
          `Patient/${id}/_history`,
          `Patient/alive/_history/${id}`,
          `Patient/${id}/$everything`,
          id,
        ]) {
          expectSound(await call(method, path, body), `${method} ${path.slice(0, 100)}`);
        }
      }
    },
  );

  it('with an id of 64 characters is stored, one of 65 is not', async () => {
    const put = (id: string) => call('PUT', `Patient/${id}`, { resourceType: 'Patient', id });
    expect((await put('x'.repeat(64))).status).toBe(201);
    expectOutcome(await put('x'.repeat(65)), 404);
  });

  it.each(trickyQueries.map((query) => ({ name: shorten(query), query })))(
    'with the query $name is answered',
    async ({ query }) => {
      for (const path of ['Patient', 'Patient/alive', 'Patient/alive/_history', '', '_history', 'Patient/_history']) {
        expectSound(await call('GET', path === '' ? `/fhir/r4${query}` : path + query), path);
      }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expectSound(await server.call('POST', 'Patient/_search', { token: all, body: query.slice(1), headers }));
    },
  );
});

describe('a header', () => {
  it.each([
    [
      'if-match',
      [
        '',
        '1',
        'W/',
        'W/"',
        '"',
        '*',
        'W/"1',
        'W/"x"',
        'W/"99999999999999999999"',
        `W/"${'1'.repeat(5000)}"`,
        'W/"1", W/"2"',
      ],
    ],
    ['if-none-match', ['', '*', 'W/', '"', 'W/"99999999999999999999"', ','.repeat(5000)]],
    ['if-modified-since', ['', 'x', '0', 'Thu, 01 Jan 99999 00:00:00 GMT']],
    ['if-none-exist', ['', 'x', '?', '_id=%00', 'identifier=|']],
    ['prefer', ['', 'return=', 'return=x', 'handling=x', ';;;;', 'return=minimal'.repeat(500)]],
    ['accept', ['', ';', ',', '*', '/', 'application/', 'application/fhir+json;q=x', '*/*;'.repeat(2000)]],
    [
      'content-type',
      [
        '',
        ';',
        'application',
        'application/fhir+json;',
        'application/fhir+json; charset',
        'application/fhir+json; charset=utf-16',
        'application/fhir+json; charset="',
        'application/fhir+json; charset=x'.repeat(100),
      ],
    ],
    ['content-encoding', ['gzip', 'identity', '', 'x', 'gzip, gzip']],
    [
      'authorization',
      ['', 'Bearer', 'Bearer ', 'Basic', 'Basic x', 'Digest x', 'Bearer a.b.c', `Bearer ${'.'.repeat(5000)}`],
    ],
    ['origin', ['', 'null', 'x', 'https://[', 'https://a.example']],
    ['x-request-id', ['', ' ', 'x'.repeat(5000)]],
    ['x-forwarded-for', ['', 'x', '1.2.3.4, x', ','.repeat(5000)]],
  ])('%s with odd values is answered', async (name, values) => {
    for (const value of values) {
      for (const [method, body] of [
        ['GET', undefined],
        ['PUT', { resourceType: 'Patient', id: 'odd' }],
      ] as const) {
        const answer = await server.call(method, 'Patient/odd', {
          token: all,
          headers: { [name]: value },
          ...(body && { body }),
        });
        expectSound(answer, `${method} ${name}: ${value.slice(0, 80)}`);
      }
    }
  });

  it.each(['utf-16', 'iso-8859-1', 'us-ascii'])(
    'that calls the body %s is 415 or reads it as UTF-8',
    async (charset) => {
      const headers = { 'content-type': `application/fhir+json; charset=${charset}` };
      const answer = await server.call('POST', 'Basic', {
        token: all,
        headers,
        body: '{"resourceType":"Basic","code":{"text":"é"}}',
      });
      expect([201, 415]).toContain(answer.status);
      if (answer.status === 201) expect(answer.body.code.text).toBe('é');
    },
  );
});

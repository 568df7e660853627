// Whatever anybody sends: never a defect of the server, always an outcome with text, and the server goes on
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isFull } from '../support/full.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { expectAlive, expectSound } from '../support/sound-answer.js';

let server: TestServer;
let all: string;

const call = (method: string, path: string): Promise<Answer> => server.call(method, path, { token: all });
const send = (method: string, path: string, body: string, contentType = 'application/fhir+json'): Promise<Answer> =>
  server.call(method, path, { token: all, body, headers: { 'content-type': contentType } });

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds admin/*.cruds');
  await send('PUT', 'Patient/alive', '{"resourceType":"Patient","id":"alive"}');
});
afterAll(() => server.close());

/** Runs of one seed, and a look whether the server still answers. */
async function check<T>(input: fc.Arbitrary<T>, property: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(input, property), { numRuns: isFull ? 300 : 100, seed: 20_240_501 });
  await expectAlive(call, 'alive');
}

const human = {
  name: [{ use: 'official', family: 'Aal', given: ['Ada', 'B'], period: { start: '2001' } }],
  telecom: [{ system: 'phone', value: '1' }],
};
const resources: readonly object[] = [
  {
    resourceType: 'Patient',
    id: 'm1',
    meta: { profile: ['http://x.example/p'], tag: [{ system: 'urn:t', code: 'a' }] },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    contained: [{ resourceType: 'Organization', id: 'o', name: 'X' }],
    extension: [{ url: 'http://x.example/e', valueCoding: { system: 'urn:x', code: 'y' } }],
    identifier: [{ system: 'urn:i', value: '1', assigner: { reference: '#o' } }],
    ...human,
    birthDate: '1970-01-01',
    _birthDate: { extension: [{ url: 'http://x.example/t', valueDateTime: '1970-01-01T10:00:00Z' }] },
    multipleBirthInteger: 2,
    managingOrganization: { reference: '#o' },
    generalPractitioner: [{ reference: 'Practitioner/x' }],
  },
  {
    resourceType: 'Observation',
    id: 'm1',
    status: 'final',
    category: [{ coding: [{ system: 'urn:c', code: 'laboratory' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }], text: 'x' },
    subject: { reference: 'Patient/alive' },
    effectivePeriod: { start: '2024-05-01T10:00:00.123Z', end: '2024-05-02' },
    valueQuantity: { value: 72.5, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    component: [{ code: { text: 'y' }, valueRange: { low: { value: 1 }, high: { value: 2 } } }],
  },
  {
    resourceType: 'Bundle',
    id: 'm1',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001',
        resource: { resourceType: 'Patient', ...human },
        request: { method: 'POST', url: 'Patient' },
      },
      {
        resource: {
          resourceType: 'Basic',
          id: 'b',
          subject: { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' },
        },
        request: { method: 'PUT', url: 'Basic/b' },
      },
      { request: { method: 'GET', url: 'Patient?_id=alive' } },
      { request: { method: 'DELETE', url: 'Patient/nobody' } },
    ],
  },
  {
    resourceType: 'SearchParameter',
    id: 'm1',
    url: 'http://x.example/s',
    code: 'x',
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.active',
    status: 'active',
    name: 'x',
    description: 'x',
  },
  { resourceType: 'Binary', id: 'm1', contentType: 'text/plain', data: 'eA==' },
  { resourceType: 'Parameters', id: 'm1', parameter: [{ name: 'resource', resource: { resourceType: 'Patient' } }] },
];

interface Mutation {
  readonly place: number;
  readonly how: 'delete' | 'duplicate' | 'replace' | 'wrap' | 'rename';
  readonly value: unknown;
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    null,
    {},
    [],
    '',
    '\u0000',
    '#',
    '__proto__',
    -0,
    1e21,
    1e308,
    2 ** 53,
    '2024-13-45',
    'x'.repeat(5000),
    [[[]]],
    [null],
    { reference: '#m1' },
    { resourceType: 'Patient' },
  ),
  fc.double(),
  fc.string({ unit: 'binary' }),
);
const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    place: fc.nat(1000),
    how: fc.constantFrom('delete', 'duplicate', 'replace', 'wrap', 'rename'),
    value: odd,
  }),
  { minLength: 1, maxLength: 3 },
);

/** Changes one node of the document, wherever it is. */
function mutate(document: object, { place, how, value }: Mutation): void {
  const nodes = placesOf(document);
  const { parent, key } = nodes[place % nodes.length] ?? { parent: document as Record<string, unknown>, key: 'id' };
  if (how === 'delete') delete parent[key];
  else if (how === 'replace') parent[key] = value;
  else if (how === 'wrap') parent[key] = [parent[key], value];
  else if (how === 'rename') parent[typeof value === 'string' ? value : `_${key}`] = parent[key];
  else parent[key] = [parent[key], structuredClone(parent[key])];
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

function placesOf(node: unknown): readonly Place[] {
  if (typeof node !== 'object' || node === null) return [];
  const parent = node as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesOf(parent[key])]);
}

describe('whatever is sent', () => {
  it('as a document', () =>
    check(fc.tuple(fc.constantFrom('Patient', 'Bundle', 'Parameters', ''), odd), async ([path, value]) => {
      const document =
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? { resourceType: path || 'Bundle', type: 'batch', ...value }
          : value;
      expectSound(await send('POST', path, JSON.stringify(document)));
    }));

  it('as a resource that was changed at random', () =>
    check(fc.tuple(fc.constantFrom(...resources), mutations), async ([original, changes]) => {
      const resource = structuredClone(original) as { readonly resourceType?: unknown; readonly type?: unknown };
      const { resourceType } = original as { readonly resourceType: string };
      for (const change of changes) mutate(resource, change);
      const text = JSON.stringify(resource);
      const written = await send('PUT', `${resourceType}/m1`, text);
      expectSound(written, text);
      if (written.status < 300) expectSound(await call('GET', `${resourceType}/m1`), text);
      expectSound(await send('POST', resourceType, text), text);
      if (resourceType === 'Bundle') expectSound(await send('POST', '', text), text);
    }));

  it('as bytes', () =>
    check(
      fc.tuple(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(
          'application/fhir+json',
          'application/fhir+xml',
          'application/json-patch+json',
          'application/x-www-form-urlencoded',
          'text/plain',
          '*/*',
        ),
      ),
      async ([bytes, contentType]) => {
        const payload = Buffer.from(bytes);
        for (const [method, url] of [
          ['POST', 'Patient'],
          ['PUT', 'Patient/x'],
          ['PATCH', 'Patient/alive'],
          ['POST', 'Patient/_search'],
          ['POST', ''],
        ] as const) {
          const answer = await server.app.inject({
            method,
            url: `/fhir/r4/${url}`.replace(/\/$/, ''),
            payload,
            headers: { authorization: `Bearer ${all}`, 'content-type': contentType },
          });
          const isJson = String(answer.headers['content-type']).includes('json');
          expectSound({
            status: answer.statusCode,
            headers: answer.headers as Answer['headers'],
            text: answer.payload,
            body: isJson ? JSON.parse(answer.payload) : {},
          });
        }
      },
    ));

  it('as a path', () => {
    const segment = fc.oneof(
      fc.constantFrom(
        'Patient',
        'alive',
        '_history',
        '_search',
        '1',
        '$x',
        '..',
        '%2e%2e',
        '%00',
        '%ff',
        '%252f',
        '*',
        'metadata',
        '__proto__',
      ),
      fc.string(),
      fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
      fc.webPath(),
    );
    return check(
      fc.tuple(
        fc.array(segment, { maxLength: 6 }),
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
      ),
      async ([segments, method]) => {
        const path = segments.join('/').replace(/[^\x21-\x7e]/g, '');
        const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? '{"resourceType":"Patient"}' : '';
        const answer =
          body === '' ? await call(method, `/fhir/r4/${path}`) : await send(method, `/fhir/r4/${path}`, body);
        expectSound(answer, `${method} ${path}`);
      },
    );
  });

  it('as a query', () => {
    const name = fc.oneof(
      fc.constantFrom(
        '_id',
        '_count',
        '_lastUpdated',
        'identifier',
        'name',
        'birthdate',
        'organization',
        '_sort',
        '_include',
        '_revinclude',
        '_elements',
        '_summary',
        '_total',
        '_has:Observation:patient:code',
        'organization.name',
        '_format',
        '_pretty',
        '_since',
        '_at',
        'value-quantity',
        '_filter',
        '_cursor',
      ),
      fc.string(),
    );
    const modifier = fc.constantFrom(
      '',
      ':exact',
      ':not',
      ':missing',
      ':text',
      ':in',
      ':Patient',
      ':identifier',
      ':x',
      ':',
      ':missing:missing',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '',
        ',',
        '|',
        '\\',
        '$',
        'true',
        '1e400',
        'gt2020',
        'ge',
        '2020-02-30',
        '-1',
        '0',
        '99999999999',
        'Patient/alive',
        '%',
        '\u0000',
        'Organization:partof',
        'a'.repeat(3000),
      ),
    );
    const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
    return check(
      fc.tuple(
        fc.array(fc.tuple(name, modifier, value), { maxLength: 4 }),
        fc.constantFrom(
          'Patient',
          'Observation',
          'Patient/alive',
          'Patient/alive/_history',
          '_history',
          'Patient/_history',
          '',
        ),
      ),
      async ([parameters, path]) => {
        const query = parameters.map(([key, suffix, text]) => `${encode(key)}${suffix}=${encode(text)}`).join('&');
        expectSound(await call('GET', `/fhir/r4${path && `/${path}`}?${query}`), query);
        if (path === 'Patient')
          expectSound(await send('POST', 'Patient/_search', query, 'application/x-www-form-urlencoded'), query);
      },
    );
  });
});

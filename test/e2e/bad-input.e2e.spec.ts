// Whatever is sent: stored as it is or explained, never a defect of the server
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

const patient = (members: string): string => `{"resourceType":"Patient",${members}}`;
const decimal = (text: string): string =>
  `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${text}}}`;

describe('a body', () => {
  it.each([
    ['200 levels of arrays', patient(`"x":${'['.repeat(200)}${']'.repeat(200)}`), /DEPTH_LIMIT/],
    ['200 levels of objects', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, /DEPTH_LIMIT/],
    ['200 levels of extensions', patient(`${'"extension":[{'.repeat(100)}"url":"u"${'}]'.repeat(100)}`), /DEPTH_LIMIT/],
    ['a million brackets', '['.repeat(1_000_000), /DEPTH_LIMIT/],
    ['a duplicate key', patient('"gender":"male","gender":"female"'), /\\"gender\\" occurs twice/],
    ['a duplicate key that is written differently', patient('"gender":"male","g\\u0065nder":"female"'), /occurs twice/],
    ['a duplicate key deep inside', patient('"name":[{"family":"x","family":"y"}]'), /\\"family\\" occurs twice/],
    ['an escaped NUL', patient('"language":"a\\u0000"'), /U\+0000/],
    ['a NUL', patient('"language":"a\0"'), /./],
    ['a NUL in a name', patient('"a\\u0000b":"x"'), /U\+0000/],
    ['half a surrogate pair', patient('"language":"\\uD83D"'), /surrogate/],
    ['the wrong half', patient('"language":"\\uDE7A\\uD83E"'), /surrogate/],
    ['half a surrogate pair in a name', patient('"\\uD83D":1'), /surrogate/],
    ['__proto__', patient('"__proto__":{"active":true}'), /__proto__/],
    ['__proto__ deep inside', patient('"name":[{"__proto__":[]}]'), /__proto__/],
    ['an escaped __proto__', patient('"\\u005f_proto__":{}'), /__proto__/],
    ['an array', '[{"resourceType":"Patient"}]', /an array/],
    ['a string', '"Patient"', /a string/],
    ['a number', '1', /a number/],
    ['null', 'null', /null/],
    ['nothing', '', /empty/],
    ['two documents', '{"resourceType":"Patient"}{"resourceType":"Patient"}', /not valid JSON/],
    ['two byte order marks', '\ufeff\ufeff{"resourceType":"Patient"}', /not valid JSON/],
    ['a comment', patient('/* x */"active":true'), /not valid JSON/],
    ['hexadecimal', patient('"multipleBirthInteger":0x10'), /not valid JSON/],
    ['Infinity', patient('"multipleBirthInteger":Infinity'), /not valid JSON/],
    ['a raw line break in a string', patient('"language":"\n"'), /not valid JSON/],
    ['a wrong escape', patient('"language":"\\x41"'), /not valid JSON/],
    ['XML', '<Patient xmlns="http://hl7.org/fhir"/>', /not valid JSON/],
    ['no resourceType', '{"id":"x"}', /no resourceType/],
    ['two resourceTypes', '{"resourceType":"Patient","resourceType":"Patient"}', /\\"resourceType\\" occurs twice/],
    ['a resourceType of another type', '{"resourceType":{"toString":"Patient"}}', /no resourceType/],
    ['another resource', '{"resourceType":"Observation"}', /Observation.*Patient/],
  ])('of %s is 400 with the reason', async (_what, body, reason) => {
    expectOutcome(await call('POST', 'Patient', body), 400, reason);
  });

  it.each([
    [
      'names of JavaScript',
      patient('"constructor":{"prototype":1},"toString":1,"hasOwnProperty":1,"valueOf":null,"then":{}'),
    ],
    [
      'names of JavaScript as types',
      '{"resourceType":"Patient","contained":[{"resourceType":"constructor"},{"resourceType":"__proto__"}]}',
    ],
    ['numbers as strings', patient('"multipleBirthInteger":"1","active":"true"')],
    [
      'strings as numbers',
      patient('"birthDate":1970,"gender":1,"name":1,"identifier":1,"link":1,"text":1,"extension":1'),
    ],
    [
      'booleans everywhere',
      patient('"birthDate":true,"name":true,"managingOrganization":true,"contained":true,"id":true'),
    ],
    [
      'nulls as elements',
      patient('"birthDate":null,"name":null,"meta":null,"identifier":[null],"contained":[null],"extension":[null]'),
    ],
    ['arrays of null', patient('"name":[null,null],"_birthDate":null,"_name":[null],"link":[null,{"other":null}]')],
    [
      'empty arrays and objects',
      patient('"name":[],"contact":{},"identifier":[{}],"contained":[{}],"extension":[],"meta":{},"text":{}'),
    ],
    ['arrays in arrays', patient('"name":[[{"family":"x"}]],"identifier":[[[]]],"birthDate":["1970"]')],
    ['objects where strings are', patient('"birthDate":{"x":1},"gender":{},"name":[{"family":{},"given":{}}]')],
    [
      'odd references',
      patient(
        '"managingOrganization":{"reference":{"x":1}},"generalPractitioner":[{"reference":"#"},{"reference":""},{"reference":"http://["},{"reference":"/"},{"reference":"Patient/"},1]',
      ),
    ],
    [
      'odd identifiers',
      patient(
        '"identifier":[{"system":"","value":""},{"system":1,"value":[]},{"system":"|","value":"|"},{"value":"\\\\|$,"}]',
      ),
    ],
    ['odd dates', patient('"birthDate":"0000-00-00","deceasedDateTime":"9999-12-31T23:59:60.999999999999+14:00"')],
    ['dates beyond all years', patient('"birthDate":"99999-99-99","deceasedDateTime":"-0001-01-01T24:00:00Z"')],
    ['odd meta', patient('"meta":{"versionId":7,"lastUpdated":"x","profile":"x","tag":{},"security":[null,1,[]]}')],
    ['odd narrative', patient('"text":{"status":"x","div":"<script>alert(1)</script>"}')],
    ['a million characters of one name', `{"resourceType":"Patient","${'x'.repeat(1_000_000)}":1}`],
    ['unicode', patient('"language":"\u202e\ufeff\u0001\u{1f468}\u200d\u{1f469}\ufffe\uffff"')],
    [
      'contained resources in a circle',
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a","partOf":{"reference":"#b"}},{"resourceType":"Organization","id":"b","partOf":{"reference":"#a"}}],"managingOrganization":{"reference":"#a"}}',
    ],
    [
      'a contained resource that refers to itself',
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a","partOf":{"reference":"#a"}}]}',
    ],
    [
      'contained resources of one id',
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a"},{"resourceType":"Organization","id":"a"}]}',
    ],
    [
      'contained resources that contain',
      `{"resourceType":"Patient","contained":[${'{"resourceType":"Patient","contained":['.repeat(30)}${']}'.repeat(30)}]}`,
    ],
    ['a kilobyte of id', patient(`"id":"${'x'.repeat(1000)}"`)],
  ])('of %s is stored or explained', async (_what, body) => {
    const answer = await call('POST', 'Patient', body);
    expectSound(answer);
    if (answer.status === 201) expectSound(await call('GET', `Patient/${answer.body.id}`));
    expect(Object.hasOwn({}, 'active')).toBe(false);
  });

  it.each([
    '1e400',
    '-1e400',
    '1e-400',
    '-0',
    '-0.0',
    '1e2147483648',
    '1E+99999999999999999999',
    '0.1e-9999999',
    `0.${'0'.repeat(5000)}1`,
    '9'.repeat(5000),
    '1.10',
    '123456789012345678901234567890.123456789',
  ])('with the number %s is stored to the digit or explained', async (text) => {
    const answer = await call('POST', 'Observation', decimal(text));
    expectSound(answer);
    expect([201, 400, 422]).toContain(answer.status);
    if (answer.status === 201) expect(answer.text).toContain(`"value":${text}}`);
    expectSound(await call('GET', `Observation?value-quantity=${text}`));
    expectSound(await call('GET', `Observation?_count=${text}`));
  });

  it('with a string of 1 MB is stored and comes back', async () => {
    const value = 'x'.repeat(1024 * 1024);
    const answer = await call('POST', 'Basic', { resourceType: 'Basic', code: { text: value } });
    expect(answer.status).toBe(201);
    expect((await call('GET', `Basic/${answer.body.id}`)).body.code.text).toBe(value);
  });

  it('with strings of 1 MB in every searched place is stored or explained', async () => {
    const value = 'x'.repeat(1024 * 1024);
    const answer = await call('POST', 'Patient', {
      resourceType: 'Patient',
      identifier: [{ system: `urn:${value}`, value }],
      name: [{ family: value, given: [value, value] }],
      managingOrganization: { reference: `Organization/${value}` },
      address: [{ city: value }],
    });
    expectSound(answer);
  });

  it('with 10,000 extensions is stored', async () => {
    const extension = Array.from({ length: 10_000 }, (_, i) => ({ url: `http://x.example/${i}`, valueInteger: i }));
    const answer = await call('POST', 'Basic', { resourceType: 'Basic', code: { text: 'x' }, extension });
    expect([answer.status, answer.body.extension?.length]).toEqual([201, 10_000]);
  });

  it('with 10,000 identifiers, names and references is stored', async () => {
    const many = <T>(make: (i: number) => T): readonly T[] => Array.from({ length: 10_000 }, (_, i) => make(i));
    const answer = await call('POST', 'Patient', {
      resourceType: 'Patient',
      identifier: many((i) => ({ system: 'urn:x', value: `${i}` })),
      name: many((i) => ({ family: `Family${i}`, given: [`Given${i}`] })),
      generalPractitioner: many((i) => ({ reference: `Practitioner/${i}` })),
    });
    expect(answer.status).toBe(201);
    expect((await call('GET', 'Patient?identifier=urn:x|9999')).body.entry).toHaveLength(1);
  });
});

describe('references in a circle', () => {
  it('are stored, searched and listed', async () => {
    const organization = (id: string, partOf: string) => ({
      resourceType: 'Organization',
      id,
      name: id,
      partOf: { reference: partOf },
    });
    for (const [id, partOf] of [
      ['a', 'Organization/b'],
      ['b', 'Organization/a'],
      ['self', 'Organization/self'],
    ] as const) {
      expect((await call('PUT', `Organization/${id}`, organization(id, partOf))).status).toBe(201);
    }
    for (const path of [
      'Organization',
      'Organization/self',
      'Organization/self/_history',
      'Organization?partof=Organization/self',
      'Organization?_include:iterate=Organization:partof',
      'Organization?_include=*',
      'Organization?_revinclude:iterate=Organization:partof',
      'Organization?partof.partof.partof.name=a',
      'Organization?_has:Organization:partof:_has:Organization:partof:name=a',
    ]) {
      expectSound(await call('GET', path), path);
    }
  });

  it('are resolved within a transaction', async () => {
    const entry = (n: number, other: number) => ({
      fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${n}`,
      resource: {
        resourceType: 'Organization',
        name: `${n}`,
        partOf: { reference: `urn:uuid:00000000-0000-4000-8000-00000000000${other}` },
      },
      request: { method: 'POST', url: 'Organization' },
    });
    const answer = await call('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [entry(1, 2), entry(2, 1), entry(3, 3)],
    });
    expect(answer.status).toBe(200);
  });
});

describe('a bundle', () => {
  const bundle = (entry: unknown, type: unknown = 'transaction') => ({ resourceType: 'Bundle', type, entry });
  const post = { method: 'POST', url: 'Patient' };
  const resource = { resourceType: 'Patient' };

  it.each([
    ['no entry', undefined],
    ['entry null', null],
    ['entry an object', {}],
    ['entry a string', 'x'],
    ['entries of null', [null, null]],
    ['entries of other kinds', [1, 'x', [], true]],
    ['an empty entry', [{}]],
    ['a request that is none', [{ request: 1 }, { request: [] }, { request: null }]],
    ['no url', [{ request: { method: 'GET' } }]],
    [
      'odd methods',
      ['get', 'Post', 'TRACE', 'CONNECT', '', 1, null, {}].map((method) => ({
        request: { method, url: 'Patient' },
        resource,
      })),
    ],
    [
      'odd urls',
      [
        '',
        '/',
        '//',
        '?',
        '#',
        '..',
        '../..',
        'Patient/../Patient',
        'Patient/%00',
        'Patient/%ff',
        '%',
        'http://x',
        'javascript:x',
        '__proto__',
        'Patient?',
        'Patient?%',
        '\u0000',
        '\ud83e\ude7a',
        'x'.repeat(100_000),
        1,
        null,
        {},
      ].map((url) => ({ request: { method: 'GET', url } })),
    ],
    ['a bundle in a bundle', [{ request: { method: 'POST', url: '' }, resource: bundle([]) }]],
    ['a bundle in a bundle as an address', [{ request: { method: 'POST', url: '/' }, resource: bundle([]) }]],
    [
      'a stored bundle',
      [{ request: { method: 'POST', url: 'Bundle' }, resource: bundle([{ request: post, resource }]) }],
    ],
    ['no resource', [{ request: post }]],
    ['a resource of another type', [{ request: post, resource: { resourceType: 'Observation' } }]],
    [
      'a resource that is none',
      [
        { request: post, resource: [] },
        { request: post, resource: 'x' },
      ],
    ],
    [
      'one fullUrl twice',
      [1, 2].map(() => ({ fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001', request: post, resource })),
    ],
    [
      'one id twice',
      [1, 2].map(() => ({ request: { method: 'PUT', url: 'Patient/twice' }, resource: { ...resource, id: 'twice' } })),
    ],
    [
      'odd fullUrls',
      [1, null, {}, '', '__proto__', 'urn:uuid:'].map((fullUrl) => ({ fullUrl, request: post, resource })),
    ],
    [
      'odd conditions',
      [
        { request: { ...post, ifNoneExist: 1 }, resource },
        { request: { method: 'PUT', url: 'Patient/a', ifMatch: {} }, resource: { ...resource, id: 'a' } },
      ],
    ],
    [
      'an operation',
      [{ request: { method: 'POST', url: '$my-access' } }, { request: { method: 'GET', url: 'Patient/$everything' } }],
    ],
  ])('of %s is answered as a batch and as a transaction', async (_what, entry) => {
    for (const type of ['batch', 'transaction']) {
      const answer = await call('POST', '', bundle(entry, type));
      expectSound(answer);
      for (const { response } of answer.body.entry ?? []) expect(response.status).toMatch(/^(?:[1-4]|501)/);
    }
  });

  it.each([null, 1, {}, [], 'history', 'Transaction', '__proto__', undefined])('of type %j is 400', async (type) => {
    expectOutcome(await call('POST', '', { resourceType: 'Bundle', type, entry: [] }), 400);
  });

  it.each([
    [21_000, /21000 entries; it may have 20000 \(setting BUNDLE_ENTRIES\)/],
    [100_000, /VALUES_LIMIT/],
  ])('of %i entries is 413 and names the limit', async (count, limit) => {
    const entry = JSON.stringify({ resource, request: post });
    for (const type of ['batch', 'transaction']) {
      const text = `{"resourceType":"Bundle","type":"${type}","entry":[${`${entry},`.repeat(count - 1)}${entry}]}`;
      expectOutcome(await call('POST', '', text), 413, limit);
    }
  });
});

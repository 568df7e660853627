import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { type AdminApi, adminApi, logIn } from '../support/admin-api.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

/** Masks where they are not on the type of the request itself: resources inside others, criteria of scopes, what ETags and texts say. */
let server: TestServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
  await admin.call('PUT', 'policies/no-names', {
    description: 'No names',
    assignedTo: { clients: ['masked'] },
    rules: [{ mask: ['Patient.name', 'Patient.birthDate'] }],
  });
});
afterAll(() => server.close());

const masked = (scope = 'system/*.cruds') => server.token(scope, { sub: 'masked', client_id: 'masked' });
const jsonPatch = { 'content-type': 'application/json-patch+json' };

describe('a masked resource inside another', () => {
  const inner = { resourceType: 'Patient', id: 'in', name: [{ family: 'Secret' }], birthDate: '1980-02-02' };
  const holders: readonly (readonly [string, JsonObject, string])[] = [
    [
      'Observation/holder',
      anObservation('Patient/p1', { id: 'holder', contained: [inner], focus: [{ reference: '#in' }] }),
      '/contained/0',
    ],
    [
      'Bundle/holder',
      { resourceType: 'Bundle', id: 'holder', type: 'collection', entry: [{ resource: inner }] },
      '/entry/0/resource',
    ],
    [
      'Parameters/holder',
      { resourceType: 'Parameters', id: 'holder', parameter: [{ name: 'a', part: [{ name: 'b', resource: inner }] }] },
      '/parameter/0/part/0/resource',
    ],
  ];
  const whole = (address: string) => server.call('GET', address, { token: admin.token });

  beforeEach(async () => {
    const body = aBundle(
      'transaction',
      putting({ ...aPatient(), id: 'p1' }),
      ...holders.map(([, one]) => putting(one)),
    );
    await server.call('POST', '', { token: admin.token, body });
  });

  describe.each(holders)('%s', (address, resource, path) => {
    const expectRefused = ({ status, text }: { readonly status: number; readonly text: string }) => {
      expect(status, text).toBe(403);
      expect(text).toContain('"element-masked"');
      expect(text).toContain(`${address} holds a Patient, and you are not shown Patient.birthDate, Patient.name`);
      expect(text).toContain('no-names');
      expect(text).not.toContain('Secret');
    };

    it('cannot be put back as it was seen', async () => {
      const { body, headers } = await server.call('GET', address, { token: masked() });
      const ifMatch = { 'if-match': headers['etag']! };
      expect(JSON.stringify(body)).not.toContain('Secret');
      expectRefused(await server.call('PUT', address, { token: masked(), body, headers: ifMatch }));
      expectRefused(await server.call('PUT', address, { token: masked(), body: resource }));
      expectRefused(await server.call('PUT', address, { token: masked(), body, headers: { 'if-match': 'W/"77"' } }));
      for (const type of ['batch', 'transaction'] as const) {
        const answer = await server.call('POST', '', { token: masked(), body: aBundle(type, putting(body)) });
        expect(answer.text).toContain('holds a Patient');
        expect(answer.status).toBe(type === 'batch' ? 200 : 403);
      }
      expect((await whole(address)).text).toContain('Secret');
    });

    it.each([
      ['copies it out', [{ op: 'copy', from: 'PATH/name/0/family', path: '/language' }]],
      ['asks for the right value', [{ op: 'test', path: 'PATH/birthDate', value: '1980-02-02' }]],
      ['asks for a wrong value', [{ op: 'test', path: 'PATH/birthDate', value: '1980-02-03' }]],
      ['changes something else', [{ op: 'add', path: '/language', value: 'is' }]],
      ['does nothing', []],
    ])('takes no JSON Patch that %s', async (_what, operations) => {
      const body = JSON.stringify(operations).replaceAll('PATH', path);
      expectRefused(await server.call('PATCH', address, { token: masked(), body, headers: jsonPatch }));
    });

    it('takes no FHIRPath Patch', async () => {
      const place = path.replaceAll(/\/\d+/g, '').replaceAll('/', '.');
      const part = [
        { name: 'type', valueCode: 'delete' },
        { name: 'path', valueString: `${address.split('/')[0]}${place}.where(birthDate = '1980-02-02').name` },
      ];
      const body = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
      expectRefused(await server.call('PATCH', address, { token: masked(), body }));
    });

    it('gets no label by $meta-add, as one of its own type gets none', async () => {
      const valueMeta = { tag: [{ system: 'http://t.example/tags', code: 'x' }] };
      const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] };
      expectRefused(await server.call('POST', `${address}/$meta-add`, { token: masked(), body }));
    });

    it('is told so by $validate', async () => {
      const body = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] };
      expectRefused(await server.call('POST', `${address}/$validate?mode=update`, { token: masked(), body }));
    });

    it('can be deleted, and made', async () => {
      expect((await server.call('DELETE', address, { token: masked() })).status).toBe(204);
      const put = await server.call('PUT', address, { token: masked(), body: resource });
      expect(put.status, put.text).toBe(201);
      const { resourceType } = resource;
      const made = await server.call('POST', resourceType as string, { token: masked(), body: resource });
      expect(made.status, made.text).toBe(201);
      expect(made.text).not.toContain('Secret');
    });
  });

  it('counts by a condition as well', async () => {
    const body = [{ op: 'add', path: '/language', value: 'is' }];
    const address = 'Observation?_id=holder';
    const { status, text } = await server.call('PATCH', address, { token: masked(), body, headers: jsonPatch });
    expect(status, text).toBe(403);
    const put = await server.call('PUT', address, { token: masked(), body: anObservation('Patient/p1') });
    expect(put.status, put.text).toBe(403);
  });

  it('leaves resources alone that hold none', async () => {
    const address = 'Observation/plain';
    const contained = [{ resourceType: 'Group', id: 'g', type: 'person', actual: true }];
    const plain = anObservation('Patient/p1', { id: 'plain', contained, focus: [{ reference: '#g' }] });
    expect((await server.call('PUT', address, { token: masked(), body: plain })).status).toBe(201);
    const { status, text } = await server.call('PUT', address, { token: masked(), body: { ...plain, language: 'is' } });
    expect(status, text).toBe(200);
  });
});

describe('the ETag of what was written', () => {
  const read = async (address: string) => (await server.call('GET', address, { token: masked() })).headers['etag'];

  it.each(['return=representation', 'return=minimal', 'return=OperationOutcome'])(
    'is that of a read: %s',
    async (prefer) => {
      const options = { token: masked(), body: aPatient(), headers: { prefer } };
      const made = await server.call('POST', 'Patient', options);
      expect(made.headers['etag']).toMatch(/^W\/"1\.m[0-9a-f]{8}"$/);
      expect(await read(`Patient/${made.headers['location']!.split('/').at(-3)}`)).toBe(made.headers['etag']);
    },
  );

  it('is so in bundles, and where the write is repeated or not needed', async () => {
    const identifier = [{ system: 'http://t.example/ids', value: 'once' }];
    const resource = { ...aPatient(), identifier };
    const ifNoneExist = 'identifier=http://t.example/ids|once';
    const entry = { request: { method: 'POST', url: 'Patient', ifNoneExist }, resource };
    const tags: unknown[] = [];
    for (const type of ['transaction', 'batch', 'transaction'] as const) {
      const { body, text } = await server.call('POST', '', { token: masked(), body: aBundle(type, entry) });
      expect(text).toContain('"etag"');
      tags.push(body.entry[0].response.etag);
    }
    const headers = { 'if-none-exist': ifNoneExist };
    const found = await server.call('POST', 'Patient', { token: masked(), body: resource, headers });
    expect(found.status, found.text).toBe(200);
    tags.push(found.headers['etag'], await read(`Patient/${found.body.id}`));
    expect(new Set(tags).size).toBe(1);
    expect(tags[0]).toMatch(/^W\/"1\.m/);
  });

  it('is plain for who may not read, and for who is shown all', async () => {
    const tagOf = async (token: string) =>
      (await server.call('POST', 'Patient', { token, body: aPatient() })).headers['etag'];
    expect(await tagOf(masked('system/Patient.c'))).toBe('W/"1"');
    expect(await tagOf(admin.token)).toBe('W/"1"');
  });

  it('tells masks of resources inside apart', async () => {
    await admin.call('PUT', 'policies/no-contacts', {
      description: 'No contacts',
      assignedTo: { clients: ['other'] },
      rules: [{ mask: ['Patient.telecom'] }],
    });
    const body = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: aPatient() }] };
    const made = await server.call('POST', 'Bundle', { token: admin.token, body });
    const other = server.token('system/*.rs', { sub: 'other', client_id: 'other' });
    const { headers } = await server.call('GET', `Bundle/${made.body.id}`, { token: other });
    expect(headers['etag']).toMatch(/^W\/"1\.m/);
    expect(headers['etag']).not.toBe(await read(`Bundle/${made.body.id}`));
  });
});

describe('a granular scope on what is masked', () => {
  const gt = 'user/Patient.cruds?birthdate=gt1979-12-31';
  const explain = (token: string) =>
    server.call('POST', '$explain-access', {
      body: new URLSearchParams({ token, request: 'GET Patient/older' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain' },
    });

  beforeAll(async () => {
    for (const [id, birthDate] of Object.entries({ older: '1970-01-01', younger: '1990-01-01' })) {
      const body = aPatient({ id, birthDate, gender: 'female' });
      await server.call('PUT', `Patient/${id}`, { token: admin.token, body });
    }
    await admin.call('POST', 'users', { name: 'masked-user', password: 'password of masked', grants: 'user/*.cruds' });
    await admin.call('PUT', 'policies/no-birth-dates', {
      description: 'No birth dates',
      assignedTo: { users: ['masked-user'] },
      rules: [{ mask: ['Patient.birthDate'] }],
    });
  });

  it.each([
    ['user/Patient.cruds?birthdate=gt1979-12-31'],
    ['user/Patient.cruds?birthdate=lt1980'],
    ['user/*.cruds?birthdate=gt1979-12-31'],
    ['user/Patient.cruds?gender=female&birthdate=gt1979-12-31'],
  ])('grants a user nothing: %s', async (scope) => {
    const token = await logIn(server, 'masked-user', 'password of masked', scope);
    for (const id of ['older', 'younger', 'nobody']) {
      for (const method of ['GET', 'DELETE']) {
        const { status, text } = await server.call(method, `Patient/${id}`, { token });
        expect(status, text).toBe(403);
        expect(text).toContain('"element-masked"');
        expect(text).toContain('the policy no-birth-dates masks Patient.birthDate');
      }
    }
    const found = await server.call('GET', 'Patient?_total=accurate', { token });
    expect(found.status, found.text).toBe(403);
    const made = await server.call('POST', 'Patient', { token, body: aPatient({ birthDate: '1990-01-01' }) });
    expect(made.status, made.text).toBe(403);
  });

  it('is told by $my-access and $explain-access', async () => {
    const token = await logIn(server, 'masked-user', 'password of masked', `${gt} user/Patient.rs`);
    const { body } = await server.call('GET', '$my-access', { token });
    const ignored = body.parameter.filter(({ name }: { readonly name: string }) => name === 'ignored');
    expect(JSON.stringify(ignored)).toContain(gt);
    expect(JSON.stringify(ignored)).toContain('"code":"element-masked"');
    const { text } = await explain(token);
    expect(text).toMatch(
      /birthdate=gt1979-12-31 does not count: birthdate looks at .*no-birth-dates.* \[element-masked\]/,
    );
    expect(text).toContain('user/Patient.rs counts');
  });

  it('leaves the other scopes of the token as they are', async () => {
    const token = await logIn(server, 'masked-user', 'password of masked', `${gt} user/Patient.rs?gender=female`);
    for (const id of ['older', 'younger'])
      expect((await server.call('GET', `Patient/${id}`, { token })).status).toBe(200);
    expect((await server.call('DELETE', 'Patient/younger', { token })).status).toBe(403);
  });

  it('grants a machine and an app with a patient nothing either', async () => {
    const patient = server.token('patient/Patient.rs?birthdate=gt1979-12-31', {
      client_id: 'masked',
      patient: 'younger',
    });
    const machine = masked('system/Patient.rs?birthdate=gt1979-12-31');
    for (const token of [patient, machine])
      expect((await server.call('GET', 'Patient/younger', { token })).text).toContain('"element-masked"');
  });

  it('counts again once nothing is masked, and no longer once something is', async () => {
    const token = await logIn(server, 'masked-user', 'password of masked', gt);
    const read = async () => (await server.call('GET', 'Patient/younger', { token })).status;
    const policy = (rules: readonly object[]) =>
      admin.call('PUT', 'policies/no-birth-dates', {
        description: 'No birth dates',
        assignedTo: { users: ['masked-user'] },
        rules,
      });
    expect(await read()).toBe(403);
    await policy([{ mask: ['Patient.telecom'] }]);
    expect(await read()).toBe(200);
    await policy([{ types: ['Basic'], deny: 'Nothing basic.' }]);
    expect(await read()).toBe(200);
    await policy([{ mask: ['Patient.birthDate'] }]);
    expect(await read()).toBe(403);
  });

  it('is no concern of policies, which administrators write', async () => {
    await admin.call('PUT', 'policies/adults', {
      description: 'Adults only, whose birth dates are not shown',
      assignedTo: { clients: ['adults-app'] },
      rules: [{ mask: ['Patient.birthDate'] }, { types: ['Patient'], constrain: 'birthdate=lt1980' }],
    });
    const token = server.token('system/Patient.rs', { sub: 'adults-app', client_id: 'adults-app' });
    expect((await server.call('GET', 'Patient/older', { token })).status).toBe(200);
    expect((await server.call('GET', 'Patient/younger', { token })).status).toBe(404);
  });
});

describe('a search that depends on what is masked', () => {
  beforeAll(async () => {
    await admin.call('PUT', 'policies/no-links', {
      description: 'No contacts and no links',
      assignedTo: { clients: ['searching'] },
      rules: [{ mask: ['Patient.telecom', 'Location.partOf', 'List.entry', 'Encounter.participant'] }],
    });
  });

  it.each([
    ['Patient?phone=x', 'Leave phone out.'],
    ['Patient?telecom:missing=true', 'Leave telecom:missing out.'],
    ['Patient?_sort=-phone', 'Leave phone out of _sort.'],
    ['Patient?_filter=phone eq "x" and active eq true', 'Leave phone out of _filter.'],
    ['Observation?subject:Patient.phone=x', 'Leave subject:Patient.phone out.'],
    ['Patient?_has:Patient:link:phone=x', 'Leave _has:Patient:link:phone out.'],
    ['Procedure?location:below=Location/l1', 'Leave location:below out.'],
    ['Location?_include=Location:partof', 'Leave _include=Location:partof out.'],
    ['Location?_include=*', 'Name the includes that you need instead of _include=*.'],
    ['Location?_revinclude:iterate=Location:*', 'instead of _revinclude:iterate=Location:*.'],
    ['Patient?_content=x', 'masks Encounter.participant'],
    ['Observation?_list=l1', 'Leave _list out.'],
    ['Practitioner/x/Encounter', 'Search Encounter by other criteria than Practitioner/x/Encounter.'],
    ['Practitioner/x/*', 'Name the types that you need in _type, without Encounter.'],
  ])('says what to leave out of %s', async (address, cure) => {
    const token = server.token('system/*.rs', { sub: 'searching', client_id: 'searching' });
    const { status, text } = await server.call('GET', encodeURI(address), { token });
    expect(status, text).toBe(403);
    expect(text).toContain('"element-masked"');
    expect(text).toContain(cure);
  });
});

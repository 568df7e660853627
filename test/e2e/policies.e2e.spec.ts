import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { type AdminApi, adminApi, logIn } from '../support/admin-api.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

/** Policies that administrators edit: who they are for, what they do, and what becomes of wrong ones. */
let server: TestServer;
let admin: AdminApi;
let doctor: string;

const patient = (id: string) =>
  putting({
    ...aPatient({ managingOrganization: { reference: `Organization/${id === 'p1' ? 'o1' : 'o2'}` } }),
    telecom: [{ system: 'phone', value: `secret-${id}` }],
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">secret-${id}</div>` },
    id,
  });

beforeAll(async () => {
  server = await startServer();
  admin = await adminApi(server);
  const entries = [
    patient('p1'),
    patient('p2'),
    putting({ ...anObservation('Patient/p1'), id: 'of-p1' }),
    putting({ ...anObservation('Patient/p2'), id: 'of-p2' }),
    putting({
      resourceType: 'CareTeam',
      id: 'team',
      subject: { reference: 'Patient/p1' },
      participant: [{ member: { reference: 'Practitioner/jane' } }],
    }),
    putting({
      resourceType: 'List',
      id: 'study-42',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: 'Patient/p2' } }],
    }),
  ];
  await server.call('POST', '', { token: admin.token, body: aBundle('transaction', ...entries) });
  await admin.call('POST', 'users', {
    name: 'dr-jane',
    password: 'password of jane',
    grants: 'user/*.cruds',
    fhirUser: 'Practitioner/jane',
  });
  doctor = await logIn(server, 'dr-jane', 'password of jane');
});
afterAll(() => server.close());

const idsIn = (body: { readonly entry?: readonly { readonly resource: { readonly id: string } }[] }) =>
  (body.entry ?? []).map(({ resource }) => resource.id);

async function apply(file: string): Promise<void> {
  const { policies = [], policyGroups = [] } = parse(await readFile(`docs/policies/${file}`, 'utf8')) as Readonly<
    Record<string, readonly { readonly name: string }[]>
  >;
  for (const { name, ...group } of policyGroups)
    expect((await admin.call('PUT', `policy-groups/${name}`, group)).status).toBe(200);
  for (const { name, ...policy } of policies) {
    const put = await admin.call('PUT', `policies/${name}`, policy);
    expect(put.status, put.text).toBe(200);
  }
}

const remove = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) expect((await admin.call('DELETE', `policies/${name}`)).status).toBe(204);
};

describe('the form of policies', () => {
  it('is a schema that everybody can read, and a refusal says where in the body each fault is', async () => {
    const { status, headers, body: schema } = await server.call('GET', '/oauth2/policy-schema');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching('application/schema.json')]);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['description', 'assignedTo', 'rules'],
    });
    const rules = [
      { types: ['Patien'], deny: 'x' },
      { types: ['Patient'], constrain: 'no-such=1' },
    ];
    const body = { description: 'x', assignedTo: { everyone: true }, rules };
    const wrong = await admin.call('PUT', 'policies/wrong', body);
    expect([wrong.status, wrong.body.findings.map(({ at }: { at: string }) => at)]).toEqual([
      400,
      ['rules[0].types[0]'],
    ]);
    const rest = await admin.call('PUT', 'policies/wrong', { ...body, rules: rules.slice(1) });
    expect(rest.body).toMatchObject({
      findings: [{ at: 'rules[0].constrain', text: expect.stringContaining('no-such') }],
    });
  });
});

describe('the examples of docs/policies', () => {
  it('care-team: a clinician sees the patients of her care team, and what is theirs', async () => {
    await apply('care-team.yaml');
    const token = doctor;
    expect(idsIn((await server.call('GET', 'Patient', { token })).body)).toEqual(['p1']);
    expect(idsIn((await server.call('GET', 'Observation?_total=accurate', { token })).body)).toEqual(['of-p1']);
    expect((await server.call('GET', 'Patient/p2', { token })).status).toBe(404);
    expect((await server.call('GET', 'Observation/of-p2/_history', { token })).status).toBe(404);
    const moved = await server.call('PUT', 'Observation/of-p1', {
      token,
      body: { ...anObservation('Patient/p2'), id: 'of-p1' },
    });
    expect(moved.status, moved.text).toBe(403);
    const body = { resourceType: 'CareTeam', subject: { reference: 'Patient/p2' } };
    const joined = await server.call('POST', 'CareTeam', { token, body });
    expect(joined.status).toBe(403);
    expect(joined.text).toContain('Care teams are changed by their coordinators. (policy care-team: denied)');
    // Others are not in the group.
    expect(idsIn((await server.call('GET', 'Patient', { token: admin.token })).body)).toEqual(['p1', 'p2']);
    const mine = await server.call('GET', '$my-access', { token });
    expect(mine.text).toContain('"Clinicians see the patients of their care teams."');
    await remove('care-team');
  });

  it('organisation: by a claim of the token, a list of them or one; nobody without the claim', async () => {
    await apply('organisation.yaml');
    const found = async (claims: object) => {
      const token = server.token('user/*.rs', { client_id: 'ward-app', ...claims });
      const { status, body, text } = await server.call('GET', 'Observation', { token });
      return status === 200 ? idsIn(body) : text;
    };
    expect(await found({ organizations: ['Organization/o1', 'Organization/o3'] })).toEqual(['of-p1']);
    expect(await found({ organizations: 'Organization/o2' })).toEqual(['of-p2']);
    expect(await found({ organizations: 'Organization/o2,Organization/o1' })).toContain('cannot be understood');
    for (const organizations of [undefined, '', [], {}, null, ['Organization/o1', {}]])
      expect(await found({ organizations })).toContain('the token has no claim organizations');
    await remove('own-organisation');
  });

  it('organisation: of as many as there may be, on pages and in counts', async () => {
    await apply('organisation.yaml');
    const others = Array.from({ length: 60 }, (_, n) => `Organization/x${n}`);
    for (const [own, found] of [
      ['Organization/o1', ['p1']],
      ['Organization/o2', ['p2']],
      ['Organization/none', []],
    ] as const) {
      const token = server.token('user/*.rs', { client_id: 'ward-app', organizations: [...others, own] });
      for (const query of [
        '',
        '?_sort=-_lastUpdated',
        `?organization=${[...others, 'Organization/o1', 'Organization/o2'].join(',')}`,
      ]) {
        expect(idsIn((await server.call('GET', `Patient${query}`, { token })).body)).toEqual(found);
      }
      expect((await server.call('GET', 'Patient?_summary=count', { token })).body.total).toBe(found.length);
    }
    await remove('own-organisation');
  });

  it('patient-list: patients of a List, masked, for a group that the token names', async () => {
    await apply('patient-list.yaml');
    const token = server.token('user/*.cruds', { client_id: 'study-app', groups: ['study'] });
    const { body, text } = await server.call('GET', 'Patient', { token });
    expect(idsIn(body)).toEqual(['p2']);
    expect(text).not.toContain('secret');
    expect(body.entry[0].resource).toEqual({
      resourceType: 'Patient',
      id: 'p2',
      meta: {
        versionId: '1',
        lastUpdated: expect.any(String),
        tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
      },
      managingOrganization: { reference: 'Organization/o2' },
    });
    await remove('study-list');
  });

  it('groups that are not in the token, as there are too many, refuse where a policy is for groups', async () => {
    const claims = { client_id: 'study-app', _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } };
    const call = (more: object) =>
      server.call('GET', 'Patient', { token: server.token('user/*.cruds', { ...claims, ...more }) });
    expect((await call({})).status).toBe(200);
    await apply('patient-list.yaml');
    for (const more of [{}, { _claim_names: undefined, hasgroups: true }]) {
      const answer = await call(more);
      expect(answer.status).toBe(403);
      expect(answer.body.issue[0].details.text).toContain('groups-unknown');
      expect(answer.body.issue[0].diagnostics).toContain('groups assigned to the application');
    }
    expect((await call({ groups: ['others'] })).status).toBe(200);
    await remove('study-list');
  });
});

describe('a mask', () => {
  const token = () => server.token('system/*.cruds', { sub: 'masked', client_id: 'masked' });
  beforeAll(async () => {
    await admin.call('PUT', 'policies/no-contacts', {
      description: 'No contacts',
      assignedTo: { clients: ['masked'] },
      rules: [{ mask: ['Patient.telecom', 'Patient.contact.telecom', 'Location.partOf'] }],
    });
  });

  it('makes another representation with an ETag of its own', async () => {
    const whole = await server.call('GET', 'Patient/p1', { token: admin.token });
    const part = await server.call('GET', 'Patient/p1', { token: token() });
    expect(whole.headers['etag']).toBe('W/"1"');
    expect(part.headers['etag']).toMatch(/^W\/"1\.m[0-9a-f]{8}"$/);
    const ifNoneMatch = async (tag: string) =>
      (await server.call('GET', 'Patient/p1', { token: token(), headers: { 'if-none-match': tag } })).status;
    expect(await ifNoneMatch(whole.headers['etag']!)).toBe(200);
    expect(await ifNoneMatch(part.headers['etag']!)).toBe(304);
  });

  it.each([
    'Patient?phone=secret-p1',
    'Patient?telecom:missing=true',
    'Patient?_sort=phone',
    'Patient?_content=secret',
    'Patient?_text=secret',
    'Patient?_filter=phone eq "x"',
    'Observation?subject:Patient.phone=x',
    'Observation?patient.telecom:not=x',
    'Patient?_has:Patient:link:phone=x',
    'Procedure?location:below=Location/l1',
    'Location?partof:above=l1',
  ])('refuses %s, with its reason', async (address) => {
    const { status, text } = await server.call('GET', encodeURI(address), { token: token() });
    expect(status, text).toBe(403);
    expect(text).toContain('"element-masked"');
    expect(text).toContain('no-contacts');
  });

  it('leaves other criteria alone', async () => {
    const { body } = await server.call('GET', 'Patient?family=Aal&_sort=birthdate', { token: token() });
    expect(idsIn(body)).toEqual(['p1', 'p2']);
  });

  it('lets nothing be put back that was seen in part', async () => {
    const { body } = await server.call('GET', 'Patient/p1', { token: token() });
    const put = await server.call('PUT', 'Patient/p1', { token: token(), body });
    expect(put.status).toBe(403);
    expect(put.text).toContain('what you send would replace what you cannot see');
    // Before anything is looked up.
    const unknown = { token: token(), body: { ...aPatient(), id: 'unknown' } };
    expect((await server.call('PUT', 'Patient/unknown', unknown)).status).toBe(403);
    const patch = await server.call('PATCH', 'Patient/p1', {
      token: token(),
      body: [{ op: 'test', path: '/telecom/0/value', value: 'secret-p1' }],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(patch.status).toBe(403);
    const sent = aBundle('transaction', { request: { method: 'PUT', url: 'Patient?phone=x' }, resource: aPatient() });
    expect((await server.call('POST', '', { token: token(), body: sent })).status).toBe(403);
    const conditional = await server.call('POST', 'Patient', {
      token: token(),
      body: aPatient(),
      headers: { 'if-none-exist': 'phone=secret-p1' },
    });
    expect(conditional.status).toBe(403);
  });

  it('shows what was created without what is masked', async () => {
    const body = { ...aPatient(), telecom: [{ system: 'phone', value: '7' }] };
    const made = await server.call('POST', 'Patient', { token: token(), body });
    expect(made.status, made.text).toBe(201);
    expect(made.body.telecom).toBeUndefined();
    const headers = { 'if-match': `W/"1.m${'0'.repeat(8)}"` };
    const id = made.body.id as string;
    expect((await server.call('DELETE', `Patient/${id}`, { token: token(), headers })).status).toBe(204);
  });
});

describe('a policy', () => {
  const policy = {
    description: 'Final results only',
    assignedTo: { users: ['dr-jane'] },
    rules: [{ types: ['Observation'], constrain: 'status=final' }],
  };

  it('is versioned: who changed it, when, and what it said', async () => {
    const first = await admin.call('PUT', 'policies/final', policy);
    expect(first.body).toMatchObject({ name: 'final', version: 1, changedBy: 'admin', ...policy });
    const same = await admin.call('PUT', 'policies/final', policy);
    expect(same.body.version).toBe(1);
    await admin.call('PUT', 'policies/final', { ...policy, description: 'Other words' });
    await remove('final');
    expect((await admin.call('GET', 'policies/final')).status).toBe(404);
    const { body } = await admin.call('GET', 'policies/final/history');
    expect(body.versions.map((one: { version: number }) => one.version)).toEqual([3, 2, 1]);
    expect(body.versions[0]).toMatchObject({ removed: true, changedBy: 'admin' });
    expect(body.versions[2].content).toEqual({ name: 'final', ...policy });
  });

  it.each([
    [{ rules: [{ types: ['Patients'], constrain: 'x=1' }] }, ['Did you mean Patient?']],
    [{ rules: [{ types: ['Patient'], constrain: 'familie=a' }] }, ['Did you mean family?']],
    [{ rules: [{ types: ['Patient'], constrain: 'organization.nam=a' }] }, ['Did you mean name?']],
    [{ rules: [{ types: ['Patient'], constrain: '_count=1' }] }, ['_count']],
    [{ rules: [{ types: ['Patient'], constrain: '_text=a' }] }, ['_text']],
    [{ rules: [{ types: ['Patient'], constrain: 'birthdate=soon' }] }, ['birthdate']],
    [{ rules: [{ types: ['Patient'], constrain: 'name={{me}}' }] }, ['{{me}} is no placeholder']],
    [{ rules: [{ types: ['Patient'], constrain: '{{user.x}}=a' }] }, ['stands in a value']],
    [{ rules: [{ mask: ['Patient.phone', 'Patient.id'] }] }, ['is no element of Patient', 'Patient.id cannot']],
    [{ rules: [{ types: ['Patient'] }] }, ['exactly one of constrain, deny and mask']],
    [{ assignedTo: {} }, ['names nobody']],
    [{ surprise: 1 }, ['\\"surprise\\" is not known']],
  ])('that is wrong is refused with every reason: %j', async (change, facts) => {
    const { status, text } = await admin.call('PUT', 'policies/wrong', { ...policy, ...change });
    expect(status, text).toBe(400);
    for (const fact of facts) expect(text).toContain(fact);
  });

  it('that became wrong later refuses, and is not skipped', async () => {
    const policies = server.app.get(AccessPolicies);
    const broken = { ...policy, name: 'broken', rules: [{ types: ['Observation'], constrain: 'gone=1' }] };
    await policies.put(broken, 'somebody');
    const { status, text } = await server.call('GET', 'Observation', { token: doctor });
    expect(status).toBe(403);
    expect(text).toContain('it cannot be understood');
    await remove('broken');
  });

  it('is edited by administrators in person only', async () => {
    const reader = await logIn(server, 'dr-jane', 'password of jane', 'user/*.rs');
    const machine = server.token('system/*.cruds', { sub: 'a', client_id: 'a' });
    const asked = [reader, machine, ''].map((token) => admin.call('PUT', 'policies/final', policy, token));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([403, 403, 401]);
  });

  it('reaches another server on the same database within five seconds', async () => {
    const other = await startServer({}, [], { ...server.database, drop: async () => undefined });
    try {
      await admin.call('PUT', 'policies/none', { ...policy, rules: [{ types: ['Observation'], deny: 'Nobody.' }] });
      const ask = async () => (await other.call('GET', 'Observation', { token: doctor })).status;
      expect(await withinFiveSeconds(ask, (status) => status !== 200)).toBe(403);
      await remove('none');
      expect(await withinFiveSeconds(ask, (status) => status !== 403)).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('whose value holds what separates values stays one value', async () => {
    const rules = [{ types: ['Patient'], constrain: 'family={{user.family}}' }];
    await admin.call('PUT', 'policies/family', { ...policy, assignedTo: { clients: ['family-app'] }, rules });
    for (const family of ['x,Aal', 'Aal&_id=p1', 'x|Aal', 'Aal%2C', '\\,Aal']) {
      const token = server.token('user/*.rs', { client_id: 'family-app', family });
      const { status, body } = await server.call('GET', 'Patient', { token });
      expect([family, status, idsIn(body)]).toEqual([family, 200, []]);
    }
    const token = server.token('user/*.rs', { client_id: 'family-app', family: 'Aal' });
    expect(idsIn((await server.call('GET', 'Patient', { token })).body)).toEqual(['p1', 'p2']);
    await remove('family');
  });
});

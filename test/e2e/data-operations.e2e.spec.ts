// Operations on data (docs/adr/0081)
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SearchOverview } from '../../src/fhir/storage/searching/search-overview.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { adminApi } from '../support/admin-api.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

const loinc = 'http://loinc.org';
const coding = (...codes: readonly string[]) => ({
  coding: codes.map((code) => ({ system: code.startsWith('x') ? 'urn:local' : loinc, code })),
});

beforeAll(async () => {
  server = await startServer();
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const of = (id: string, subject: string, codes: readonly string[], day: string) => ({
    ...anObservation(subject, { code: coding(...codes), effectiveDateTime: `2024-01-${day}` }),
    id,
  });
  const resources = [
    ...['p1', 'p2'].map((id) => ({ ...aPatient({ gender: 'male' }), id })),
    of('pulse-1', 'Patient/p1', ['8867-4'], '01'),
    of('pulse-3', 'Patient/p1', ['8867-4', 'x-pulse'], '03'),
    of('pulse-2', 'Patient/p1', ['x-pulse'], '02'),
    of('weight-1', 'Patient/p1', ['29463-7'], '01'),
    of('weight-2', 'Patient/p1', ['29463-7'], '05'),
    { ...of('told', 'Patient/p1', [], '04'), code: { text: 'Mood' } },
    of('other', 'Patient/p2', ['8867-4'], '09'),
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

const get = (path: string, token = machine) => server.call('GET', path, { token });
const idsOf = async (path: string, token = machine): Promise<readonly string[]> => {
  const { status, body, text } = await get(path, token);
  expect([status, body.type], text).toEqual([200, 'searchset']);
  const found = (body.entry ?? []) as readonly { resource: { id: string }; search: { mode: string } }[];
  return found.filter(({ search }) => search.mode === 'match').map(({ resource }) => resource.id);
};

describe('Observation/$lastn', () => {
  it.each([
    ['patient=p1', ['weight-2', 'told', 'pulse-3']],
    ['patient=p1&max=2', ['weight-2', 'weight-1', 'told', 'pulse-3', 'pulse-2']],
    ['subject=Patient/p1&max=9&code=http://loinc.org|8867-4', ['pulse-3', 'pulse-1']],
    // What joins the two codes of the pulse is later.
    ['patient=Patient/p1&category=laboratory&date=le2024-01-02', ['pulse-2', 'weight-1', 'pulse-1']],
    ['patient=nobody', []],
  ])('%s', async (query, expected) => {
    expect(await idsOf(`Observation/$lastn?${query}`)).toEqual(expected);
  });

  it('is within the reach of a search and of a read', async () => {
    const own = server.token('patient/Observation.rs', { patient: 'p1' });
    expect(await idsOf('Observation/$lastn?patient=p1', own)).toEqual(['weight-2', 'told', 'pulse-3']);
    expect(reasonsOf(await get('Observation/$lastn?patient=p2', own))).toEqual(['patient-context-mismatch']);
    const less = server.token('patient/Observation.s patient/Observation.r?_id=pulse-3', { patient: 'p1' });
    expect(await idsOf('Observation/$lastn?patient=p1', less)).toEqual(['pulse-3']);
  });

  it('says what it needs', async () => {
    expectOutcome(await get('Observation/$lastn'), 400, /patient=<id>/);
    expectOutcome(await get('Observation/$lastn?patient=p1&max=0'), 400, /max/);
    expectOutcome(await get('Observation/$lastn?patient=p1&codes=x'), 400, /Did you mean code\?/);
    expectOutcome(await get('Observation/$lastn?patient=p1&date=soon'), 400, /date/);
    const wrong = await get('Observation/$lastn?patient=p1', server.token('user/Patient.rs'));
    expect([wrong.status, reasonsOf(wrong)]).toEqual([403, ['scope-insufficient', 'scope-insufficient']]);
  });

  it('tells nothing of codes that are masked', async () => {
    const admin = await adminApi(server);
    const policy = {
      description: 'No codes',
      assignedTo: { clients: ['blind'] },
      rules: [{ mask: ['Observation.code'] }],
    };
    await admin.call('PUT', 'policies/no-codes', policy);
    const token = server.token('system/*.rs', { sub: 'blind', client_id: 'blind' });
    const refused = await get('Observation/$lastn?patient=p1', token);
    expect(refused.status).toBe(403);
    expect(reasonsOf(refused)).toEqual(['element-masked']);
  });
});

describe('$get-resource-counts', () => {
  const counts = async (query = '', token = machine): Promise<JsonObject> => {
    const { body, status, text } = await get(`$get-resource-counts${query}`, token);
    expect([status, body.resourceType], text).toEqual([200, 'Parameters']);
    const list = (body.parameter ?? []) as readonly { name: string; valueInteger: number }[];
    return Object.fromEntries(list.map(({ name, valueInteger }) => [name, valueInteger]));
  };

  it('counts what the token can find', async () => {
    expect(await counts()).toEqual({ Observation: 7, Patient: 2 });
    expect(await counts('?accurate=true&_type=Patient,Group')).toEqual({ Patient: 2 });
    expect(await counts('', server.token('patient/*.rs', { patient: 'p2' }))).toEqual({ Observation: 1, Patient: 1 });
    expect(await counts('', server.token('user/Patient.rs'))).toEqual({ Patient: 2 });
  });

  it('says what is wrong', async () => {
    expectOutcome(await get('$get-resource-counts?_type=Patients'), 400, /Did you mean Patient\?/);
    const wrong = await get('$get-resource-counts?_type=Group', server.token('user/Patient.rs'));
    expect([wrong.status, reasonsOf(wrong)]).toEqual([403, ['scope-insufficient']]);
    expect((await get('$get-resource-counts', server.token('openid'))).status).toBe(403);
  });
});

describe('$diff', () => {
  interface Operation {
    readonly part: readonly { readonly valueCode?: string; readonly valueString?: string }[];
  }
  const paths = async (path: string, token = machine): Promise<readonly string[]> => {
    const { body, status, text } = await get(path, token);
    expect([status, body.resourceType], text).toEqual([200, 'Parameters']);
    const operations = (body.parameter ?? []) as readonly Operation[];
    return operations.map(({ part }) => `${part[0]!.valueCode} ${part[1]!.valueString}`);
  };
  const patient = (id: string, more: JsonObject) => ({ ...aPatient({ gender: 'female', ...more }), id });

  it('of versions is the patch that leads from one to the other', async () => {
    for (const more of [{}, { active: true }, { active: true, birthDate: '2000-01-01' }])
      await server.call('PUT', 'Patient/changed', { token: machine, body: patient('changed', more) });
    expect(await paths('Patient/changed/$diff')).toEqual(['add Patient']);
    expect(await paths('Patient/changed/$diff?fromVersion=3&toVersion=1')).toEqual([
      'delete Patient.active',
      'delete Patient.birthDate',
    ]);
    expect(await paths('Patient/changed/$diff?fromVersion=3')).toEqual([]);
    expect((await paths('Patient/changed/$diff?includeMeta=true')).length).toBeGreaterThan(1);
    const { body: back } = await get('Patient/changed/$diff?fromVersion=3&toVersion=1');
    const patched = await server.call('PATCH', 'Patient/changed', { token: machine, body: back });
    expect([patched.status, patched.body.birthDate, patched.body.active]).toEqual([200, undefined, undefined]);
  });

  it('of two resources leaves their ids out', async () => {
    await server.call('PUT', 'Patient/one', { token: machine, body: patient('one', { active: true }) });
    const expected = ['replace Patient.gender', 'add Patient'];
    for (const path of ['$diff', 'Patient/$diff'])
      expect((await paths(`${path}?from=Patient/p1&to=Patient/one`)).toSorted()).toEqual(expected.toSorted());
    expect(await paths('$diff?from=Patient/p1/_history/1&to=Patient/p1')).toEqual([]);
  });

  it('does not tell what is masked or out of reach', async () => {
    const admin = await adminApi(server);
    const policy = { description: 'No sex', assignedTo: { clients: ['half'] }, rules: [{ mask: ['Patient.gender'] }] };
    await admin.call('PUT', 'policies/no-sex', policy);
    const token = server.token('system/*.r', { sub: 'half', client_id: 'half' });
    expect(await paths('$diff?from=Patient/p1&to=Patient/one', token)).toEqual(['add Patient']);
    const own = server.token('patient/Patient.r', { patient: 'p1' });
    expectOutcome(await get('$diff?from=Patient/p1&to=Patient/one', own), 404, /Patient\/one was not found/);
    expect((await get('$diff?from=Patient/p1&to=Observation/told', own)).status).toBe(400);
    expect((await get('$diff?from=Observation/told&to=Observation/told', own)).status).toBe(403);
  });

  it.each([
    ['Patient/p1/$diff', 400, /Version 1 of Patient\/p1 is its first/],
    ['Patient/p1/$diff?fromVersion=0', 404, /Patient\/p1\/_history\/0 was not found/],
    ['Patient/p1/$diff?fromVersion=7', 404, /Patient\/p1\/_history\/7 was not found/],
    ['Patient/nobody/$diff', 404, /Patient\/nobody was not found/],
    ['Patient/p1/$diff?from=Patient/p2', 400, /fromVersion and toVersion/],
    ['$diff?from=Patient/p1', 400, /needs from and to/],
    ['$diff?from=Patient/p1&to=Observation/told', 400, /Observation\/told is no Patient/],
    ['Observation/$diff?from=Patient/p1&to=Patient/p2', 400, /is no Observation/],
    ['$diff?from=Person1&to=Patient/p2', 400, /from=Person1 names no resource/],
    ['$diff?from=Foo/1&to=Foo/2', 400, /from=Foo\/1 names no resource/],
    ['$diff?fromVersion=1', 400, /are of one resource/],
  ])('%s is refused with the reason', async (path, status, words) => {
    expectOutcome(await get(path), status, words);
  });
});

describe('Patient/$match', () => {
  const anna = {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:mrn', value: '1' }],
    name: [{ family: 'Doe', given: ['Anna'] }],
    birthDate: '1980-01-02',
  };
  beforeAll(async () => {
    const others = [
      { ...anna, id: 'anna' },
      {
        ...anna,
        id: 'twin',
        identifier: [{ system: 'urn:mrn', value: '2' }],
        name: [{ family: 'Doe', given: ['Berta'] }],
      },
      { ...aPatient({ name: [{ family: 'Other', given: ['Carl'] }], birthDate: '1980-01-02' }), id: 'far' },
    ];
    await server.call('POST', '', { token: machine, body: aBundle('transaction', ...others.map(putting)) });
  });
  const match = (body: object, token = machine) => server.call('POST', 'Patient/$match', { token, body });
  const withOptions = (more: object) => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: anna }, more],
  });
  interface Match {
    readonly resource: { readonly id: string };
    readonly search: { readonly score: number; readonly extension: readonly { readonly valueCode?: string }[] };
  }
  const graded = (entries: readonly Match[] = []) =>
    entries.map(({ resource, search }) => `${resource.id} ${search.extension[0]!.valueCode} ${search.score}`);

  it('grades the patients within reach, and says why', async () => {
    const { body } = await match(anna);
    expect(graded(body.entry)).toEqual(['anna certain 1', 'twin possible 0.75']);
    const [, evidence] = body.entry[1].search.extension;
    expect(evidence.extension).toEqual([
      { url: 'agrees', valueString: 'family name' },
      { url: 'agrees', valueString: 'birth date' },
      { url: 'differs', valueString: 'given name' },
    ]);
    expect(graded((await match(withOptions({ name: 'onlyCertainMatches', valueBoolean: true }))).body.entry)).toEqual([
      'anna certain 1',
    ]);
    expect(graded((await match(withOptions({ name: 'count', valuePositiveInt: 1 }))).body.entry)).toEqual([
      'anna certain 1',
    ]);
    const own = server.token('patient/Patient.rs', { patient: 'twin' });
    expect(graded((await match(anna, own)).body.entry)).toEqual(['twin possible 0.75']);
    const less = server.token('user/Patient.s user/Patient.r?_id=twin');
    expect(graded((await match(anna, less)).body.entry)).toEqual(['twin possible 0.75']);
  });

  it('says what it needs', async () => {
    expectOutcome(await match({ resourceType: 'Patient', gender: 'female' }), 400, /too little to be found/);
    expectOutcome(await match({ resourceType: 'Group', type: 'person', actual: true }), 400, /Patient/);
    const wrong = await match(anna, server.token('user/Observation.rs'));
    expect([wrong.status, reasonsOf(wrong)]).toEqual([403, ['scope-insufficient', 'scope-insufficient']]);
  });

  it('is no way to find out what is masked', async () => {
    const admin = await adminApi(server);
    const policy = {
      description: 'No births',
      assignedTo: { clients: ['no-births'] },
      rules: [{ mask: ['Patient.birthDate'] }],
    };
    await admin.call('PUT', 'policies/no-births', policy);
    const token = server.token('system/*.rs', { sub: 'no-births', client_id: 'no-births' });
    const refused = await match(anna, token);
    expect([refused.status, reasonsOf(refused)[0]]).toEqual([403, 'element-masked']);
  });
});

// Last: others count what is stored.
describe('the memory of $lastn', () => {
  it('has no more of the same codes than may be answered', async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      ...anObservation('Patient/p3', {
        code: coding(`c${i % 3}`),
        effectiveDateTime: new Date(i * 86_400_000).toISOString(),
      }),
      id: `many-${i}`,
    }));
    await server.store({ ...aPatient(), id: 'p3' }, ...many);
    const found = vi.spyOn(SearchOverview.prototype, 'firstOfEach');
    expect(await idsOf('Observation/$lastn?patient=p3&max=2')).toEqual(
      [299, 296, 298, 295, 297, 294].map((i) => `many-${i}`),
    );
    const kept = await (found.mock.results[0]!.value as ReturnType<SearchOverview['firstOfEach']>);
    expect([kept.length, kept[0]?.seen]).toEqual([6, 300]);
    found.mockRestore();
  });
});

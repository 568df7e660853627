// https://hl7.org/fhir/uv/bulkdata/export.html (docs/adr/0078)
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessRules } from '../../src/scope/access-rules.js';
import { abstain, constrain, mask } from '../../src/scope/policies/policy.js';
import { placeOf, untilEnded } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { adminPassword, type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;
const base = '/fhir/r4/';
const later = { prefer: 'respond-async', accept: 'application/fhir+json' };

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent', EXPORT_FILE_SIZE: '4kb' });
  machine = machineToken('system/*.cruds');
  const member = (reference: string, more: object = {}) => ({ entity: { reference }, ...more });
  const group = (id: string, ...members: object[]) => ({
    resourceType: 'Group',
    id,
    type: 'person',
    actual: true,
    member: members,
  });
  const resources = [
    ...['p1', 'p2', 'p3', 'p4'].map((id) => ({ ...aPatient(), id })),
    { ...anObservation('Patient/p1', { status: 'final' }), id: 'o1' },
    { ...anObservation('Patient/p2', { status: 'amended' }), id: 'o2' },
    { ...anObservation('Patient/p3', { status: 'final' }), id: 'o3' },
    { ...anObservation('Patient/p4', { status: 'final' }), id: 'o4' },
    { resourceType: 'Practitioner', id: 'd1', name: [{ family: 'Doctor' }] },
    group('inner', member('Patient/p2'), member('Group/outer')),
    group('outer', member('Patient/p1'), member('Group/inner'), member('Patient/p3', { inactive: true }), {
      ...member('Patient/p4'),
      period: { end: '2001-01-01' },
    }),
    group('others', member('Patient/p1'), member('Patient/p4')),
    {
      resourceType: 'Provenance',
      id: 'v1',
      target: [{ reference: 'Observation/o1' }],
      recorded: '2020-01-01T00:00:00Z',
      agent: [{ who: { reference: 'Practitioner/d1' } }],
    },
    {
      resourceType: 'Provenance',
      id: 'v4',
      target: [{ reference: 'Observation/o4' }],
      recorded: '2020-01-01T00:00:00Z',
      agent: [{ who: { reference: 'Practitioner/d1' } }],
    },
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

const machineToken = (scope: string, id = 'robot') => server.token(scope, { sub: id, client_id: id });

const kickOff = (
  path: string,
  { token = machine, body, headers = {} }: { token?: string; body?: object; headers?: Record<string, string> } = {},
) => server.call(body ? 'POST' : 'GET', path, { token, headers: { ...later, ...headers }, ...(body && { body }) });

const ended = (place: string, token: string): Promise<Answer> =>
  untilEnded(() => server.call('GET', place, { token, headers: { accept: 'application/json' } }));

/** A resource of a file, as far as it is looked at. */
interface Line {
  readonly resourceType: string;
  readonly id: string;
  readonly issue: readonly { readonly diagnostics: string }[];
}

interface Entry {
  readonly type: string;
  readonly url: string;
  readonly count: number;
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

async function exported(path: string, options: Parameters<typeof kickOff>[1] = {}) {
  const { token = machine } = options;
  const begun = await kickOff(path, options);
  expect([begun.status, begun.text]).toEqual([202, expect.any(String)]);
  const place = placeOf(begun.headers['content-location']!);
  const answer = await ended(place, token);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  const manifest = answer.body;
  const read = async (files: readonly Entry[]) => {
    const found: Line[] = [];
    for (const { url, type, count } of files) {
      const file = await server.call('GET', placeOf(url), { token, headers: { accept: 'application/fhir+ndjson' } });
      expect([file.status, file.headers['content-type']]).toEqual([200, 'application/fhir+ndjson']);
      const lines = linesOf(file.text);
      expect(lines.map(({ resourceType }) => resourceType)).toEqual(lines.map(() => type));
      expect(lines).toHaveLength(count);
      found.push(...lines);
    }
    return found;
  };
  const output = await read(manifest.output);
  const ids = output.map(({ resourceType, id }) => `${resourceType}/${id}`).toSorted();
  return { answer, place, manifest, output, ids, error: await read(manifest.error), read };
}

describe('an export of all', () => {
  it('is 202, then a manifest with files of each type, of which each resource is as it is read', async () => {
    const { answer, manifest, output, ids } = await exported('$export');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(Date.parse(answer.headers['expires']!)).toBeGreaterThan(Date.now());
    expect(manifest).toMatchObject({
      requiresAccessToken: true,
      request: expect.stringMatching(/\/fhir\/r4\/\$export$/),
      deleted: [],
      error: [],
    });
    expect(Date.parse(manifest.transactionTime)).toBeLessThan(Date.now());
    expect(ids).toEqual(
      expect.arrayContaining(['Patient/p1', 'Observation/o4', 'Practitioner/d1', 'Group/outer', 'Provenance/v1']),
    );
    expect(ids.some((id) => id.startsWith('AuditEvent/'))).toBe(false);
    const one = output.find(({ id }) => id === 'o1');
    expect(one).toEqual((await server.call('GET', 'Observation/o1', { token: machine })).body);
  });

  it('is 429 for who asks too soon while it goes on, and not when it is done', async () => {
    const { headers } = await kickOff('$export?_type=Patient');
    const place = placeOf(headers['content-location']!);
    const ask = () => server.call('GET', place, { token: machine });
    const [first, second] = [await ask(), await ask()];
    expect(first.status).toBe(202);
    expect([second.status, second.headers['retry-after'], second.body.issue[0].code]).toEqual([429, '2', 'throttled']);
    await ended(place, machine);
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  });

  it('needs respond-async, and names the header', async () => {
    expectOutcome(await server.call('GET', '$export', { token: machine }), 400, /Prefer: respond-async/);
    expect((await server.call('GET', '$export', { headers: later })).status).toBe(401);
  });

  it('narrows by type, filter, elements and time', async () => {
    expect((await exported('$export?_type=Patient,Practitioner')).ids).toEqual([
      'Patient/p1',
      'Patient/p2',
      'Patient/p3',
      'Patient/p4',
      'Practitioner/d1',
    ]);
    const filter = encodeURIComponent(
      'Observation?status=amended,Observation?patient.identifier=nobody,Observation?_id=o4',
    );
    expect((await exported(`$export?_type=Observation&_typeFilter=${filter}`)).ids).toEqual([
      'Observation/o2',
      'Observation/o4',
    ]);
    const { output } = await exported('$export?_type=Patient,Practitioner&_elements=Patient.id');
    expect(Object.keys(output.find(({ id }) => id === 'p1')!).toSorted()).toEqual(['id', 'meta', 'resourceType']);
    expect(output.find(({ id }) => id === 'd1')).toMatchObject({ name: [{ family: 'Doctor' }] });
    const now = new Date().toISOString();
    expect((await exported(`$export?_type=Patient&_since=${now}`)).ids).toEqual([]);
    expect((await exported(`$export?_type=Patient&_until=2001-01-01T00:00:00Z`)).ids).toEqual([]);
  });

  it('tells what was deleted since', async () => {
    const since = new Date(Date.now() - 1).toISOString();
    await server.call('PUT', 'Basic/gone', {
      token: machine,
      body: { resourceType: 'Basic', id: 'gone', code: { text: 'x' } },
    });
    await server.call('DELETE', 'Basic/gone', { token: machine });
    const { manifest, read } = await exported(`$export?_type=Basic&_since=${since}`);
    expect(manifest.output).toEqual([]);
    const [bundle] = await read(manifest.deleted.map((one: Entry) => ({ ...one, type: 'Bundle' })));
    expect(bundle).toMatchObject({
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: 'Basic/gone' } }],
    });
  });

  it('brings Provenances of what it hands out', async () => {
    const query =
      '_type=Observation&_typeFilter=Observation%3F_id%3Do1&includeAssociatedData=RelevantProvenanceResources';
    expect((await exported(`$export?${query}`)).ids).toEqual(['Observation/o1', 'Provenance/v1']);
  });

  it('begins another file where one is large, and holds each resource once', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      resourceType: 'Basic',
      id: `b${i}`,
      code: { text: 'x'.repeat(300_000) },
    }));
    for (const one of many) await server.call('PUT', `Basic/${one.id}`, { token: machine, body: one });
    const { manifest, ids } = await exported('$export?_type=Basic');
    expect(manifest.output.length).toBeGreaterThan(1);
    expect(ids).toEqual(many.map(({ id }) => `Basic/${id}`).toSorted());
  });

  it('takes Parameters by POST', async () => {
    const parameter = [
      { name: '_type', valueString: 'Patient' },
      { name: '_typeFilter', valueString: 'Patient?_id=p2' },
      { name: '_outputFormat', valueString: 'ndjson' },
    ];
    expect((await exported('$export', { body: { resourceType: 'Parameters', parameter } })).ids).toEqual([
      'Patient/p2',
    ]);
  });
});

describe('an export of records', () => {
  it('has what lies in records of patients', async () => {
    const { ids } = await exported('Patient/$export');
    expect(ids).toEqual([
      ...['o1', 'o2', 'o3', 'o4'].map((id) => `Observation/${id}`),
      ...['p1', 'p2', 'p3', 'p4'].map((id) => `Patient/${id}`),
      'Provenance/v1',
      'Provenance/v4',
    ]);
  });

  it('has the active members of a Group and of Groups within it, and no other Group', async () => {
    const { ids } = await exported('Group/outer/$export');
    const inRecords = ['Observation/o1', 'Observation/o2', 'Patient/p1', 'Patient/p2', 'Provenance/v1'];
    expect(ids).toEqual(['Group/outer', ...inRecords]);
    const filter = '_type=Observation&_typeFilter=Observation%3Fstatus%3Dfinal';
    expect((await exported(`Group/outer/$export?${filter}`)).ids).toEqual(['Observation/o1']);
  });

  const diagnosticsOf = ({ issue }: Line) => issue[0]!.diagnostics;
  const naming = (...ids: readonly string[]) => ({
    resourceType: 'Parameters',
    parameter: ids.map((id) => ({ name: 'patient', valueReference: { reference: `Patient/${id}` } })),
  });

  it('takes patients, and tells who is no member', async () => {
    const { parameter, ...others } = naming('p1', 'p4');
    const body = { ...others, parameter: [...parameter, { name: '_type', valueString: 'Patient' }] };
    const { ids, error, manifest } = await exported('Group/outer/$export', { body });
    expect(ids).toEqual(['Patient/p1']);
    expect(error.map(diagnosticsOf)).toEqual([expect.stringContaining('Patient/p4')]);
    expect(manifest.outcome).toEqual(manifest.error);
    expect((await exported('Patient/$export', { body })).ids).toEqual(['Patient/p1', 'Patient/p4']);
  });

  it('tells which patients are not there, in the words for those out of reach', async () => {
    const token = machineToken('system/Patient.rs?_id=p1 system/Observation.rs');
    const { ids, error } = await exported('Patient/$export', { token, body: naming('p1', 'p4', 'nobody') });
    expect(ids).toEqual(['Observation/o1', 'Observation/o4', 'Patient/p1']);
    expect(error.map(diagnosticsOf)).toEqual(['Patient/p4 was not found.', 'Patient/nobody was not found.']);
  });

  it('tells of no patient who may not read Patients', async () => {
    const token = machineToken('system/Group.rs system/Observation.rs');
    const found = await exported('Group/outer/$export', { token, body: naming('p1') });
    expect(found).toMatchObject({ ids: ['Group/outer', 'Observation/o1'], error: [] });
  });

  it('of an unknown Group is 404, and other places are none', async () => {
    expectOutcome(await kickOff('Group/none/$export'), 404);
    expectOutcome(await kickOff('Group/$export'), 404);
    expectOutcome(await kickOff('Patient/p1/$export'), 404);
  });
});

describe('who may export', () => {
  it('is a machine, and others are told why not', async () => {
    for (const token of [server.token('user/*.cruds'), server.token('patient/*.rs', { patient: 'p1' })])
      expectOutcome(await kickOff('$export', { token }), 403, /for machines/);
    expectOutcome(await kickOff('$export', { token: machineToken('system/Patient.s') }), 403);
    expectOutcome(
      await kickOff('$export?_type=Observation', { token: machineToken('system/Patient.rs') }),
      403,
      /Observation/,
    );
  });

  it('gets the types and rows within reach', async () => {
    const token = machineToken('system/Patient.rs system/Observation.rs?status=final');
    expect((await exported('$export', { token })).ids).toEqual([
      'Observation/o1',
      'Observation/o3',
      'Observation/o4',
      ...['p1', 'p2', 'p3', 'p4'].map((id) => `Patient/${id}`),
    ]);
    for (const scopes of ['s system/Observation.r?status=amended', 'r system/Observation.s?status=amended']) {
      const limited = machineToken(`system/Observation.${scopes}`);
      expect((await exported('$export', { token: limited })).ids).toEqual(['Observation/o2']);
    }
  });

  it('is alone in knowing of it', async () => {
    const { place, manifest } = await exported('$export?_type=Patient');
    const file = placeOf(manifest.output[0].url);
    for (const token of [
      machineToken('system/*.cruds', 'other'),
      machineToken('system/Patient.rs'),
      server.token('user/*.cruds'),
    ]) {
      for (const address of [place, file]) expectOutcome(await server.call('GET', address, { token }), 404);
      expectOutcome(await server.call('DELETE', place, { token }), 404);
    }
    expect((await server.call('GET', file)).status).toBe(401);
  });
});

describe('who exported, and whose access changes', () => {
  it('gets no file of what they may read no more in this way', async () => {
    const token = machineToken('system/Patient.rs system/Practitioner.rs', 'changing');
    const { manifest } = await exported('$export?_type=Patient,Practitioner', { token });
    server.app.get(AccessRules).addPolicies({
      name: 'later',
      decide: ({ principal: { clientId }, type }) =>
        clientId === 'changing' && type === 'Patient' ? constrain('Patient?_id=p1', 'so it is now') : abstain(),
    });
    const [patients, practitioners] = manifest.output as readonly Entry[];
    expectOutcome(await server.call('GET', placeOf(patients!.url), { token }), 403, /new export/);
    expect((await server.call('GET', placeOf(practitioners!.url), { token })).status).toBe(200);
    expect((await exported('$export?_type=Patient', { token })).ids).toEqual(['Patient/p1']);
  });
});

describe('administrators of jobs', () => {
  it('see all of them without what is in them, and cancel any', async () => {
    const { place, manifest } = await exported('$export?_type=Patient');
    const id = new URLSearchParams(place.slice(place.indexOf('?'))).get('job')!;
    const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
    const { access_token: token } = (await server.call('POST', 'login', { headers: { authorization } })).body;
    const listed = async () =>
      (await server.call('GET', '/admin/jobs', { token })).body.jobs as readonly { readonly id: string }[];
    const found = (await listed()).find((job) => job.id === id);
    expect(found).toMatchObject({
      operation: '$export',
      requester: 'client robot',
      state: 'done',
      status: 200,
      resources: 4,
      totalResources: 4,
    });
    expect(JSON.stringify(found)).not.toContain('_type');
    for (const method of ['GET', 'DELETE']) {
      const path = method === 'GET' ? '/admin/jobs' : `/admin/jobs/${id}`;
      expect((await server.call(method, path, { token: machine })).status).toBe(403);
    }
    expect((await server.call('DELETE', `/admin/jobs/${id}`, { token })).status).toBe(204);
    expect((await server.call('DELETE', `/admin/jobs/${id}`, { token })).status).toBe(404);
    expectOutcome(await server.call('GET', placeOf(manifest.output[0].url), { token: machine }), 404);
    expect((await listed()).some((job) => job.id === id)).toBe(false);
  });
});

describe('a file', () => {
  it('comes in ranges, and compressed', async () => {
    const { manifest } = await exported('$export?_type=Patient');
    const file = placeOf(manifest.output[0].url);
    const whole = (await server.call('GET', file, { token: machine })).text;
    const part = await server.call('GET', file, { token: machine, headers: { range: 'bytes=5-14' } });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([
      206,
      whole.slice(5, 15),
      `bytes 5-14/${whole.length}`,
    ]);
    expectOutcome(
      await server.call('GET', file, { token: machine, headers: { range: `bytes=${whole.length}-` } }),
      416,
    );
    const answer = await server.app.inject({
      url: `${base}${file}`,
      headers: { authorization: `Bearer ${machine}`, 'accept-encoding': 'gzip' },
    });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.rawPayload).toString()).toBe(whole);
  });

  it('is gone with its export', async () => {
    const { place, manifest } = await exported('$export?_type=Patient');
    expectOutcome(await server.call('DELETE', place, { token: machine }), 202, /so are its files/);
    expectOutcome(await server.call('GET', place, { token: machine }), 404);
    expectOutcome(await server.call('GET', placeOf(manifest.output[0].url), { token: machine }), 404);
  });
});

describe('what is wrong', () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  it.each([
    ['$export?_typ=Patient', /Did you mean _type/],
    ['$export?_type=Patien', /Did you mean Patient/],
    ['Patient/$export?_type=Practitioner', /not in the records of patients/],
    [`$export?_since=${inAnHour}`, /in the future/],
    ['$export?_since=yesterday', /_since/],
    ['$export?_since=2020-01-02T00:00:00Z&_until=2020-01-01T00:00:00Z', /not after _since/],
    ['$export?_outputFormat=text/csv', /ndjson/],
    ['$export?_typeFilter=Observation', /such as Observation\?status=final/],
    ['$export?_typeFilter=Observation%3Fstatu=final', /status/],
    ['$export?_typeFilter=Observation%3F_sort=date', /shapes an answer/],
    ['$export?_type=Patient&_typeFilter=Observation%3Fstatus=final', /not among the types/],
    ['$export?_elements=nmae', /name/],
    ['$export?includeAssociatedData=All', /RelevantProvenanceResources/],
  ])('%s is 400', async (path, words) => {
    expectOutcome(await kickOff(path), 400, words);
  });

  it('is ignored for who is lenient, who is told in a file', async () => {
    const { ids, error } = await exported('$export?_type=Practitioner,Nothing&_typ=x', {
      headers: { prefer: 'respond-async, handling=lenient' },
    });
    expect(ids).toEqual(['Practitioner/d1']);
    expect(error.map(({ issue }) => issue[0]!.diagnostics)).toEqual([
      expect.stringContaining('_typ'),
      expect.stringContaining('Nothing'),
    ]);
  });
});

it('is claimed by /metadata, with the definitions of the guide', async () => {
  const { body } = await server.call('GET', 'metadata');
  expect(body.instantiates).toContain('http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data');
  const operationOf = (list: { name: string; definition: string }[]) =>
    list.find(({ name }) => name === 'export')?.definition;
  const [rest] = body.rest;
  const ofType = (type: string) =>
    operationOf(rest.resource.find((one: { type: string }) => one.type === type).operation);
  const definitions = [operationOf(rest.operation), ofType('Patient'), ofType('Group')];
  expect(definitions).toEqual(
    ['export', 'patient-export', 'group-export'].map(
      (name) => `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${name}`,
    ),
  );
});

it('is audited: who began it, and of whom each file is', async () => {
  const { ids } = await exported('Patient/$export?_type=Observation');
  expect(ids).toHaveLength(4);
  const token = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
  const { text } = await server.call('GET', 'AuditEvent?_count=200&_sort=-date', { token });
  expect(text).toContain('exported file');
  for (const id of ['p1', 'p4']) expect(text).toContain(`"Patient/${id}"`);
});

describe('a resource that an earlier release stored with line breaks', () => {
  it('is one line of its file', async () => {
    for (const id of ['broken', 'whole']) {
      const body = { resourceType: 'Basic', id, code: { text: 'x' }, created: '2020' };
      expect((await server.call('PUT', `Basic/${id}`, { token: machine, body })).status).toBe(201);
    }
    const client = new Client({ connectionString: server.database.url });
    await client.connect();
    const breaks = `UPDATE resource SET body = replace(body, ',"created"', E',\\r\\n  "created"') WHERE type = 'Basic' AND id = 'broken'`;
    expect((await client.query(breaks)).rowCount).toBe(1);
    await client.end();
    expect((await server.call('GET', 'Basic/broken', { token: machine })).text).toContain('\r\n');
    const { ids, output } = await exported('$export?_type=Basic');
    expect(ids).toEqual(expect.arrayContaining(['Basic/broken', 'Basic/whole']));
    expect(output.find(({ id }) => id === 'broken')).toMatchObject({ created: '2020' });
  });
});

describe('a caller from whom a policy masks elements', () => {
  it('is handed out none of them, in resources within others either', async () => {
    const body = {
      resourceType: 'Basic',
      id: 'holds',
      code: { text: 'x' },
      subject: { reference: '#inner' },
      contained: [{ resourceType: 'Patient', id: 'inner', gender: 'female' }],
    };
    expect((await server.call('PUT', 'Basic/holds', { token: machine, body })).status).toBe(201);
    server.app.get(AccessRules).addPolicies({
      name: 'no-gender',
      decide: ({ principal: { clientId }, type }) =>
        clientId === 'masked' && type === 'Patient' ? mask(['Patient.gender'], 'gender') : abstain(),
    });
    const whole = await exported('$export?_type=Patient,Basic');
    expect(JSON.stringify(whole.output)).toContain('"gender"');
    const { ids, output } = await exported('$export?_type=Patient,Basic', {
      token: machineToken('system/*.rs', 'masked'),
    });
    expect(ids).toEqual(whole.ids);
    expect(JSON.stringify(output)).not.toContain('"gender"');
  });
});

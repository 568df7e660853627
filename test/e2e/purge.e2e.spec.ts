// Erasing for good (docs/adr/0088)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { lanyard } from '../support/command-line.js';
import { placesOf } from '../support/places-of.js';
import { untilEnded } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, aProvenance, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const mark = 'MarkOfTheErased';
let server: TestServer;
let admin: string;
let machine: string;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent', OPERATION_CHANGES_MAX: '20' });
  admin = server.token('user/*.cruds admin/Data.d');
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
});
afterAll(() => server.close());

type Sent = readonly [body?: object, token?: string, headers?: Record<string, string>];
const send = (method: string, path: string, ...[body, token = admin, headers = {}]: Sent) =>
  server.call(method, path, { token, headers, ...(body && { body }) });
const preview = { resourceType: 'Parameters', parameter: [{ name: 'preview', valueBoolean: true }] };
const purge = (path: string, body?: object, token?: string, headers?: Record<string, string>) =>
  send('POST', `${path}/$purge`, body ?? { resourceType: 'Parameters' }, token, headers);
const store = async (...resources: object[]): Promise<void> => {
  const answer = await send('POST', '', aBundle('transaction', ...resources.map((one) => putting(one as never))));
  expect(answer.status, answer.text).toBe(200);
};
/** What a call says, by names of its parameters. */
function saidBy({ body }: Answer) {
  const parameters = body.parameter as { name: string; part: { valueCode: string; valueUnsignedInt: number }[] }[];
  const named = (name: string): unknown[] =>
    parameters
      .filter((one) => one.name === name)
      .map((one) => {
        const value = Object.entries(one).find(([key]) => key.startsWith('value'))![1] as { reference?: string };
        return value.reference ?? value;
      });
  const erased = parameters.filter(({ name }) => name === 'erased').map(({ part }) => part);
  const counts = Object.fromEntries(erased.map((part) => [part[0]!.valueCode, part[1]!.valueUnsignedInt]));
  return {
    counts,
    kept: named('kept'),
    referrers: named('referrer'),
    superseded: named('superseded'),
    jobs: named('jobs'),
  };
}

const marked = (id: string, more: object = {}) => ({ ...aPatient(), id, name: [{ family: mark }], ...more });
const noted = (id: string, patient: string, more: object = {}) => ({
  ...anObservation(`Patient/${patient}`),
  id,
  note: [{ text: mark }],
  ...more,
});
const document = (id: string, patient: string, binary: string) => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  description: mark,
  subject: { reference: `Patient/${patient}` },
  content: [{ attachment: { url: `Binary/${binary}` } }],
});
const binary = (id: string, more: object = {}) => ({
  resourceType: 'Binary',
  id,
  contentType: 'text/plain',
  data: Buffer.from(mark).toString('base64'),
  ...more,
});
const inRecord = (patient: string) => ({ reference: `Patient/${patient}` });

describe('a right of its own', () => {
  beforeAll(() => store(marked('r1')));

  it.each([
    ['a machine that may do everything', () => machine],
    ['a user who may do everything', () => server.token('user/*.cruds')],
    ['the patient', () => server.token('patient/*.cruds', { patient: 'r1' })],
    ['another administrator', () => server.token('user/*.cruds admin/User.cruds admin/Audit.rs')],
  ])('is missing for %s', async (_, token) => {
    for (const body of [undefined, preview]) {
      const answer = await purge('Patient/r1', body, token());
      expect(answer.status).toBe(403);
      expect(JSON.stringify(answer.body)).toContain('admin/Data.d');
    }
    expect((await send('GET', 'Patient/r1')).status).toBe(200);
  });

  it('is not enough without the right to delete every row of each type', async () => {
    await store(noted('r1-o', 'r1'));
    for (const scopes of [
      'admin/Data.d',
      'user/Patient.d admin/Data.d',
      'user/Patient.cruds user/Observation.rs admin/Data.d',
    ])
      expect((await purge('Patient/r1', preview, server.token(scopes))).status, scopes).toBe(403);
    expect((await purge('Patient/r1', preview, server.token('user/*.d admin/Data.d'))).status).toBe(200);
    const limited = server.token('user/Patient.d user/Observation.d?category=laboratory admin/Data.d');
    expect((await purge('Patient/r1', undefined, limited)).status).toBe(403);
    expect((await send('GET', 'Observation/r1-o')).status).toBe(200);
  });

  it('is not offered to GET, for unknown parameters, nor for definitions and the audit trail', async () => {
    expect((await send('GET', 'Patient/r1/$purge')).status).toBe(405);
    expectOutcome(
      await purge('Patient/r1', { resourceType: 'Parameters', parameter: [{ name: 'dry', valueBoolean: true }] }),
      400,
      /preview/,
    );
    expect((await purge('AuditEvent/x')).status).toBe(404);
    expect((await purge('SearchParameter/x')).status).toBe(404);
    expect((await purge('Patient/nobody')).status).toBe(404);
  });
});

describe('the record of a patient', () => {
  it('is told before, and leaves nothing in any table; what others hold stays and is named', async () => {
    await store(
      marked('r1'),
      marked('e1', { active: true }),
      marked('e1-neighbour', { name: [{ family: 'Other' }], link: [{ other: inRecord('e1'), type: 'seealso' }] }),
      noted('e1-o', 'e1'),
      noted('e1-was', 'e1'),
      binary('e1-b', { securityContext: inRecord('e1') }),
      binary('e1-scan'),
      binary('e1-shared', { data: 'bm90ZQ==' }),
      document('e1-d', 'e1', 'e1-scan'),
      document('e1-d2', 'e1', 'e1-shared'),
      { ...document('e1-d3', 'e1-neighbour', 'e1-shared'), description: 'theirs' },
      {
        ...aProvenance('Observation/e1-o'),
        id: 'e1-v',
        signature: [{ type: [{ code: 'x' }], when: '2024-01-01T00:00:00Z', who: { display: mark } }],
      },
      { ...aProvenance('Observation/e1-o', 'Patient/e1-neighbour'), id: 'e1-v2' },
      {
        resourceType: 'Appointment',
        id: 'e1-both',
        status: 'proposed',
        participant: ['e1', 'e1-neighbour'].map((one) => ({ actor: inRecord(one), status: 'accepted' })),
      },
      {
        resourceType: 'Consent',
        id: 'e1-c',
        status: 'inactive',
        scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
        category: [{ text: mark }],
        patient: inRecord('e1'),
        policyRule: { text: mark },
      },
    );
    await store(marked('e1', { active: false }), noted('e1-o', 'e1', { status: 'amended' }));
    // It was a mistake: by now it is of the neighbour.
    await store({ ...anObservation('Patient/e1-neighbour'), id: 'e1-was' });
    const large = await server.app.inject({
      method: 'PUT',
      url: '/fhir/r4/Binary/e1-large',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'text/plain', 'x-security-context': 'Patient/e1' },
      payload: mark.repeat(Math.ceil((2 * partSize) / mark.length)),
    });
    expect(large.statusCode, large.body).toBe(201);
    const created = await send('POST', 'Observation', noted('x', 'e1'), admin, { 'idempotency-key': '"once"' });
    expect((await send('DELETE', 'Observation/e1-o')).status).toBe(204);
    // An export has it in a file.
    const begun = await send('GET', '$export?_type=Patient', undefined, machine, { prefer: 'respond-async' });
    const place = begun.headers['content-location']!.split('/fhir/r4/')[1]!;
    await untilEnded(() => send('GET', place, undefined, machine, { accept: 'application/json' }));
    // A submission that waits to be completed names the patient.
    const fact = [
      { name: 'parameterUrl', valueUri: 'https://example.org/about' },
      { name: 'parameterValue', valueString: 'Patient/e1' },
    ];
    const parameter = [
      { name: 'submitter', valueIdentifier: { value: 'clinic' } },
      { name: 'submissionId', valueString: 'e1' },
      { name: 'manifestUrl', valueUrl: 'https://files.example.org/manifest' },
      { name: 'fhirBaseUrl', valueUrl: 'https://clinic.example.org/fhir' },
      { name: 'metadata', part: fact },
    ];
    expect((await send('POST', '$bulk-submit', { resourceType: 'Parameters', parameter }, machine)).status).toBe(200);
    expect(await placesOf(server.database.connection, mark)).toEqual(
      expect.arrayContaining(['binary_content', 'resource_patient', 'resource_history_observation']),
    );

    const told = saidBy(await purge('Patient/e1', preview));
    expect(told.counts).toEqual({
      Binary: 3,
      Consent: 1,
      DocumentReference: 2,
      Observation: 2,
      Patient: 1,
      Provenance: 1,
    });
    expect(told.kept).toEqual(['Appointment/e1-both', 'Binary/e1-shared', 'Provenance/e1-v2']);
    expect(told.referrers).toEqual(['Patient/e1-neighbour']);
    expect([told.superseded, told.jobs]).toEqual([[1], [2]]);
    expect((await send('GET', 'Patient/e1')).status).toBe(200);

    const done = await purge('Patient/e1');
    expect(done.status, done.text).toBe(200);
    expect({ ...saidBy(done) }).toEqual(told);
    // r1 of above has the mark as well.
    expect((await purge('Patient/r1')).status).toBe(200);
    const left = (await placesOf(server.database.connection, mark)).filter(
      (table) => !/^(?:audit|resource_auditevent|resource_history_auditevent)/.test(table),
    );
    expect(left).toEqual([]);
    for (const path of [
      'Patient/e1',
      'Observation/e1-o',
      'Patient/e1/_history/1',
      'Patient/e1/_history',
      'Binary/e1-large',
      created.headers['location']!.split('/fhir/r4/')[1]!,
    ])
      expect([path, (await send('GET', path)).status]).toEqual([path, 404]);
    for (const path of [
      'Appointment/e1-both',
      'Binary/e1-shared',
      'Provenance/e1-v2',
      'Patient/e1-neighbour',
      'Observation/e1-was',
      'DocumentReference/e1-d3',
    ])
      expect([path, (await send('GET', path)).status]).toEqual([path, 200]);
    expect((await send('GET', 'Observation/e1-was/_history/1')).status).toBe(404);
    expect((await send('GET', place, undefined, machine)).status).toBe(404);
    // The id is free.
    const again = await send('PUT', 'Patient/e1', { ...aPatient(), id: 'e1' });
    expect([again.status, again.body.meta.versionId]).toEqual([201, '1']);
  });

  it('is one AuditEvent, with the person and numbers; what was audited before stays', async () => {
    const auditor = server.token('user/AuditEvent.rs');
    const found = async (query: string) => {
      const { status, body, text } = await send('GET', `AuditEvent?patient=Patient/e1&${query}`, undefined, auditor);
      expect(status, text).toBe(200);
      return (body.entry ?? []).map(({ resource }: { resource: object }) => JSON.stringify(resource)) as string[];
    };
    const erasures = await found('entity-name=erasure&action=D');
    expect(erasures).toHaveLength(1);
    expect(erasures[0]).toContain('"valueString":"Patient/e1"');
    expect(erasures[0]).toContain('{"type":"DocumentReference","valueString":"2"}');
    expect(erasures[0]).not.toContain('Observation/e1-o');
    expect(await found('entity-name=preview')).toHaveLength(1);
    expect((await found('subtype=delete')).length).toBe(1);
  });
});

describe('another resource', () => {
  it('goes alone with its history, and with a Binary that nothing else points at', async () => {
    await store(marked('s1'), noted('s1-o', 's1'), binary('s1-b'), document('s1-d', 's1', 's1-b'));
    expect(saidBy(await purge('DocumentReference/s1-d')).counts).toEqual({ Binary: 1, DocumentReference: 1 });
    expect(saidBy(await purge('Observation/s1-o')).counts).toEqual({ Observation: 1 });
    expect((await send('GET', 'Patient/s1')).status).toBe(200);
    expect((await purge('Patient/s1')).status).toBe(200);
  });
});

describe('a large record', () => {
  it('is refused at once, and goes beside requests', async () => {
    const many = Array.from({ length: 25 }, (_, i) => noted(`l1-${i}`, 'l1'));
    await store(marked('l1'), ...many);
    expectOutcome(await purge('Patient/l1'), 422, /respond-async/);
    expect(saidBy(await purge('Patient/l1', preview)).counts).toEqual({ Observation: 25, Patient: 1 });
    const begun = await purge('Patient/l1', undefined, admin, { prefer: 'respond-async' });
    expect(begun.status, begun.text).toBe(202);
    const place = begun.headers['content-location']!.split('/fhir/r4/')[1]!;
    const answer = await untilEnded(() => send('GET', place));
    expect([answer.status, saidBy(answer).counts]).toEqual([200, { Observation: 25, Patient: 1 }]);
    expect((await send('GET', 'Observation/l1-3')).status).toBe(404);
  });
});

describe('lanyard patient purge', () => {
  it('tells, asks and erases', async () => {
    await store(marked('c1'), noted('c1-o', 'c1'));
    const variables = { DATABASE_URL: server.database.url };
    const told = await lanyard(variables, ['patient', 'purge', 'c1', '--preview']);
    expect([told.exitCode, told.output]).toEqual([0, expect.stringContaining('Observation: 1\nPatient: 1')]);
    const other = await lanyard(variables, ['patient', 'purge', 'c1'], 'c2\n');
    expect([other.exitCode, other.remarks]).toEqual([1, expect.stringContaining('nothing was erased')]);
    expect((await send('GET', 'Patient/c1')).status).toBe(200);
    expect((await lanyard(variables, ['patient', 'purge', 'c1', '--yes'])).exitCode).toBe(0);
    expect((await send('GET', 'Observation/c1-o')).status).toBe(404);
    expect((await lanyard(variables, ['patient', 'purge', 'c1', '--yes'])).exitCode).toBe(1);
  });
});

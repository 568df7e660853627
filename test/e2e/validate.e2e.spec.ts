// https://hl7.org/fhir/R4/validation.html in writes, and https://hl7.org/fhir/R4/resource-operation-validate.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  for (const id of ['p1', 'p2']) await call('PUT', `Patient/${id}`, narrated({ id }));
  await call('PUT', 'Observation/gone', anObservation('Patient/p1', { id: 'gone' }));
  await call('DELETE', 'Observation/gone');
});
afterAll(() => server.close());

const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Aal</div>' };
const narrated = (changes: JsonObject = {}): JsonObject => aPatient({ text, ...changes });
const wrong = narrated({ gender: 'man', active: 'yes' });

const call = (method: string, path: string, body?: object, token = all) =>
  server.call(method, path, { token, ...(body && { body }) });

const parameters = (...parameter: readonly object[]) => ({ resourceType: 'Parameters', parameter });
const mode = (valueCode: string) => ({ name: 'mode', valueCode });
const content = (resource: JsonObject) => ({ name: 'resource', resource });
const issuesOf = ({ body }: Answer) =>
  body.issue.map((issue: { severity: string; code: string; expression?: readonly string[] }) =>
    [issue.severity, issue.code, ...(issue.expression ?? [])].join(' '),
  );
const valid = ['information informational'];
const mistakes = ['error code-invalid Patient.gender', 'error structure Patient.active'];

describe('a write of content that R4 does not allow', () => {
  it('is 422 and names every finding with its place and code', async () => {
    for (const answer of [
      await call('POST', 'Patient', wrong),
      await call('PUT', 'Patient/p1', { ...wrong, id: 'p1' }),
    ]) {
      expectOutcome(answer, 422, /expected one of male, female, other, unknown; found/);
      expect(issuesOf(answer)).toEqual(mistakes);
      expect(reasonsOf(answer)).toEqual(['code-not-in-value-set', 'wrong-shape']);
    }
    expect((await call('GET', 'Patient/p1')).body.meta.versionId).toBe('1');
  });

  it('is 422 for an entry, whose place is named, and undoes a transaction', async () => {
    const entries = [putting(narrated({ id: 'fine' })), putting({ ...wrong, id: 'bad' })];
    const whole = await call('POST', '', aBundle('transaction', ...entries));
    expectOutcome(whole, 422);
    expect(issuesOf(whole)[0]).toBe('error code-invalid Bundle.entry[1].resource.gender');
    expectOutcome(await call('GET', 'Patient/fine'), 404);
    const { status, body } = await call('POST', '', aBundle('batch', ...entries));
    const statuses = body.entry.map((entry: { response: { status: string } }) => entry.response.status.slice(0, 3));
    expect([status, statuses]).toEqual([200, ['201', '422']]);
  });

  it('is 403 without a look at it for who may not write', async () => {
    expectOutcome(await call('POST', 'Patient', wrong, server.token('user/Patient.rs')), 403);
  });

  it('is 422 for a Bundle and for Parameters that hold it', async () => {
    const entry = [{ fullUrl: 'urn:uuid:0f0e2b0a-4b34-4a8e-9a63-8f1c3a8a6c11', resource: wrong }];
    const bundle = await call('POST', 'Bundle', { resourceType: 'Bundle', type: 'collection', entry });
    expect(issuesOf(bundle)[0]).toBe('error code-invalid Bundle.entry[0].resource.gender');
    const held = await call('POST', 'Parameters', parameters({ name: 'a', resource: wrong }));
    expect(issuesOf(held)[0]).toBe('error code-invalid Parameters.parameter[0].resource.gender');
    expect([bundle.status, held.status]).toEqual([422, 422]);
  });

  it('is stored with VALIDATION=structure when only bindings, references and formats are wrong', async () => {
    const tolerant = await startServer({ VALIDATION: 'structure' });
    try {
      const token = tolerant.token('user/*.cruds');
      const post = (body: object, path = 'Patient') => tolerant.call('POST', path, { token, body });
      expect((await post(narrated({ gender: 'man', birthDate: '1970-13-01' }))).status).toBe(201);
      expectOutcome(await post(wrong), 422, /Patient\.active/);
      const checked = await post(narrated({ gender: 'man' }), 'Patient/$validate');
      expect(issuesOf(checked)).toEqual(['warning code-invalid Patient.gender']);
    } finally {
      await tolerant.close();
    }
  });
});

describe('$validate', () => {
  it('finds what a write would find, in the resource itself or in Parameters, and stores nothing', async () => {
    const total = async () => (await call('GET', 'Patient?_summary=count')).body.total;
    const before = await total();
    for (const body of [wrong, parameters(content(wrong)), parameters(content(wrong), mode('create'))]) {
      const answer = await call('POST', 'Patient/$validate', body);
      expectOutcome(answer, 200);
      expect(issuesOf(answer)).toEqual(mistakes);
    }
    const answer = await call('POST', 'Patient/$validate', narrated());
    expect([answer.status, issuesOf(answer)]).toEqual([200, valid]);
    expect(issuesOf(await call('POST', 'Patient/$validate', aPatient()))).toEqual(['warning invariant Patient']);
    expect(await total()).toBe(before);
  });

  it('is offered on every type, and by GET for what is stored', async () => {
    const { body } = await call('GET', 'metadata');
    for (const { operation } of body.rest[0].resource)
      expect(operation.map(({ name }: { name: string }) => name)).toContain('validate');
    expect(issuesOf(await call('GET', 'Patient/p1/$validate'))).toEqual(valid);
    expect(issuesOf(await call('POST', 'Patient/p1/$validate'))).toEqual(valid);
    expectOutcome(await call('GET', 'Observation/gone/$validate'), 410);
    expectOutcome(await call('GET', 'Patient/nobody/$validate'), 404);
  });

  it('needs a resource of the addressed type, and parameters that it knows', async () => {
    expectOutcome(await call('POST', 'Observation/$validate', narrated()), 400, /the address is for Observation/);
    const foreign = parameters(content(narrated()));
    expectOutcome(await call('POST', 'Observation/$validate', foreign), 400, /the address is for Observation/);
    expectOutcome(await call('GET', 'Patient/$validate'), 400, /needs the resource/);
    expectOutcome(await call('POST', 'Patient/$validate', parameters(mode('create'))), 400, /needs the resource/);
    expectOutcome(await call('POST', 'Patient/$validate', parameters(content(wrong), content(wrong))), 400, /one res/);
    expectOutcome(
      await call('POST', 'Patient/$validate', parameters(mode('guess'), content(wrong))),
      400,
      /one of create, update, delete/,
    );
    expectOutcome(
      await call('POST', 'Patient/$validate', parameters({ name: 'moad' })),
      400,
      /no parameter .*moad.* It takes resource, mode, profile/,
    );
    expectOutcome(await call('GET', '$validate'), 404, /not offered/);
  });

  it('names a profile that is not installed', async () => {
    const profile = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
    for (const answer of [
      await call('POST', `Patient/$validate?profile=${profile}`, narrated()),
      await call('POST', 'Patient/$validate', parameters(content(narrated()), { name: 'profile', valueUri: profile })),
    ]) {
      expectOutcome(answer, 200, new RegExp(profile));
      expect(issuesOf(answer)).toEqual(['error not-found Patient']);
    }
  });

  it('judges an update by the id and by whether it could be made', async () => {
    const update = (path: string, resource: JsonObject, token = all) =>
      call('POST', `${path}/$validate`, parameters(content(resource), mode('update')), token);
    expect(issuesOf(await update('Patient/p1', narrated({ id: 'p1' })))).toEqual(valid);
    expect(issuesOf(await update('Patient/p1', narrated({ id: 'p2' })))).toEqual(['error invalid Patient.id']);
    expect(issuesOf(await update('Patient/new', narrated({ id: 'new' })))).toEqual(valid);
    expectOutcome(await update('Patient', narrated()), 400, /one resource/);
    expectOutcome(await update('Patient/p1', narrated({ id: 'p1' }), server.token('user/Patient.r')), 403);
    const own = server.token('patient/*.cruds', { patient: 'p1' });
    expect(issuesOf(await update('Patient/p1', narrated({ id: 'p1' }), own))).toEqual(valid);
    expectOutcome(await update('Observation/none', anObservation('Patient/p1', { id: 'none' }), own), 404);
  });

  it('judges a deletion without deleting', async () => {
    const remove = (path: string, token = all) => call('POST', `${path}/$validate`, parameters(mode('delete')), token);
    expect(issuesOf(await remove('Patient/p1'))).toEqual(valid);
    expect(issuesOf(await call('GET', 'Patient/p1/$validate?mode=delete'))).toEqual(valid);
    expect((await call('GET', 'Patient/p1')).status).toBe(200);
    for (const path of ['Patient/nobody', 'Observation/gone'])
      expectOutcome(await remove(path), 200, /Nothing is there to delete/);
    const own = server.token('patient/*.cruds', { patient: 'p1' });
    expectOutcome(await remove('Observation/none', own), 404);
    expectOutcome(await remove('Patient/p2', own), 403);
    expectOutcome(await remove('Patient'), 400, /one resource/);
    expectOutcome(await remove('Patient/p1', server.token('user/Patient.cru')), 403, /user\/Patient\.d/);
  });

  it('asks for the access that it uses: none for content that comes along', async () => {
    const nothing = server.token('user/Basic.s');
    expectOutcome(await server.call('POST', 'Patient/$validate', { body: wrong }), 401);
    expect(issuesOf(await call('POST', 'Patient/$validate', wrong, nothing))).toEqual(mistakes);
    expect(issuesOf(await call('POST', 'Patient/p1/$validate', wrong, nothing))).toEqual(mistakes);
    expectOutcome(await call('GET', 'Patient/p1/$validate', undefined, nothing), 403, /user\/Patient\.r/);
    const create = parameters(content(wrong), mode('create'));
    expectOutcome(await call('POST', 'Patient/$validate', create, nothing), 403, /user\/Patient\.c/);
    const other = server.token('patient/*.cruds', { patient: 'p1' });
    expect(reasonsOf(await call('GET', 'Patient/p2/$validate', undefined, other))).toEqual([
      'patient-context-mismatch',
    ]);
  });
});

// https://hl7.org/fhir/R5/patient-operation-merge.html (docs/adr/0089)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilEnded } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, aProvenance, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let clerk: string;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent', OPERATION_CHANGES_MAX: '10' });
  clerk = server.token('user/*.cruds');
});
afterAll(() => server.close());

type Sent = readonly [body?: object, token?: string, headers?: Record<string, string>];
const send = (method: string, path: string, ...[body, token = clerk, headers = {}]: Sent) =>
  server.call(method, path, { token, headers, ...(body && { body }) });
const store = async (...resources: object[]): Promise<void> => {
  const answer = await send('POST', '', aBundle('transaction', ...resources.map((one) => putting(one as never))));
  expect(answer.status, answer.text).toBe(200);
};
const read = async (path: string) => (await send('GET', path)).body;
const toPatient = (id: string) => ({ reference: `Patient/${id}` });
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const pair = (source: string, target: string, ...more: object[]) =>
  parameters(
    { name: 'source-patient', valueReference: toPatient(source) },
    { name: 'target-patient', valueReference: toPatient(target) },
    ...more,
  );
const preview = { name: 'preview', valueBoolean: true };
const merge = (body: object, ...more: [token?: string, headers?: Record<string, string>]) =>
  send('POST', 'Patient/$merge', body, ...more);

function saidBy({ body }: Answer) {
  const all = body.parameter as {
    name: string;
    part?: { valueCode: string; valueUnsignedInt: number }[];
    valueReference?: { reference: string };
  }[];
  const changed = all.flatMap(({ name, part }) =>
    name === 'changed' ? [[part![0]!.valueCode, part![1]!.valueUnsignedInt]] : [],
  );
  return {
    changed: Object.fromEntries(changed) as object,
    provenance: all.find(({ name }) => name === 'provenance')?.valueReference,
  };
}

const identifier = (value: string) => ({ system: 'urn:mrn', value });
const observation = (id: string, patient: string, more: object = {}) => ({
  ...anObservation(`Patient/${patient}`),
  id,
  ...more,
});

/** Two patients, and what refers to the first of them. */
async function twoPatients(name: string): Promise<readonly [source: string, target: string]> {
  const [source, target] = [`${name}-source`, `${name}-target`];
  await store(
    { ...aPatient(), id: source, identifier: [identifier(`${name}-1`)] },
    {
      ...aPatient(),
      id: target,
      identifier: [identifier(`${name}-2`)],
      link: [{ other: toPatient(source), type: 'seealso' }],
    },
    observation(`${name}-o1`, source, { performer: [toPatient(source), toPatient(`${name}-other`)] }),
    observation(`${name}-o2`, source, { valueString: '1.0', derivedFrom: [{ reference: `Observation/${name}-o1` }] }),
    observation(`${name}-o3`, target),
    { ...aPatient(), id: `${name}-other`, link: [{ other: toPatient(source), type: 'seealso' }] },
    { ...aProvenance(`Observation/${name}-o1`), id: `${name}-v`, agent: [{ who: toPatient(source) }] },
  );
  return [source, target];
}

describe('two patients', () => {
  it('are merged in one transaction, with links, identifiers, and all that refers to the source', async () => {
    const [source, target] = await twoPatients('a');
    const seen = await merge(pair(source, target, preview));
    expect([seen.status, saidBy(seen)]).toEqual([
      200,
      { changed: { Observation: 2, Patient: 3 }, provenance: undefined },
    ]);
    expect((await read(`Observation/a-o1`)).meta.versionId).toBe('1');
    expect((await read(`Patient/${source}`)).meta.versionId).toBe('1');

    const done = await merge(pair(source, target));
    expect(done.status, done.text).toBe(200);
    expect(saidBy(done).changed).toEqual({ Observation: 2, Patient: 3 });
    const o1 = await read('Observation/a-o1');
    expect([o1.subject, o1.performer, o1.meta.versionId]).toEqual([
      toPatient(target),
      [toPatient(target), toPatient('a-other')],
      '2',
    ]);
    expect(await read(`Patient/${source}`)).toMatchObject({
      active: false,
      link: [{ other: toPatient(target), type: 'replaced-by' }],
    });
    const kept = await read(`Patient/${target}`);
    expect(kept.link).toEqual([{ other: toPatient(source), type: 'replaces' }]);
    expect(kept.identifier).toEqual([identifier('a-2'), { ...identifier('a-1'), use: 'old' }]);
    expect((await read('Patient/a-other')).link).toEqual([{ other: toPatient(target), type: 'seealso' }]);
    expect((await read('Provenance/a-v')).meta.versionId).toBe('1');
    expect((await send('GET', `Observation?patient=${source}&_summary=count`)).body.total).toBe(0);
    const told = await read(saidBy(done).provenance!.reference);
    expect(told.activity.coding[0].code).toBe('merge');
    expect(told.target).toContainEqual({ reference: 'Observation/a-o2/_history/2' });

    expectOutcome(await merge(pair(source, target)), 422, /replaced by another patient already/);
    expectOutcome(await merge(pair(target, source)), 422, /Merge into that one/);
  });

  it('are not put back in any number at once, whoever wrote the Provenance', async () => {
    const activity = { coding: [{ system: `${server.base}/CodeSystem/data-operation`, code: 'merge' }] };
    const target = Array.from({ length: 13 }, (_, i) => ({ reference: `Observation/none-${i}/_history/2` }));
    const forged = { ...aProvenance('Observation/x'), id: 'forged', activity };
    const undo = (id: string) =>
      send(
        'POST',
        '$undo-merge',
        parameters({ name: 'provenance', valueReference: { reference: `Provenance/${id}` } }),
      );
    expect((await send('PUT', 'Provenance/forged', { ...forged, target })).status).toBe(201);
    expectOutcome(await undo('forged'), 422, /more than 12 resources.*respond-async/);
    expect((await send('PUT', 'Provenance/fits', { ...forged, id: 'fits', target: target.slice(1) })).status).toBe(201);
    expectOutcome(await undo('fits'), 403, /out of reach/);
  });

  it('are as they were after $undo-merge, unless something was changed since', async () => {
    const [source, target] = await twoPatients('u');
    const before = await read(`Patient/${target}`);
    const { provenance } = saidBy(await merge(pair(source, target)));
    const undo = (...more: object[]) =>
      send('POST', 'Patient/$undo-merge', parameters({ name: 'provenance', valueReference: provenance }, ...more));
    await send('PUT', 'Observation/u-o2', observation('u-o2', target, { note: [{ text: 'new' }] }));
    const conflict = await undo();
    expectOutcome(conflict, 409, /Observation\/u-o2/);
    expect(conflict.text).not.toContain('u-o1');
    expect((await read('Observation/u-o1')).subject).toEqual(toPatient(target));
    // As the merge left it, but for the version: still another one.
    const [again, other] = await twoPatients('w');
    const merged = saidBy(await merge(pair(again, other)));
    const call = (body: object) => send('POST', '$undo-merge', body);
    const given = { name: 'provenance', valueReference: merged.provenance };
    expect(saidBy(await call(parameters(given, preview))).changed).toEqual({ Observation: 2, Patient: 3 });
    expect((await read('Observation/w-o1')).subject).toEqual(toPatient(other));
    const undone = await call(parameters(given));
    expect(undone.status, undone.text).toBe(200);
    expect((await read('Observation/w-o1')).subject).toEqual(toPatient(again));
    const { meta: _meta, ...restored } = await read(`Patient/${other}`);
    expect(JSON.parse(JSON.stringify(restored).replaceAll('w-', 'u-'))).toEqual({ ...before, meta: undefined });
    expect((await read(`Patient/${again}`)).link).toBeUndefined();
    expectOutcome(await call(parameters(given)), 409, /changed afterwards/);
    const foreign = { name: 'provenance', valueReference: { reference: 'Provenance/w-v' } };
    expectOutcome(await call(parameters(foreign)), 422, /no merge/);
  });

  it('are merged with the source deleted, and brought back', async () => {
    const [source, target] = await twoPatients('d');
    const gone = { name: 'delete-source', valueBoolean: true };
    const done = await merge(pair(source, target, gone));
    expect(done.status, done.text).toBe(200);
    expect((await send('GET', `Patient/${source}`)).status).toBe(410);
    expect((await read(`Patient/${target}`)).link).toBeUndefined();
    const undone = await send(
      'POST',
      '$undo-merge',
      parameters({ name: 'provenance', valueReference: saidBy(done).provenance }),
    );
    expect(undone.status, undone.text).toBe(200);
    expect((await read(`Patient/${source}`)).identifier).toEqual([identifier('d-1')]);
    expect((await read('Observation/d-o1')).subject).toEqual(toPatient(source));
  });

  it('are named by identifiers that lead to one patient each, and as the caller wants the target to be', async () => {
    const [source, target] = await twoPatients('i');
    const by = (side: string, value: string) => ({
      name: `${side}-patient-identifier`,
      valueIdentifier: identifier(value),
    });
    expectOutcome(
      await merge(parameters(by('source', 'nobody'), by('target', 'i-2'))),
      422,
      /do not lead to one patient/,
    );
    expectOutcome(await merge(parameters(by('source', 'i-1'))), 400, /target-patient/);
    expectOutcome(await merge(parameters(by('source', 'i-1'), by('target', 'i-1'))), 422, /same patient/);
    expectOutcome(await merge(pair(source, target, by('source', 'i-2'))), 422, /other identifiers/);
    const wanted = { ...aPatient(), id: target, active: true, link: [{ other: toPatient(source), type: 'replaces' }] };
    const result = (resource: object) => ({ name: 'result-patient', resource });
    expectOutcome(await merge(pair(source, target, result({ ...wanted, id: 'x' }))), 422, /id of the target/);
    expectOutcome(
      await merge(pair(source, target, result({ ...aPatient(), id: target }))),
      422,
      /link of the type replaces/,
    );
    const done = await merge(parameters(by('source', 'i-1'), by('target', 'i-2'), result(wanted)));
    expect(done.status, done.text).toBe(200);
    expect((await read(`Patient/${target}`)).identifier).toBeUndefined();
    expect((await merge(pair('nobody', target))).status).toBe(404);
    expect((await send('GET', 'Patient/$merge')).status).toBe(405);
  });
});

describe('a caller', () => {
  it.each([
    ['may not update one of the types', 'user/Patient.cruds user/Provenance.cruds user/Encounter.cruds'],
    ['reaches some rows of a type', 'user/Patient.cruds user/Provenance.cruds user/Observation.rus?status=amended'],
    ['may not read what it updates', 'user/Patient.cruds user/Provenance.cruds user/Observation.u'],
  ])('who %s changes nothing, and is told nothing of it', async (name, scopes) => {
    const [source, target] = await twoPatients(`x${name.length}`);
    const limited = server.token(scopes);
    for (const more of [[], [preview]]) {
      const answer = await merge(pair(source, target, ...more), limited);
      expectOutcome(answer, 403, /out of reach/);
      expect(answer.text).not.toMatch(/Observation/);
    }
    expect((await read(`Patient/${source}`)).meta.versionId).toBe('1');
  });

  it('needs to read and update patients, and to write a Provenance', async () => {
    const [source, target] = await twoPatients('y');
    for (const scopes of ['user/*.rs', 'user/Patient.u', 'user/Patient.rus', 'openid'])
      expect((await merge(pair(source, target), server.token(scopes))).status).toBe(403);
    const own = server.token('patient/*.cruds', { patient: source });
    expect((await merge(pair(source, target), own)).status).toBe(404);
    expect((await merge(pair(source, target), server.token('user/*.cru'))).status).toBe(200);
  });

  it('undoes what he may write alone', async () => {
    const [source, target] = await twoPatients('z');
    const { provenance } = saidBy(await merge(pair(source, target)));
    const limited = server.token('user/Patient.cruds user/Provenance.cruds user/Observation.rs');
    const body = parameters({ name: 'provenance', valueReference: provenance });
    expectOutcome(await send('POST', '$undo-merge', body, limited), 403, /out of reach/);
    expect((await read('Observation/z-o1')).subject).toEqual(toPatient(target));
  });
});

describe('references', () => {
  const replace = (from: string, to: string, ...more: object[]) =>
    parameters(
      { name: 'source-reference-id', valueString: from },
      { name: 'target-reference-id', valueString: to },
      ...more,
    );

  it('are replaced: all or none, with a bound', async () => {
    const doctor = (id: string) => ({ resourceType: 'Practitioner', id });
    const many = Array.from({ length: 12 }, (_, i) =>
      observation(`r-${i}`, 'r', { performer: [{ reference: 'Practitioner/one' }] }),
    );
    await store({ ...aPatient(), id: 'r' }, doctor('one'), doctor('two'), ...many);
    const call = (body: object, headers = {}) => send('POST', '$replace-references', body, clerk, headers);
    expectOutcome(await call(replace('Practitioner/one', 'Practitioner/two')), 422, /respond-async/);
    expectOutcome(await call(replace('Practitioner/one', 'Patient/r')), 400, /one type/);
    expectOutcome(await call(replace('one', 'Practitioner/two')), 400, /Type\/id/);
    expect((await call(replace('Practitioner/one', 'Practitioner/nobody'))).status).toBe(404);
    const begun = await call(replace('Practitioner/one', 'Practitioner/two'), { prefer: 'respond-async' });
    expect(begun.status, begun.text).toBe(202);
    const place = begun.headers['content-location']!.split('/fhir/r4/')[1]!;
    const answer = await untilEnded(() => send('GET', place));
    expect([answer.status, saidBy(answer).changed]).toEqual([200, { Observation: 12 }]);
    expect((await read('Observation/r-11')).performer).toEqual([{ reference: 'Practitioner/two' }]);
    const none = await call(replace('Practitioner/one', 'Practitioner/two'));
    expect([none.status, saidBy(none)]).toEqual([200, { changed: {}, provenance: undefined }]);
    expectOutcome(
      await call(replace('Practitioner/two', 'Practitioner/one', { name: 'count', valuePositiveInt: 3 })),
      422,
      /count/,
    );
  });
});

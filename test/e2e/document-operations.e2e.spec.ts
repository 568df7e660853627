// https://hl7.org/fhir/R4/composition-operation-document.html and the International Patient Summary (docs/adr/0081)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCondition, aPractitioner } from '../../src/testing/resources.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

beforeAll(async () => {
  server = await startServer();
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const composition = (id: string, ...entry: readonly string[]) => ({
    resourceType: 'Composition',
    id,
    status: 'final',
    type: { text: 'Note' },
    subject: { reference: 'Patient/p1' },
    date: '2024-01-01',
    author: [{ reference: 'Practitioner/d1' }],
    title: 'Note',
    section: [{ title: 'All', entry: entry.map((reference) => ({ reference })) }],
  });
  const coded = (id: string, more: JsonObject) => ({ ...aCondition('Patient/p1', more), id });
  const status = (code: string) => ({
    clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] },
  });
  const resources = [
    { ...aPatient({ managingOrganization: { reference: 'Organization/h1' } }), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { resourceType: 'Organization', id: 'h1', name: 'Harbour Clinic', partOf: { reference: 'Organization/h2' } },
    { resourceType: 'Organization', id: 'h2', name: 'Harbours' },
    { ...aPractitioner(), id: 'd1' },
    { ...anObservation('Patient/p1'), id: 'o1' },
    { ...anObservation('Patient/p2'), id: 'o2' },
    coded('now', {}),
    coded('past', { ...status('resolved'), code: { text: 'Old <fracture>' } }),
    composition('whole', 'Observation/o1', 'Condition/now'),
    composition('broken', 'Observation/o1', 'Observation/nobody'),
    composition('mixed', 'Observation/o2'),
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

interface Entry {
  readonly fullUrl: string;
  readonly resource: JsonObject & { readonly resourceType: string; readonly id: string };
}
interface Section {
  readonly title: string;
  readonly code: { readonly coding: readonly { readonly code: string }[] };
  readonly entry?: readonly { readonly reference: string }[];
  readonly emptyReason?: { readonly coding: readonly { readonly code: string }[] };
  readonly text: { readonly div: string };
}

const get = (path: string, token = machine) => server.call('GET', path, { token });
async function documentAt(path: string, token = machine): Promise<readonly Entry[]> {
  const { status, body, text } = await get(path, token);
  expect([status, body.resourceType, body.type], text).toEqual([200, 'Bundle', 'document']);
  expect(body.identifier.value).toMatch(/^urn:uuid:/);
  return body.entry;
}
const namesOf = (entries: readonly Entry[]) => entries.map(({ resource }) => `${resource.resourceType}/${resource.id}`);

describe('Composition/$document', () => {
  it('has all that the Composition refers to, and what belongs to no record beside', async () => {
    const entries = await documentAt('Composition/whole/$document');
    const [first, ...others] = namesOf(entries);
    expect(first).toBe('Composition/whole');
    expect(others.toSorted()).toEqual(
      [
        'Condition/now',
        'Observation/o1',
        'Organization/h1',
        'Organization/h2',
        'Patient/p1',
        'Practitioner/d1',
      ].toSorted(),
    );
    expect(entries[0]!.fullUrl).toBe(`${base}/Composition/whole`);
  });

  it.each([
    ['an id', 'whole'],
    ['a relative address', 'Composition/whole'],
    ['an address', `${base}/Composition/whole`],
  ])('is named by %s in the parameter id as well', async (_what, id) => {
    const entries = await documentAt(`Composition/$document?id=${encodeURIComponent(id)}`);
    expect(namesOf(entries)[0]).toBe('Composition/whole');
  });

  it.each([
    ['', 400, /names no Composition/],
    ['?id=Patient/p1', 400, /no address of a Composition/],
    ['?id=http://elsewhere.example/Composition/whole', 400, /no address of a Composition on this server/],
    ['?id=nothing-here', 404, /not found|does not exist|No Composition/i],
  ])('is of one Composition: %s', async (query, status, text) => {
    expectOutcome(await get(`Composition/$document${query}`), status, text);
  });

  it('is not made by halves', async () => {
    expectOutcome(
      await get('Composition/broken/$document'),
      422,
      /refers to Observation\/nobody, which this token cannot/,
    );
    const own = server.token('patient/*.rs', { patient: 'p1' });
    expectOutcome(await get('Composition/mixed/$document', own), 422, /refers to Observation\/o2/);
    const less = server.token('patient/Composition.rs patient/Patient.rs patient/Practitioner.rs', { patient: 'p1' });
    expectOutcome(await get('Composition/whole/$document', less), 422, /refers to Observation\/o1, Condition\/now/);
  });

  it('is stored by POST, for who may create a Bundle', async () => {
    expectOutcome(await get('Composition/whole/$document?persist=true'), 405, /POST/);
    const { body } = await server.call('POST', 'Composition/whole/$document?persist=true', { token: machine });
    const stored = await get(`Bundle/${body.id}`);
    expect([stored.status, stored.body.entry.length]).toEqual([200, 7]);
    const reader = server.token('system/*.rs', { sub: 'robot', client_id: 'robot' });
    const refused = await server.call('POST', 'Composition/whole/$document?persist=true', { token: reader });
    expect([refused.status, reasonsOf(refused)]).toEqual([403, ['scope-insufficient']]);
  });

  it('says what is wrong', async () => {
    expectOutcome(await get('Composition/nobody/$document'), 404, /Composition\/nobody was not found/);
    expectOutcome(await get('Composition/whole/$document?graph=x'), 404, /not-found/);
    expectOutcome(await get('Composition/whole/$document?other=x'), 400, /It takes id, persist, graph/);
    expect((await get('Composition/whole/$document', server.token('user/Patient.rs'))).status).toBe(403);
  });
});

describe('Patient/$summary', () => {
  const sectionsOf = ([composition]: readonly Entry[]) =>
    new Map((composition!.resource['section'] as unknown as readonly Section[]).map((one) => [one.title, one]));

  it('is a document with what is stored, by section', async () => {
    const entries = await documentAt('Patient/p1/$summary');
    expect(namesOf(entries)[1]).toBe('Patient/p1');
    const sections = sectionsOf(entries);
    expect([...sections.keys()]).toEqual([
      'Problems',
      'Allergies and intolerances',
      'Medications',
      'Results',
      'Past illnesses',
    ]);
    expect(sections.get('Problems')!.entry).toEqual([{ reference: 'Condition/now' }]);
    expect(sections.get('Past illnesses')!.text.div).toContain('<li>Old &lt;fracture&gt; (2020-03-01)</li>');
    expect(namesOf(entries)).toEqual(expect.arrayContaining(['Observation/o1', 'Organization/h1', 'Condition/past']));
    for (const [, { entry = [] }] of sections)
      for (const { reference } of entry)
        expect(entries.some(({ fullUrl }) => fullUrl === reference || fullUrl === `${base}/${reference}`)).toBe(true);
  });

  it('says that there is no information, and not that there is nothing', async () => {
    const entries = await documentAt('Patient/p2/$summary');
    const codes = JSON.stringify(entries).match(/"no-\w+-info"/g);
    expect(codes).toEqual(['"no-problem-info"', '"no-allergy-info"', '"no-medication-info"']);
    expect(sectionsOf(entries).get('Allergies and intolerances')!.text.div).toContain('No information about allergies');
  });

  it('says what is withheld from the token', async () => {
    const token = server.token('patient/Patient.rs patient/Condition.rs', { patient: 'p1' });
    const entries = await documentAt('Patient/p1/$summary', token);
    const sections = sectionsOf(entries);
    expect([...sections.keys()]).toEqual(['Problems', 'Allergies and intolerances', 'Medications', 'Past illnesses']);
    expect(sections.get('Medications')!.emptyReason!.coding[0]!.code).toBe('withheld');
    expect(namesOf(entries).some((name) => name.startsWith('Observation/'))).toBe(false);
  });

  it('is content as R4 has it', async () => {
    const { body } = await get('Patient/p1/$summary');
    const checked = await server.call('POST', 'Bundle/$validate', { token: machine, body });
    const errors = (checked.body.issue as readonly { severity: string }[]).filter(
      ({ severity }) => severity === 'error',
    );
    expect([checked.status, errors]).toEqual([200, []]);
  });

  it('is refused as a read is', async () => {
    expectOutcome(await get('Patient/nobody/$summary'), 404, /Patient\/nobody was not found/);
    expectOutcome(await get('Patient/p1/$summary?profile=x'), 400, /no parameter/);
    const own = server.token('patient/*.rs', { patient: 'p1' });
    expect((await get('Patient/p2/$summary', own)).status).toBe((await get('Patient/p2', own)).status);
  });
});

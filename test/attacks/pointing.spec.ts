// docs/adr/0043: what is pointed at and hidden from the caller is answered like what does not exist
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import type { Limit } from '../leaks/limit.js';
import { Session } from '../leaks/session.js';
import { isFull, shareOf } from '../support/full.js';
import { aConsent, aLabel, labelled } from '../support/consents.js';
import {
  aBinary,
  aBundle,
  aDocument,
  anObservation,
  aPatient,
  aProvenance,
  type Entry,
  putting,
} from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

const practitioner = { fhirUser: `${base}/Practitioner/pr1` };
const machine = { sub: 'loader', client_id: 'loader' };
const vitalSigns = {
  category: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
  ],
};
const restricted = labelled(aLabel('R'));

/** All of one record: each kind of resource that something may point at. */
const recordOf = (patient: string, changes: JsonObject = {}): readonly JsonObject[] => [
  { ...aPatient(changes), id: patient },
  { ...anObservation(`Patient/${patient}`, changes), id: `observation-${patient}` },
  { ...aProvenance(`Observation/observation-${patient}`), id: `provenance-${patient}` },
  { ...aProvenance(`Provenance/provenance-${patient}`), id: `second-${patient}` },
  { ...aBinary({ securityContext: { reference: `Patient/${patient}` } }), id: `binary-${patient}` },
  { ...aBinary(), id: `attached-${patient}` },
  { ...aDocument(`Patient/${patient}`, `Binary/attached-${patient}`, changes), id: `document-${patient}` },
];
const referencesOf = (patient: string): readonly string[] => [
  `Patient/${patient}`,
  `Observation/observation-${patient}`,
  `Provenance/provenance-${patient}`,
  `Provenance/second-${patient}`,
  `Binary/binary-${patient}`,
  `Binary/attached-${patient}`,
  `DocumentReference/document-${patient}`,
];

const stored: readonly JsonObject[] = [
  ...recordOf('p1'),
  ...recordOf('p2'),
  ...recordOf('denied'),
  ...recordOf('labelled', restricted),
  { ...anObservation('Patient/p1', vitalSigns), id: 'vital' },
  { ...anObservation('Patient/p1', restricted), id: 'labelled' },
  { ...aBinary({ ...restricted, securityContext: { reference: 'Patient/p1' } }), id: 'labelled' },
  { resourceType: 'Group', type: 'person', actual: true, id: 'g1' },
  { resourceType: 'Organization', id: 'o1', name: 'House' },
  { ...aConsent('Patient/denied'), id: 'denial' },
];

interface Caller {
  readonly name: string;
  readonly scope: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly hidden: readonly string[];
  /** What the caller may point at. */
  readonly known: readonly string[];
}

const callers: readonly Caller[] = [
  {
    name: "a patient's app",
    scope: 'patient/*.cruds',
    claims: { patient: 'p1', fhirUser: `${base}/Patient/p1` },
    hidden: [...referencesOf('p2'), ...referencesOf('denied'), 'Group/g1'],
    known: ['Patient/p1', 'Observation/vital', 'DocumentReference/document-p1'],
  },
  {
    name: "a patient's app that may read little",
    scope: 'patient/Provenance.cruds patient/Binary.cruds patient/DocumentReference.cruds patient/Observation.c',
    claims: { patient: 'p1' },
    hidden: ['Observation/observation-p1', 'Organization/o1', 'Observation/observation-p2'],
    known: ['DocumentReference/document-p1'],
  },
  {
    name: "a patient's app that may not read Binaries",
    scope: 'patient/Provenance.cruds patient/DocumentReference.cruds patient/Binary.c',
    claims: { patient: 'p1' },
    hidden: ['Binary/binary-p1', 'Binary/attached-p1', 'Binary/binary-p2'],
    known: ['DocumentReference/document-p1'],
  },
  {
    name: "a patient's app with a clearance",
    scope: 'patient/*.cruds',
    claims: { patient: 'p1', clearance: 'N' },
    hidden: ['Observation/labelled', 'Binary/labelled', 'Patient/p2', ...referencesOf('labelled')],
    known: ['Patient/p1', 'Observation/observation-p1'],
  },
  {
    name: 'a clinician from whom a Consent withholds a record',
    scope: 'user/*.cruds',
    claims: practitioner,
    hidden: referencesOf('denied'),
    known: [...referencesOf('p1').filter((one) => !one.includes('second')), 'Observation/vital', 'Group/g1'],
  },
  {
    name: 'a clinician whose scopes open a part',
    scope:
      'user/Provenance.cruds user/Binary.cruds user/DocumentReference.cruds user/Observation.rs?category=laboratory',
    claims: practitioner,
    hidden: ['Patient/p2', 'Observation/vital', 'Patient/denied', 'Observation/observation-denied', 'Group/g1'],
    known: ['Observation/observation-p1', 'DocumentReference/document-p1'],
  },
  {
    name: 'a clinician with a clearance',
    scope: 'user/*.cruds',
    claims: { ...practitioner, clearance: 'N' },
    hidden: [...referencesOf('labelled'), 'Observation/labelled', 'Binary/labelled'],
    known: [...referencesOf('p1').filter((one) => !one.includes('second')), 'Group/g1'],
  },
  {
    name: 'a clinician under a policy',
    scope: 'user/*.cruds',
    claims: { ...practitioner, groups: ['ward'] },
    hidden: ['Observation/vital', 'Group/g1', 'Patient/denied'],
    known: ['Observation/observation-p1', 'Patient/p1', 'Patient/p2'],
  },
];

const policy = {
  name: 'ward',
  description: 'of the ward',
  assignedTo: { groups: ['ward'] },
  rules: [
    { types: ['Observation'], constrain: 'category=laboratory' },
    { types: ['Group'], deny: 'The ward needs no groups.' },
  ],
};

/** Elements by which the visibility of a resource follows from others, in what the caller writes. */
const pointers: Readonly<Record<string, (reference: string) => readonly [JsonObject, ...JsonObject[]]>> = {
  'Provenance.target': (reference) => [aProvenance(reference)],
  'Provenance.target, beside what is known': (reference) => [aProvenance('Patient/p1', reference)],
  'Binary.securityContext': (reference) => [aBinary({ securityContext: { reference } })],
  'Binary.securityContext, of what an own document shows': (reference) => [
    aBinary({ securityContext: { reference } }),
    aDocument('Patient/p1', 'urn:uuid:0b1f2a90-1111-4222-8333-444455556666'),
  ],
  'DocumentReference.content.attachment': (reference) => [aDocument('Patient/p1', reference)],
  'DiagnosticReport.presentedForm': (url) => [
    {
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/p1' },
      presentedForm: [{ url }],
    },
  ],
  'Media.content': (url) => [
    { resourceType: 'Media', status: 'completed', subject: { reference: 'Patient/p1' }, content: { url } },
  ],
};

const wantsBody = { prefer: 'return=representation' };
const creating = (resource: JsonObject, fullUrl?: string): Entry => ({
  ...(fullUrl !== undefined && { fullUrl }),
  request: { method: 'POST', url: resource['resourceType'] as string },
  resource,
});

/** Writes what points, in each way there is, and looks at what came of it in each way there is. */
async function point(session: Session, [main, ...others]: readonly [JsonObject, ...JsonObject[]]): Promise<void> {
  const type = main['resourceType'] as string;
  await session.post(`${type}/$validate`, main);
  const entries = [
    creating(main, 'urn:uuid:0b1f2a90-1111-4222-8333-444455556666'),
    ...others.map((one) => creating(one)),
  ];
  const { body } = await session.call('POST', '', { body: aBundle('transaction', ...entries), headers: wantsBody });
  const made = (body.entry as { response?: { location?: string } }[] | undefined)?.[0]?.response?.location;
  if (made !== undefined) await lookAt(session, type, /\/([^/]+)\/_history/.exec(made)![1]!, main);
  if (others.length > 0) return;
  await session.call('POST', type, { body: main, headers: { ...wantsBody, 'if-none-exist': '_id=nobody' } });
}

async function lookAt(session: Session, type: string, id: string, main: JsonObject): Promise<void> {
  await session.get(`${type}/${id}`);
  const reads = [
    `${type}/${id}/_history`,
    `${type}/${id}/_history/1`,
    `${type}?_id=${id}&_total=accurate&_include=*`,
    `Patient?_id=p1&_revinclude=${type}:*&_has:Provenance:target:_id=${id}`,
    `${type}/${id}/$meta`,
  ];
  const reading = reads.map((url) => ({ request: { method: 'GET', url } }));
  await session.post('', aBundle('batch', ...reading, putting({ ...main, id, language: 'de' })));
  const patch = { 'content-type': 'application/json-patch+json', ...wantsBody };
  const body = [{ op: 'add', path: '/language', value: 'fr' }];
  await session.call('PATCH', `${type}/${id}`, { body, headers: patch });
  await session.call('DELETE', `${type}/${id}`);
}

async function open(server: TestServer): Promise<void> {
  await server.app.get(AccessPolicies).put(policy, 'loader');
  const token = server.token('system/*.cruds', { ...machine, consent_exempt: true });
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...stored.map(putting)),
  });
  expect(status, text).toBe(200);
}

/** What the caller is answered when pointing at the reference, with the reference left out. */
async function asked(server: TestServer, caller: Caller, pointer: string, reference: string): Promise<string> {
  const session = new Session(server, { scope: caller.scope, claims: caller.claims } as Limit);
  await point(session, pointers[pointer]!(reference));
  const answers = session.take().map((answer) => answer.replaceAll(reference, 'IT'));
  expect(answers.filter((answer) => /\n5\d\d\n/.test(answer))).toEqual([]);
  return answers.join('\n\n');
}

const unknownOf = (reference: string): string => reference.replace(/\/.*/, '/nobody-knows');
const canPoint = (pointer: string, reference: string): boolean =>
  !/attachment|presentedForm|Media/.test(pointer) || reference.startsWith('Binary/');

/** The reads, by their answers: at least one has to say that the caller sees what it wrote. */
const isSeen = (answers: string): boolean => /GET \w+\/made-\d+\n200\n/.test(answers);

describe.each([
  ['CONSENT=users', {}, callers],
  [
    'CONSENT=all',
    { CONSENT: 'all' },
    [
      {
        name: 'a machine from which a Consent withholds a record',
        scope: 'system/*.cruds',
        claims: machine,
        hidden: referencesOf('denied'),
        known: ['Patient/p1', 'Observation/observation-p2'],
      },
    ],
  ],
  ['REFERENTIAL_INTEGRITY=on', { REFERENTIAL_INTEGRITY: 'on' }, callers.filter((_, i) => i % 2 === 0)],
] as const)('pointing with %s', (_name, settings, all) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(settings);
    await open(server);
  });
  afterAll(() => server.close());

  it('is done, and not given back, by who may only create', async () => {
    const token = server.token('system/Provenance.c', { ...machine, clearance: 'N' });
    const expected = 'REFERENTIAL_INTEGRITY' in settings ? 422 : 201;
    for (const reference of ['Observation/labelled', 'Observation/nobody-knows']) {
      const body = aProvenance(reference);
      const { status, text } = await server.call('POST', 'Provenance', { token, body, headers: wantsBody });
      expect([status, text.includes('Provenance"')]).toEqual([expected, false]);
    }
  });

  describe.each(all.map((caller, row) => [caller.name, caller, row] as const))('by %s', (_caller, caller, row) => {
    it.each(shareOf(Object.keys(pointers), 9, row))('at what is hidden tells nothing: %s', async (pointer) => {
      const unknown = new Map<string, string>();
      // Beside what is known, everything hangs on what is hidden; alone, one of them shows the way.
      const most = /,|attachment/.test(pointer) ? undefined : 1;
      for (const reference of caller.hidden.filter((one) => canPoint(pointer, one)).slice(0, most)) {
        const absent = unknownOf(reference);
        const expected = unknown.get(absent) ?? (await asked(server, caller, pointer, absent));
        unknown.set(absent, expected);
        expect(await asked(server, caller, pointer, reference), reference).toBe(expected);
      }
    });

    it('at what is known is seen', async () => {
      const isAsked = (column: number): boolean => isFull || caller.known.length < 3 || (column + row) % 3 === 0;
      for (const reference of caller.known.filter((_, column) => isAsked(column))) {
        const answers = await asked(server, caller, 'Provenance.target', reference);
        expect(isSeen(answers), reference).toBe(true);
      }
    });
  });
});

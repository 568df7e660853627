import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBinary, aBundle, aDocument, anObservation, aPatient, aProvenance, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

const of = (reference: string): JsonObject => ({ reference });
const [p1, p2] = [of('Patient/p1'), of('Patient/p2')];

/** A caller limited to the record of Patient/p1 tries to write into that of Patient/p2 (ADR 41). */
let server: TestServer;
let machine: string;
let own: string;

beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  machine = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  own = server.token('patient/*.cruds', { patient: 'p1' });
  await store(
    { ...aPatient({ identifier: [{ system: 'urn:mrn', value: 'one' }] }), id: 'p1' },
    { ...aPatient({ identifier: [{ system: 'urn:mrn', value: 'two' }] }), id: 'p2' },
    { resourceType: 'RelatedPerson', id: 'mother', patient: { reference: 'Patient/p1' } },
  );
});
afterAll(() => server.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const { status, text } = await server.call('POST', '', {
    token: machine,
    body: aBundle('transaction', ...resources.map(putting)),
  });
  expect(status, text).toBe(200);
}

const versionOf = async (path: string): Promise<string> =>
  (await server.call('GET', path, { token: machine, headers: { accept: 'application/fhir+json' } })).body.meta
    .versionId;

const allergy = (patient: JsonObject, more: JsonObject = {}): JsonObject => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  patient,
  ...more,
});
const word = { text: 'x' };

/** With what R4 requires of the types that are written here. */
const required: Readonly<Record<string, JsonObject>> = {
  Account: { status: 'active' },
  Appointment: { status: 'proposed' },
  Coverage: { status: 'active', payor: [of('Organization/o')] },
  Communication: { status: 'completed' },
  QuestionnaireResponse: { status: 'completed' },
  List: { status: 'current', mode: 'working' },
  Composition: { status: 'final', type: word, date: '2024', title: 'x' },
  Invoice: { status: 'issued' },
  Basic: { code: word },
  Claim: {
    status: 'active',
    type: word,
    use: 'claim',
    created: '2024',
    provider: of('Organization/o'),
    priority: word,
    insurance: [{ sequence: 1, focal: true, coverage: of('Coverage/c') }],
  },
};
const whole = (resource: JsonObject): JsonObject => ({ ...required[resource['resourceType'] as string], ...resource });
const attending = (...actors: readonly JsonObject[]): JsonObject =>
  whole({
    resourceType: 'Appointment',
    participant: actors.map((actor) => ({ actor, status: 'accepted' })),
  });

/** Refused, and the answer names the element and what to write there. */
function expectNamed({ status, body, text, headers }: Answer, element: string): void {
  expect(status, text).toBe(403);
  expect(headers['www-authenticate']).toContain('write-outside-compartment');
  const named = `${element} does not name Patient/p1`;
  const issue = (body.issue as JsonObject[]).find(({ details }) => JSON.stringify(details).includes(named));
  expect(issue, text).toBeDefined();
  expect(issue!['diagnostics']).toContain('Write {"reference": "Patient/p1"} there');
}

/** As for an id that nobody has; the answer says what the token can write. */
function expectNotThere({ status, text }: Answer, words = 'that names no other patient'): void {
  expect(status, text).toBe(404);
  expect(text).toContain(words);
}

describe('what is created', () => {
  it.each<[string, JsonObject, string]>([
    ['an allergy of p2 that p1 recorded', allergy(p2, { recorder: p1 }), 'AllergyIntolerance.patient'],
    ['a result of p2 that p1 performed', anObservation('Patient/p2', { performer: [p1] }), 'Observation.subject'],
    ['a result of a group that p1 performed', anObservation('Group/all', { performer: [p1] }), 'Observation.subject'],
    ['an account of both', { resourceType: 'Account', subject: [p1, p2] }, 'Account.subject[1]'],
    ['an appointment of both', attending(p1, of('Practitioner/dr'), p2), 'Appointment.participant[2].actor'],
    ['a schedule of both', { resourceType: 'Schedule', actor: [p1, p2] }, 'Schedule.actor[1]'],
    [
      'the insurance of p2 that p1 subscribed',
      { resourceType: 'Coverage', beneficiary: p2, subscriber: p1 },
      'Coverage.beneficiary',
    ],
    ['a message about p2', { resourceType: 'Communication', subject: p2, sender: p1 }, 'Communication.subject'],
    [
      'answers about p2',
      { resourceType: 'QuestionnaireResponse', subject: p2, author: p1 },
      'QuestionnaireResponse.subject',
    ],
    ['a list about p2', { resourceType: 'List', subject: p2, source: p1 }, 'List.subject'],
    ['a document about p2', { resourceType: 'Composition', subject: p2, author: [p1] }, 'Composition.subject'],
    ['a bill of p2 for p1', { resourceType: 'Invoice', subject: p2, recipient: p1 }, 'Invoice.subject'],
    ['something of p2', { resourceType: 'Basic', subject: p2, author: p1 }, 'Basic.subject'],
    [
      'a claim of p2 that pays p1',
      { resourceType: 'Claim', patient: p2, payee: { type: word, party: p1 } },
      'Claim.patient',
    ],
  ])('is not %s', async (_name, sent, element) => {
    const body = whole(sent);
    const alone = await server.call('POST', body['resourceType'] as string, { token: own, body });
    expectNamed(alone, element);
    const entry = { request: { method: 'POST', url: body['resourceType'] as string }, resource: body };
    const together = await server.call('POST', '', { token: own, body: aBundle('transaction', entry) });
    expectNamed(together, element);
    const { body: batch } = await server.call('POST', '', { token: own, body: aBundle('batch', entry) });
    expect(batch.entry[0].response.status).toMatch(/^403/);
  });

  it.each<[string, JsonObject]>([
    ['on our own base', of(`${base}/Patient/p2`)],
    ['with a version', of('Patient/p2/_history/1')],
    ['of another server', of('https://other.example/fhir/r4/Patient/p1')],
    ['that nobody resolves', of('urn:uuid:0f0e2b0a-4b34-4a8e-9a63-8f1c3a8a6c11')],
    ['by identifier', { type: 'Patient', identifier: { system: 'urn:mrn', value: 'two' } }],
    ['by the own identifier', { type: 'Patient', identifier: { system: 'urn:mrn', value: 'one' } }],
    ['in words', { display: 'Patient two' }],
    ['by an extension', { extension: [{ url: 'http://x.example', valueString: 'two' }] }],
    ['to a contained patient', of('#two')],
    ['of another type', of('Practitioner/p1')],
    ['with an id that begins the same', of('Patient/p11')],
  ])('does not name its patient by a reference %s', async (_name, patient) => {
    const contained = [{ resourceType: 'Patient', id: 'two', identifier: [{ system: 'urn:mrn', value: 'two' }] }];
    const body = allergy(patient, { recorder: p1, ...(patient['reference'] === '#two' && { contained }) });
    const answer = await server.call('POST', 'AllergyIntolerance', { token: own, body });
    expectNamed(answer, 'AllergyIntolerance.patient');
  });

  it.each<[string, JsonObject]>([
    ['by identifier', { identifier: { system: 'urn:mrn', value: 'two' } }],
    ['by an identifier that says its type', { type: 'Patient', identifier: { value: 'two' } }],
    ['of another server', of('https://other.example/fhir/r4/Patient/p1')],
    ['to a contained resource that does not say its type', of('#two')],
  ])('names no participant by a reference %s', async (_name, actor) => {
    const contained = { contained: [{ resourceType: 'Patient', id: 'two' }] };
    const body = { ...attending(p1, actor), ...(actor['reference'] === '#two' && contained) };
    expectNamed(await server.call('POST', 'Appointment', { token: own, body }), 'Appointment.participant[1].actor');
  });

  it.each<[string, JsonObject]>([
    ['on our own base', of(`${base}/Patient/p1`)],
    ['with a version', of('Patient/p1/_history/1')],
    [
      'with what else is known of the patient',
      { ...p1, type: 'Patient', display: 'One', identifier: { value: 'one' } },
    ],
  ])('may name the own patient by a reference %s', async (_name, patient) => {
    const { status, text } = await server.call('POST', 'AllergyIntolerance', { token: own, body: allergy(patient) });
    expect(status, text).toBe(201);
  });

  it('may name nobody where another element leaves it in the record, and others anywhere else', async () => {
    for (const body of [
      whole({ resourceType: 'Communication', sender: p1, recipient: [of('Practitioner/dr')] }),
      whole({ resourceType: 'Coverage', beneficiary: p1, subscriber: p2, payor: [p2] }),
      attending(p1, { display: 'A nurse' }, { type: 'Device', identifier: { value: '7' } }),
      anObservation('Patient/p1', { performer: [of('Practitioner/dr')], focus: [p2] }),
    ]) {
      const { status, text } = await server.call('POST', body['resourceType'] as string, { token: own, body });
      expect(status, text).toBe(201);
    }
    const nobodys = await server.call('POST', 'Communication', {
      token: own,
      body: whole({ resourceType: 'Communication', sender: of('Practitioner/dr') }),
    });
    expect([nobodys.status, nobodys.text.includes('does not lie in the record of Patient/p1')]).toEqual([403, true]);
  });

  it('does not reach p2 by a placeholder or a condition that a transaction resolves', async () => {
    const resolved = (patient: string) =>
      aBundle('transaction', {
        request: { method: 'POST', url: 'AllergyIntolerance' },
        resource: allergy(of(patient), { recorder: p1 }),
      });
    const byCondition = await server.call('POST', '', { token: own, body: resolved('Patient?identifier=urn:mrn|two') });
    // The patient of somebody else is not found, so there is nothing to resolve to.
    expect(byCondition.status, byCondition.text).toBeGreaterThanOrEqual(400);
    const ownCondition = await server.call('POST', '', {
      token: own,
      body: resolved('Patient?identifier=urn:mrn|one'),
    });
    expect(ownCondition.status, ownCondition.text).toBe(200);
    const urn = 'urn:uuid:0f0e2b0a-4b34-4a8e-9a63-8f1c3a8a6c12';
    const entries = [
      { fullUrl: urn, request: { method: 'PUT', url: 'Patient/p2' }, resource: { ...aPatient(), id: 'p2' } },
      { request: { method: 'POST', url: 'AllergyIntolerance' }, resource: allergy(of(urn), { recorder: p1 }) },
    ];
    const version = await versionOf('Patient/p2');
    const placed = await server.call('POST', '', { token: own, body: aBundle('transaction', ...entries) });
    expect(placed.status, placed.text).toBeGreaterThanOrEqual(400);
    expect(await versionOf('Patient/p2')).toBe(version);
  });

  it('is not a provenance or content of p2', async () => {
    await store({ ...anObservation('Patient/p1'), id: 'mine' }, { ...anObservation('Patient/p2'), id: 'theirs' });
    await store({ ...allergy(p2, { recorder: p1 }), id: 'recorded' });
    for (const target of ['Patient/p2', 'Observation/theirs', 'AllergyIntolerance/recorded', 'Observation/nobodys']) {
      const body = aProvenance('Observation/mine', target);
      const { status, text } = await server.call('POST', 'Provenance', { token: own, body });
      expect([status, text.includes('write-outside-compartment') || text.includes('Provenance')]).toEqual([403, true]);
    }
    for (const target of ['Patient/p2', 'Observation/theirs', 'AllergyIntolerance/recorded']) {
      const urn = 'urn:uuid:0f0e2b0a-4b34-4a8e-9a63-8f1c3a8a6c13';
      const entries = [
        {
          fullUrl: urn,
          request: { method: 'POST', url: 'Binary' },
          resource: aBinary({ securityContext: of(target) }),
        },
        { request: { method: 'POST', url: 'DocumentReference' }, resource: aDocument('Patient/p1', urn) },
      ];
      const { status, text } = await server.call('POST', '', { token: own, body: aBundle('transaction', ...entries) });
      expect(status, text).toBe(403);
    }
    const body = aProvenance('Observation/mine', 'Patient/p1');
    expect((await server.call('POST', 'Provenance', { token: own, body })).status).toBe(201);
  });
});

describe('the own resource', () => {
  const moved = (): JsonObject => ({ ...anObservation('Patient/p2', { performer: [p1] }), id: 'to-move' });
  beforeAll(() => store({ ...anObservation('Patient/p1', { performer: [p1] }), id: 'to-move' }));

  const patches: Readonly<Record<string, readonly [string, object]>> = {
    'JSON Patch': ['application/json-patch+json', [{ op: 'replace', path: '/subject/reference', value: 'Patient/p2' }]],
    'FHIRPath Patch': [
      'application/fhir+json',
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'replace' },
              { name: 'path', valueString: 'Observation.subject' },
              { name: 'value', valueReference: p2 },
            ],
          },
        ],
      },
    ],
  };
  const attacks: Readonly<Record<string, () => Promise<Answer>>> = {
    PUT: () => server.call('PUT', 'Observation/to-move', { token: own, body: moved() }),
    'PUT in a transaction': () =>
      server.call('POST', '', { token: own, body: aBundle('transaction', putting(moved())) }),
    'a conditional update': () => server.call('PUT', 'Observation?_id=to-move', { token: own, body: moved() }),
    ...Object.fromEntries(
      Object.entries(patches).flatMap(([name, [type, body]]) => [
        [
          name,
          () => server.call('PATCH', 'Observation/to-move', { token: own, body, headers: { 'content-type': type } }),
        ],
        [
          `a conditional ${name}`,
          () =>
            server.call('PATCH', 'Observation?_id=to-move', { token: own, body, headers: { 'content-type': type } }),
        ],
      ]),
    ),
  };

  it.each(Object.keys(attacks))('is not moved to p2 by %s', async (name) => {
    const version = await versionOf('Observation/to-move');
    expectNamed(await attacks[name]!(), 'Observation.subject');
    expect(await versionOf('Observation/to-move')).toBe(version);
  });
});

describe('a resource of p2 that p1 recorded', () => {
  beforeAll(() => store({ ...allergy(p2, { recorder: p1 }), id: 'of-p2' }));
  const untouched = async (path = 'AllergyIntolerance/of-p2'): Promise<void> => expect(await versionOf(path)).toBe('1');

  it('is read as before, and found', async () => {
    expect((await server.call('GET', 'AllergyIntolerance/of-p2', { token: own })).status).toBe(200);
    expect((await server.call('GET', 'AllergyIntolerance?_id=of-p2', { token: own })).text).toContain('of-p2');
  });

  it('is not taken over, changed or deleted, whatever the way', async () => {
    const body = { ...allergy(p1), id: 'of-p2' };
    const json = { 'content-type': 'application/json-patch+json' };
    const patch = [{ op: 'add', path: '/language', value: 'en' }];
    const meta = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] };
    const path = 'AllergyIntolerance/of-p2';
    expectNotThere(await server.call('PUT', path, { token: own, body }));
    expectNotThere(await server.call('PUT', 'AllergyIntolerance?_id=of-p2', { token: own, body }));
    expectNotThere(await server.call('PATCH', path, { token: own, body: patch, headers: json }));
    expectNotThere(
      await server.call('PATCH', 'AllergyIntolerance?_id=of-p2', { token: own, body: patch, headers: json }),
    );
    expectNotThere(await server.call('POST', `${path}/$meta-add`, { token: own, body: meta }));
    expectNotThere(await server.call('POST', `${path}/$meta-delete`, { token: own, body: meta }));
    expectNotThere(await server.call('DELETE', path, { token: own }));
    expectNotThere(await server.call('DELETE', 'AllergyIntolerance?_id=of-p2', { token: own }));
    for (const entry of [putting(body), { request: { method: 'DELETE', url: path } }])
      expectNotThere(await server.call('POST', '', { token: own, body: aBundle('transaction', entry) }));
    await untouched();
  });

  it('is not taken over once it is deleted', async () => {
    await store({ ...allergy(p2, { recorder: p1 }), id: 'gone' });
    expect((await server.call('DELETE', 'AllergyIntolerance/gone', { token: machine })).status).toBe(204);
    const body = { ...allergy(p1), id: 'gone' };
    expectNotThere(await server.call('PUT', 'AllergyIntolerance/gone', { token: own, body }));
    await store({ ...allergy(p1), id: 'own-gone' });
    expect((await server.call('DELETE', 'AllergyIntolerance/own-gone', { token: own })).status).toBe(204);
    const revived = await server.call('PUT', 'AllergyIntolerance/own-gone', {
      token: own,
      body: { ...allergy(p1), id: 'own-gone' },
    });
    expect(revived.status, revived.text).toBe(201);
  });

  it('is no content to replace: a Binary that their document holds', async () => {
    await store(
      { ...aBinary(), id: 'attached' },
      { ...aDocument('Patient/p2', 'Binary/attached', { author: [p1] }), id: 'authored' },
    );
    expect((await server.call('GET', 'Binary/attached', { token: own })).status).toBe(200);
    const body = { ...aBinary({ data: 'b3RoZXI=' }), id: 'attached' };
    expectNotThere(await server.call('PUT', 'Binary/attached', { token: own, body }), 'securityContext');
    expectNotThere(await server.call('DELETE', 'Binary/attached', { token: own }), 'securityContext');
    await untouched('Binary/attached');
  });
});

describe.each([
  ['a patient', 'Patient/p1'],
  ['a relative', 'RelatedPerson/mother'],
])('user/ scopes of %s', (_name, fhirUser) => {
  const token = () => server.token('user/*.cruds', { fhirUser: `${base}/${fhirUser}` });

  it('write into that record alone', async () => {
    const foreign = await server.call('POST', 'AllergyIntolerance', {
      token: token(),
      body: allergy(p2, { recorder: p1 }),
    });
    expect(foreign.status, foreign.text).toBe(403);
    expect(foreign.text).toContain('write-outside-compartment');
    expect(foreign.text).toContain('patient');
    const made = await server.call('POST', 'AllergyIntolerance', { token: token(), body: allergy(p1) });
    expect(made.status, made.text).toBe(201);
    const body = { ...allergy(p2, { recorder: p1 }), id: made.body.id };
    expect((await server.call('PUT', `AllergyIntolerance/${made.body.id}`, { token: token(), body })).status).toBe(403);
  });
});

describe('whom nothing limits', () => {
  it('writes for everybody', async () => {
    const clinician = server.token('user/*.cruds', { fhirUser: `${base}/Practitioner/dr` });
    for (const token of [machine, clinician]) {
      const body = allergy(p2, { recorder: p1 });
      expect((await server.call('POST', 'AllergyIntolerance', { token, body })).status).toBe(201);
    }
  });
});

describe('$my-access and $explain-access', () => {
  it('tell what is written under which condition', async () => {
    const mine = await server.call('GET', '$my-access', { token: own, headers: { accept: 'text/plain' } });
    expect(mine.text).toContain('record of Patient/p1 and patient that names no other patient');
    const explained = await server.call('POST', '$explain-access', {
      token: own,
      body: 'request=POST%20AllergyIntolerance',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain' },
    });
    expect(explained.text).toContain('patient that names no other patient');
  });
});

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { readStoredPolicy } from '../../src/scope/policies/read-stored-policy.js';
import type { StoredPolicy } from '../../src/scope/policies/stored-policy.js';
import { aConsent, ofClass } from '../support/consents.js';
import { aBundle, anObservation, aPatient, type Entry, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

/** Roundabout ways out of the own record (ADR 41), and doors that open and close within one transaction (ADR 42). */
let server: TestServer;
let machine: string;
let own: string;
let nurse: string;

const of = (reference: string): JsonObject => ({ reference });
const [p1, p2] = [of('Patient/p1'), of('Patient/p2')];
const jsonPatch = { 'content-type': 'application/json-patch+json' };

beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  machine = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  own = server.token('patient/*.cruds', { patient: 'p1' });
  nurse = server.token('user/*.cruds', {
    sub: 'nurse',
    client_id: 'ward',
    fhirUser: `${base}/Practitioner/nurse`,
    groups: ['clinicians'],
  });
  await store(
    { ...aPatient({ identifier: [{ system: 'urn:mrn', value: 'one' }] }), id: 'p1' },
    { ...aPatient({ identifier: [{ system: 'urn:mrn', value: 'two' }] }), id: 'p2' },
    { ...anObservation('Patient/p1', { performer: [p1, p2], focus: [p2] }), id: 'mine' },
    { ...anObservation('Patient/p2'), id: 'theirs' },
    {
      resourceType: 'CareTeam',
      id: 'team',
      status: 'active',
      subject: p1,
      participant: [{ member: of('Practitioner/nurse') }],
    },
  );
});
afterAll(() => server?.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: machine, body });
  expect(status, text).toBe(200);
}

const stored = async (path: string): Promise<JsonObject> => (await server.call('GET', path, { token: machine })).body;
const countOf = async (query: string): Promise<number> =>
  (await server.call('GET', `${query}${query.includes('?') ? '&' : '?'}_summary=count`, { token: machine })).body.total;

function fhirPathPatch(...parts: readonly JsonObject[]): JsonObject {
  return { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [...parts] }] };
}

describe('the own resource', () => {
  const patches: Readonly<Record<string, readonly [string, object]>> = {
    'a copy of a performer': ['application/json-patch+json', [{ op: 'copy', from: '/performer/1', path: '/subject' }]],
    'a move of a performer': ['application/json-patch+json', [{ op: 'move', from: '/performer/1', path: '/subject' }]],
    'a copy of the text of a reference': [
      'application/json-patch+json',
      [{ op: 'copy', from: '/focus/0/reference', path: '/subject/reference' }],
    ],
    'a subject that is inside': [
      'application/json-patch+json',
      [
        { op: 'add', path: '/contained', value: [{ ...aPatient(), id: 'inside' }] },
        { op: 'replace', path: '/subject', value: of('#inside') },
      ],
    ],
    'an identifier in place of the reference': [
      'application/json-patch+json',
      [{ op: 'replace', path: '/subject', value: { identifier: { system: 'urn:mrn', value: 'two' } } }],
    ],
    'FHIRPath: the own subject taken out and another put in': [
      'application/fhir+json',
      fhirPathPatch(
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Observation.subject.reference' },
        { name: 'value', valueString: 'Patient/p2' },
      ),
    ],
  };

  it.each(Object.entries(patches))('is not taken out of the record by %s', async (_what, [type, body]) => {
    const before = await stored('Observation/mine');
    for (const path of ['Observation/mine', 'Observation?_id=mine']) {
      const { status, text } = await server.call('PATCH', path, {
        token: own,
        body,
        headers: { 'content-type': type },
      });
      expect([path, status, text.includes('write-outside-compartment')], text).toEqual([path, 403, true]);
      expect(text).toContain('Write {\\"reference\\": \\"Patient/p1\\"} there');
    }
    expect(await stored('Observation/mine')).toEqual(before);
  });

  it('is not described by two subjects of one name', async () => {
    const text = JSON.stringify({ ...anObservation('Patient/p1'), id: 'twice' }).replace(
      '"subject":',
      '"subject":{"reference":"Patient/p2"},"subject":',
    );
    for (const [first, second] of [
      ['Patient/p2', 'Patient/p1'],
      ['Patient/p1', 'Patient/p2'],
    ] as const) {
      const body = text
        .replace('Patient/p2', '1')
        .replace('Patient/p1', second)
        .replace('"reference":"1"', `"reference":"${first}"`);
      const answer = await server.call('POST', 'Observation', { token: own, body });
      expect(answer.status, answer.text).toBe(400);
      expect(answer.text).toContain('subject');
    }
    expect(await countOf('Observation?_id=twice')).toBe(0);
  });

  it('holds what is inside for itself: a resource of p2 inside is found in no record but the own', async () => {
    const inside = { ...anObservation('Patient/p2', { code: { text: 'planted' } }), id: 'planted' };
    const body = anObservation('Patient/p1', {
      contained: [inside],
      hasMember: [of('#planted')],
      code: { text: 'outer' },
    });
    const made = await server.call('POST', 'Observation', { token: own, body });
    expect(made.status, made.text).toBe(201);
    const theirs = server.token('patient/*.rs', { patient: 'p2' });
    const found = await server.call('GET', 'Observation?_count=100', { token: theirs });
    expect(found.text).not.toContain('planted');
    expect((await server.call('GET', `Observation/${made.body.id}`, { token: theirs })).status).toBe(404);
    expect((await server.call('GET', 'Observation/planted', { token: theirs })).status).toBe(404);
  });
});

describe('a condition of a write', () => {
  const conditions = (value: string): readonly string[] => [
    `subject:Patient.identifier=urn:mrn|${value}`,
    `patient.identifier=urn:mrn|${value}&status=final`,
    `focus:Patient.identifier=urn:mrn|${value}`,
    `performer:Patient._has:Observation:subject:_id=${value === 'two' ? 'theirs' : 'of-nobody'}`,
  ];

  it('tells nothing of p2: a chain that would match there is one that matches nothing', async () => {
    const body = anObservation('Patient/p1');
    const ways: readonly ((condition: string) => Promise<Answer>)[] = [
      (condition) => server.call('DELETE', `Observation?${condition}`, { token: own }),
      (condition) => server.call('PATCH', `Observation?${condition}`, { token: own, body: [], headers: jsonPatch }),
      (condition) =>
        server.call('POST', '', {
          token: own,
          body: aBundle('transaction', { request: { method: 'DELETE', url: `Observation?${condition}` } }),
        }),
      (condition) =>
        server.call('PUT', `Observation?${condition}&status=unknown`, { token: own, body: { ...body, id: 'x' } }),
    ];
    const before = await countOf('Observation');
    for (const way of ways) {
      for (const [i, condition] of conditions('two').entries()) {
        const [hit, none] = [await way(condition), await way(conditions('nobody')[i]!)];
        const plain = (one: Answer) => `${one.status} ${one.text.replaceAll(/two|nobody|theirs|of-nobody/g, 'V')}`;
        expect(withoutIds(plain(hit)), condition).toBe(withoutIds(plain(none)));
      }
    }
    expect(await stored('Observation/theirs')).toMatchObject({ resourceType: 'Observation' });
    expect((await stored('Observation/mine'))['resourceType']).toBe('Observation');
    expect(await countOf('Observation')).toBeGreaterThanOrEqual(before);
  });

  const withoutIds = (text: string): string =>
    text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'T');
});

describe('a door that opens and closes again within one bundle', () => {
  const inTeam: JsonObject = {
    resourceType: 'CareTeam',
    status: 'active',
    subject: p2,
    participant: [{ member: of('Practitioner/nurse') }],
  };
  const look: Entry = { request: { method: 'GET', url: 'Observation/theirs' } };

  it('lets nobody through whom a policy limits', async () => {
    const text = await readFile('docs/policies/care-team.yaml', 'utf8');
    const { policies } = parse(text) as { readonly policies: readonly [StoredPolicy] };
    const [policy] = policies;
    await server.app.get(AccessPolicies).put(readStoredPolicy(policy, server.app.get(AccessRules).expressions), 'test');
    await server.app.get(AccessRules).refresh();
    expect((await server.call('GET', 'Observation/mine', { token: nurse })).status).toBe(200);
    expect((await server.call('GET', 'Observation/theirs', { token: nurse })).status).toBe(404);
    const patch = Buffer.from(JSON.stringify([{ op: 'replace', path: '/subject/reference', value: 'Patient/p2' }]));
    const doors: readonly (readonly Entry[])[] = [
      [{ request: { method: 'POST', url: 'CareTeam' }, resource: inTeam }, look],
      [putting({ ...inTeam, id: 'team' }), look],
      [
        { request: { method: 'DELETE', url: 'CareTeam/team' } },
        { request: { method: 'POST', url: 'CareTeam' }, resource: { ...inTeam, id: undefined } },
        look,
      ],
      [
        {
          request: { method: 'PATCH', url: 'CareTeam/team' },
          resource: {
            resourceType: 'Binary',
            contentType: 'application/json-patch+json',
            data: patch.toString('base64'),
          },
        },
        look,
      ],
    ];
    const before = await countOf('CareTeam');
    for (const entries of doors) {
      for (const kind of ['transaction', 'batch'] as const) {
        const answer = await server.call('POST', '', { token: nurse, body: aBundle(kind, ...entries) });
        expect(answer.text).toContain('policy-relevant');
        expect(answer.text).toContain('admin/Policy.u');
        expect(answer.text).not.toContain('"id":"theirs"');
        expect(answer.status).toBe(kind === 'transaction' ? 403 : 200);
      }
    }
    expect(await countOf('CareTeam')).toBe(before);
    expect((await server.call('GET', 'Observation/theirs', { token: nurse })).status).toBe(404);
  });

  it('lets nobody through whom a Consent limits: it is lifted and put back by somebody else or not at all', async () => {
    const clerk = server.token('user/*.cruds', {
      sub: 'clerk',
      client_id: 'desk',
      fhirUser: `${base}/Practitioner/clerk`,
    });
    const denial = { ...aConsent('Patient/p2', { class: [ofClass('Observation')] }), id: 'denial' };
    await store(denial);
    expect((await server.call('GET', 'Observation/theirs', { token: clerk })).status).toBe(404);
    const attempts: readonly (readonly Entry[])[] = [
      [putting({ ...denial, status: 'inactive' }), look],
      [{ request: { method: 'DELETE', url: 'Consent/denial' } }, look],
      [
        { request: { method: 'DELETE', url: 'Consent/denial' } },
        { request: { method: 'POST', url: 'Consent' }, resource: { ...denial, id: undefined } },
        look,
      ],
    ];
    for (const entries of attempts) {
      const answer = await server.call('POST', '', { token: clerk, body: aBundle('transaction', ...entries) });
      expect(answer.status, answer.text).toBe(404);
      expect(answer.text).toContain('Consents that do not limit the caller');
      const batch = await server.call('POST', '', { token: clerk, body: aBundle('batch', ...entries) });
      expect(batch.text).not.toContain('"id":"theirs"');
    }
    expect(await stored('Consent/denial')).toMatchObject({ status: 'active', meta: { versionId: '1' } });
  });
});

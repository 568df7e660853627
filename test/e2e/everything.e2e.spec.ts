// https://hl7.org/fhir/R4/patient-operation-everything.html (docs/adr/0081)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminApi } from '../support/admin-api.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { anEncounter, aPractitioner } from '../../src/testing/resources.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

beforeAll(async () => {
  server = await startServer({ SEARCH_COUNT_MAX: '50' });
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const encounter = { reference: 'Encounter/e1' };
  const resources = [
    ...['p1', 'p2', 'p3'].map((id) => ({
      ...aPatient({ generalPractitioner: [{ reference: 'Practitioner/d1' }] }),
      id,
    })),
    { ...aPractitioner(), id: 'd1' },
    { ...aPractitioner(), id: 'd2' },
    { resourceType: 'Device', id: 'scanner', distinctIdentifier: 'x' },
    { resourceType: 'EpisodeOfCare', id: 'c1', status: 'active', patient: { reference: 'Patient/p1' } },
    { ...anEncounter('Patient/p1', { episodeOfCare: [{ reference: 'EpisodeOfCare/c1' }] }), id: 'e1' },
    { ...anObservation('Patient/p1', { encounter, effectiveDateTime: '2020-01-01' }), id: 'o1' },
    {
      ...anObservation('Patient/p1', {
        effectiveDateTime: '2021-01-01',
        performer: [{ reference: 'Practitioner/d2' }],
      }),
      id: 'o2',
    },
    {
      ...anObservation('Patient/p1', { effectiveDateTime: undefined, device: { reference: 'Device/scanner' } }),
      id: 'o3',
    },
    { ...anObservation('Patient/p2'), id: 'o4' },
    {
      resourceType: 'Flag',
      id: 'f1',
      status: 'active',
      code: { text: 'x' },
      subject: { reference: 'Patient/p1' },
      // Of another record: it is no part of this one.
      author: { reference: 'Patient/p2' },
    },
    {
      resourceType: 'Provenance',
      id: 'v1',
      target: [{ reference: 'Observation/o1' }],
      recorded: '2020-01-01T00:00:00Z',
      agent: [{ who: { reference: 'Practitioner/d1' } }],
    },
    {
      resourceType: 'Group',
      id: 'g1',
      type: 'person',
      actual: true,
      member: [
        { entity: { reference: 'Patient/p2' } },
        { entity: { reference: 'Patient/p1' } },
        { entity: { reference: 'Patient/p3' }, inactive: true },
      ],
    },
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

interface Entry {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
}
const get = (path: string, token = machine) => server.call('GET', path, { token });
const namesOf = (entries: readonly Entry[] = [], mode = 'match'): readonly string[] =>
  entries.filter(({ search }) => search.mode === mode).map(({ resource }) => `${resource.resourceType}/${resource.id}`);

async function matches(path: string, token = machine): Promise<readonly string[]> {
  const { status, body, text } = await get(path, token);
  expect([status, body.resourceType, body.type], text).toEqual([200, 'Bundle', 'searchset']);
  return namesOf(body.entry);
}

/** Each page, by its links. */
async function pagesOf(path: string, token = machine): Promise<readonly (readonly Entry[])[]> {
  const pages: (readonly Entry[])[] = [];
  for (let next: string | undefined = path; next !== undefined && pages.length < 30;) {
    const { status, body, text } = await get(next, token);
    expect(status, text).toBe(200);
    pages.push(body.entry ?? []);
    next = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url.slice(base.length + 1);
  }
  return pages;
}

const ofP1 = [
  'Patient/p1',
  'Encounter/e1',
  'EpisodeOfCare/c1',
  'Flag/f1',
  'Observation/o1',
  'Observation/o2',
  'Observation/o3',
];

describe('the record of a patient', () => {
  it('comes with the patient first, and with what it refers to beside', async () => {
    const { body } = await get('Patient/p1/$everything');
    expect(namesOf(body.entry)).toEqual(ofP1);
    expect(namesOf(body.entry, 'include')).toEqual([
      'Device/scanner',
      'Practitioner/d1',
      'Practitioner/d2',
      'Provenance/v1',
    ]);
    expect(body.link).toEqual([{ relation: 'self', url: `${base}/Patient/p1/$everything?_count=20` }]);
  });

  it.each([1, 2, 3, 6, 7])('is the same in pages of %i', async (count) => {
    const pages = await pagesOf(`Patient/p1/$everything?_count=${count}`);
    expect(pages.flatMap((page) => namesOf(page))).toEqual(ofP1);
    expect(pages.length).toBe(Math.ceil(ofP1.length / count));
  });

  it('brings what belongs to the rows of a page with that page', async () => {
    const pages = await pagesOf('Patient/p1/$everything?_type=Observation,Practitioner&_count=1');
    expect(pages.map((page) => namesOf(page, 'include'))).toEqual([[], ['Practitioner/d2'], []]);
  });

  it.each([
    ['start=2020-06-01', ['Observation/o2', 'Observation/o3']],
    ['end=2020-06-01', ['Observation/o1', 'Observation/o3']],
    ['start=2020-06&end=2021-06', ['Observation/o2', 'Observation/o3']],
    ['_since=2000-01-01T00:00:00Z', ['Observation/o1', 'Observation/o2', 'Observation/o3']],
    ['_since=2100-01-01T00:00:00Z', []],
    ['_type=Flag', ['Flag/f1', 'Observation/o1', 'Observation/o2', 'Observation/o3']],
  ])('is limited by %s', async (query, expected) => {
    expect(await matches(`Patient/p1/$everything?_type=Observation&${query}`)).toEqual(expected);
  });

  it('is what the token reaches, and says what it leaves out', async () => {
    const own = server.token('patient/Patient.rs patient/Observation.rs', { patient: 'p1' });
    const { body } = await get('Patient/p1/$everything', own);
    expect(namesOf(body.entry)).toEqual(['Patient/p1', 'Observation/o1', 'Observation/o2', 'Observation/o3']);
    expect(namesOf(body.entry, 'include')).toEqual([]);
    expect(JSON.stringify(body.entry.at(-1))).toMatch(/"suppressed".*Left out are Account, .* and \d+ more/);
    expect(await matches('Patient/$everything', own)).toEqual(namesOf(body.entry));
    expect((await get('Patient/p2/$everything', own)).status).toBe((await get('Patient/p2', own)).status);
  });

  it('has no rows that a search finds and a read does not show', async () => {
    const scope = 'patient/Patient.rs patient/Observation.s patient/Observation.r?_id=o2';
    const own = server.token(scope, { patient: 'p1' });
    expect(await matches('Patient/p1/$everything?_type=Observation', own)).toEqual(['Observation/o2']);
  });

  it('is no way around a mask', async () => {
    const admin = await adminApi(server);
    const body = {
      assignedTo: { clients: ['blind'] },
      rules: [{ mask: ['Observation.subject', 'Patient.generalPractitioner'] }],
    };
    await admin.call('PUT', 'policies/blind', { description: 'Blind', ...body });
    const token = server.token('system/*.rs', { sub: 'blind', client_id: 'blind' });
    const refused = await get('Patient/p1/$everything', token);
    expect(refused.status).toBe(403);
    expect(reasonsOf(refused)).toEqual(['element-masked']);
    expect(refused.text).toMatch(/Leave Observation out of _type\./);
    const { body: shown } = await get('Patient/p1/$everything?_type=Patient,Practitioner', token);
    // The reference to the practitioner is masked, so that it leads nowhere.
    expect(shown.entry.map(({ resource }: Entry) => resource.resourceType)).toEqual(['Patient']);
  });
});

describe('other records', () => {
  it('of an encounter and of an episode, with the patient beside', async () => {
    const encounter = await get('Encounter/e1/$everything');
    expect(namesOf(encounter.body.entry)).toEqual(['Encounter/e1', 'Observation/o1']);
    expect(namesOf(encounter.body.entry, 'include')).toEqual(['Patient/p1', 'Provenance/v1']);
    const pages = await pagesOf('EpisodeOfCare/c1/$everything?_count=2');
    expect(pages.map((page) => namesOf(page))).toEqual([['EpisodeOfCare/c1', 'Encounter/e1'], ['Observation/o1']]);
  });

  it('of the active members of a group, one after the other', async () => {
    const pages = await pagesOf('Group/g1/$everything?_count=3');
    expect(pages.flatMap((page) => namesOf(page))).toEqual([...ofP1, 'Patient/p2', 'Observation/o4']);
  });
});

describe('what is refused', () => {
  it.each([
    [
      'Patient/p1/$everything?_type=Observations',
      /Observations.* is not a FHIR R4 resource type\. Did you mean Observation\?/,
    ],
    ['Patient/p1/$everything?_type=ValueSets', /ValueSets.* Did you mean ValueSet/],
    ['Patient/p1/$everything?_type=AuditEvent', /AuditEvent is in no such record\. Its types are Account, /],
    ['Patient/p1/$everything?_count=0', /_count=0 is not a number of 1 and more/],
    ['Patient/p1/$everything?_count=x', /_count.* is .*x.*whole number/],
    ['Patient/p1/$everything?start=2021-01-01&end=2020-01-01', /start=2021-01-01 lies after end=2020-01-01/],
    ['Patient/p1/$everything?_since=soon', /_since.* is .*soon/],
    ['Patient/p1/$everything?since=2020', /no parameter .*since.*Did you mean _since\?/],
    ['Patient/$everything', /more than one patient.*Patient\/<id>\/\$everything/],
  ])('%s', async (path, words) => {
    expectOutcome(await get(path), 400, words);
  });

  it('unknown records, foreign page links, and tokens without the scopes', async () => {
    for (const type of ['Patient', 'Encounter', 'EpisodeOfCare', 'Group']) {
      expectOutcome(await get(`${type}/nobody/$everything`), 404);
    }
    expectOutcome(await get('Encounter/$everything'), 404, /\$everything is not offered on Encounter/);
    const { body } = await get('Patient/p1/$everything?_count=1');
    const next = body.link[1].url.slice(base.length + 1);
    const foreign = await get(next.replace('p1', 'p2'));
    expect(foreign.status).not.toBe(200);
    expect(reasonsOf(foreign)).toEqual(['cursor-foreign']);
    const narrower = await get(next, server.token('user/Patient.rs user/Flag.rs'));
    expect(narrower.status).not.toBe(200);
    expect(reasonsOf(narrower)).toEqual(['cursor-foreign']);
    const other = await get('Patient/p1/$everything', server.token('user/Observation.rs'));
    expect([other.status, reasonsOf(other)]).toEqual([403, ['scope-insufficient', 'scope-insufficient']]);
    const named = await get('Patient/p1/$everything?_type=Flag', server.token('user/Patient.rs'));
    expect([named.status, reasonsOf(named)]).toEqual([403, ['scope-insufficient']]);
  });
});

// https://hl7.org/fhir/R4/search.html#chaining and #has
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

const ref = (reference: string) => ({ reference });
const observation = (id: string, patient: string, code: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code }] },
  subject: ref(patient),
  ...more,
});
const questionnaire = 'http://example.org/Questionnaire/q';

const resources = [
  { resourceType: 'Organization', id: 'north', name: 'North', partOf: ref('Organization/root') },
  { resourceType: 'Organization', id: 'root', name: 'Root' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Healer' }] },
  {
    resourceType: 'Patient',
    id: 'anna',
    name: [{ family: 'Abel' }],
    gender: 'female',
    managingOrganization: ref('Organization/north'),
  },
  {
    resourceType: 'Patient',
    id: 'bert',
    name: [{ family: 'Bolt' }],
    gender: 'male',
    generalPractitioner: [ref('Practitioner/doc')],
  },
  { resourceType: 'Location', id: 'ward', name: 'Abel ward' },
  observation('o-anna', 'Patient/anna', 'a', { derivedFrom: [ref('Observation/o-bert')] }),
  observation('o-bert', 'Patient/bert/_history/1', 'b'),
  observation('o-ward', 'Location/ward', 'a'),
  observation('o-gone', 'Patient/gone', 'a'),
  observation('o-other', 'https://other.example/fhir/Patient/anna', 'a'),
  { resourceType: 'Group', id: 'g', type: 'person', actual: true, member: [{ entity: ref('Patient/anna') }] },
  { resourceType: 'Questionnaire', id: 'q', url: questionnaire, title: 'Mood', status: 'active' },
  {
    resourceType: 'QuestionnaireResponse',
    id: 'r',
    status: 'completed',
    questionnaire: `${questionnaire}|2`,
    subject: ref('Patient/anna'),
  },
  {
    resourceType: 'Provenance',
    id: 'pv',
    target: [ref('Observation/o-bert')],
    recorded: '2024-01-01T00:00:00Z',
    agent: [{ who: ref('Practitioner/doc') }],
  },
];

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const gone = { resourceType: 'Patient', id: 'gone', name: [{ family: 'Abel' }] };
  const { status, text } = await server.call('POST', '', {
    token: all,
    body: aBundle('transaction', ...[...resources, gone].map(putting)),
  });
  if (status !== 200) throw new Error(text);
  await server.call('DELETE', 'Patient/gone', { token: all });
});
afterAll(() => server.close());

const search = (query: string, token = all) => server.call('GET', query, { token });
const idsOf = ({ status, body, text }: Answer): readonly string[] => {
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
};

describe('a chained search', () => {
  it.each([
    ['Observation?subject:Patient.name=abel', ['o-anna']],
    ['Observation?subject.name=abel', ['o-anna', 'o-ward']],
    ['Observation?patient.name=abel', ['o-anna']],
    ['Observation?subject:Patient.name=bolt', ['o-bert']],
    ['Observation?subject:Patient.name:exact=abel', []],
    ['Observation?subject:Patient.name:exact=Abel', ['o-anna']],
    ['Observation?subject:Patient.gender:not=male', ['o-anna']],
    ['Observation?subject:Patient.organization:missing=true', ['o-bert']],
    ['Observation?subject:Patient.organization.name=north', ['o-anna']],
    ['Observation?subject:Patient.organization.partof.name=root', ['o-anna']],
    ['Observation?subject:Patient.organization.partof.name=north', []],
    [
      'Observation?derived-from:Observation.subject:Patient.general-practitioner:Practitioner.family=healer',
      ['o-anna'],
    ],
    ['Observation?subject:Patient._id=anna,bert', ['o-anna', 'o-bert']],
    ['Observation?subject:Patient._id=gone', []],
    ['Observation?subject:Patient.name=abel&code=a', ['o-anna']],
    ['Observation?subject:Patient.name=abel&code=b', []],
    ['Observation?patient=anna&subject:Patient.name=abel', ['o-anna']],
    ['Observation?patient=anna&subject:Patient.name=bolt', []],
    ['Observation?_id=o-anna,o-ward,o-bert&subject.name=abel', ['o-anna', 'o-ward']],
    ['QuestionnaireResponse?questionnaire.title=mood', ['r']],
    ['QuestionnaireResponse?_id=r&questionnaire.title=mood', ['r']],
    ['QuestionnaireResponse?questionnaire.title=other', []],
  ])('%s finds what refers to such a resource', async (query, expected) => {
    expect(idsOf(await search(query))).toEqual(expected);
  });

  it.each([
    ['Patient?_has:Observation:patient:code=a', ['anna']],
    ['Patient?_has:Observation:patient:code=a,b', ['anna', 'bert']],
    ['Patient?_has:Observation:patient:code=c', []],
    ['Patient?_id=anna&_has:Observation:patient:code=a', ['anna']],
    ['Patient?_id=bert&_has:Observation:patient:code=a', []],
    ['Patient?_has:Observation:patient:_has:Provenance:target:agent=doc', ['bert']],
    ['Patient?_has:Observation:patient:derived-from:Observation.code=b', ['anna']],
    ['Observation?patient:Patient._has:Group:member:_id=g', ['o-anna']],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=a', ['north']],
    ['Organization?_has:Patient:organization:gender:not=male', ['north']],
    ['Questionnaire?_has:QuestionnaireResponse:questionnaire:subject=Patient/anna', ['q']],
    ['Questionnaire?_id=q&_has:QuestionnaireResponse:questionnaire:subject=Patient/anna', ['q']],
  ])('%s finds what such a resource refers to', async (query, expected) => {
    expect(idsOf(await search(query))).toEqual(expected);
  });

  it('is shown in the self link, and pages like any other', async () => {
    const query = 'subject.name=abel';
    const { body } = await search(`Observation?${query}&_count=1`);
    expect(body.entry).toHaveLength(1);
    const link = (relation: string) => body.link.find((one: { relation: string }) => one.relation === relation).url;
    expect(link('self')).toContain(query);
    expect(idsOf(await search(link('next').replace(/^.*fhir\/r4\//, '')))).toEqual(['o-ward']);
  });

  it('goes with _sort, _total, several types and compartments', async () => {
    const sorted = await search('Observation?subject.name=abel&_sort=-_id&_total=accurate&_count=1');
    expect(idsOf(sorted)).toEqual(['o-ward']);
    expect(sorted.body.total).toBe(2);
    expect((await search('Observation?subject.name=abel&_summary=count')).body.total).toBe(2);
    const types = '_type=Observation,QuestionnaireResponse';
    expect(idsOf(await search(`?${types}&subject:Patient.name=abel`))).toEqual(['o-anna', 'r']);
    expect(idsOf(await search('Patient/anna/Observation?derived-from:Observation.code=b'))).toEqual(['o-anna']);
    expect(idsOf(await search('Patient/bert/Observation?derived-from:Observation.code=b'))).toEqual([]);
  });

  it('in POST _search is the same', async () => {
    const answer = await server.call('POST', 'Patient/_search', {
      token: all,
      body: '_has:Observation:patient:code=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(idsOf(answer)).toEqual(['anna']);
  });

  it.each([
    ['Observation?subjet.name=x', /Did you mean subject\?/],
    ['Observation?subject:Patient.nme=x', /Did you mean name\?/],
    ['Observation?subject:Organization.name=x', /never refers to Organization/],
    ['Observation?subject:Patiant.name=x', /Did you mean Patient\?/],
    ['Observation?code.name=x', /code is of type token/],
    [`Observation?${'derived-from:Observation.'.repeat(9)}code=x`, /CHAIN_DEPTH/],
    ['Patient?_has:Observation:patient=x', /_has names a type/],
    ['Patient?_has:Observation:code:code=x', /code is of type token/],
  ])('%s is refused with what is right', async (query, fact) => {
    expectOutcome(await search(query), 400, fact);
  });

  it('of an unknown parameter is ignored, and named, where handling is lenient', async () => {
    const headers = { prefer: 'handling=lenient' };
    const { body } = await server.call('GET', 'Patient?foo.bar=x', { token: all, headers });
    expect(body.entry.at(-1)).toMatchObject({ search: { mode: 'outcome' } });
    expect(body.entry.at(-1).resource.issue[0].diagnostics).toContain('foo.bar');
  });
});

describe('a chain', () => {
  it.each([
    ['user/Observation.rs', 'Observation?subject:Patient.name=nobody', 'user/Patient.s'],
    ['user/Observation.rs', 'Observation?subject.name=nobody', 'user/Patient.s'],
    ['user/Patient.rs', 'Patient?_has:Observation:patient:code=none', 'user/Observation.s'],
    [
      'user/Patient.rs user/Observation.rs',
      'Patient?_has:Observation:patient:_has:Provenance:target:agent=x',
      'user/Provenance.s',
    ],
    ['user/Observation.rs user/Patient.r', 'Observation?patient.name=nobody', 'user/Patient.s'],
  ])('with %s is refused in %s, since it needs %s', async (scope, query, needed) => {
    const answer = await search(query, server.token(scope));
    expectOutcome(answer, 403);
    expect(reasonsOf(answer)).toContain('scope-insufficient');
    expect(answer.text).toContain(needed);
  });

  it.each([
    'Observation?subject.name=abel',
    'Observation?subject.name=abel&_summary=count',
    'Observation?_filter=subject.name sw abel',
  ])('without a type goes through those that may be searched, and says so: %s', async (query) => {
    const { body } = await search(query, server.token('user/Observation.rs user/Location.rs user/Patient.r'));
    const [remark, ...matches] = body.entry.toReversed();
    expect(matches.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(
      query.includes('_summary') ? [] : ['o-ward'],
    );
    expect(body.total).toBe(1);
    expect(remark.resource.issue).toMatchObject([
      {
        severity: 'warning',
        code: 'suppressed',
        details: {
          coding: [{ code: 'chain-filtered' }],
          text: 'subject.name is not followed to Patient, which the token does not permit to search.',
        },
        diagnostics: expect.stringContaining('user/Patient.s'),
      },
    ]);
  });

  it('that is followed to all it could mean has no remark', async () => {
    expect((await search('Observation?subject.name=nobody')).body.entry).toBeUndefined();
  });

  it('that is left out in part is explained so', async () => {
    const { body } = await server.call('POST', '$explain-access', {
      token: server.token('user/Observation.rs user/Location.rs'),
      body: {
        resourceType: 'Parameters',
        parameter: [{ name: 'request', valueString: 'GET Observation?subject.name=abel' }],
      },
    });
    expect(JSON.stringify(body)).toContain('subject.name is not followed to Patient');
  });

  it('stays within the record of the patient', async () => {
    const token = server.token('patient/*.rs', { patient: 'anna' });
    expect(idsOf(await search('Observation?derived-from:Observation.code=b', token))).toEqual([]);
    expect(idsOf(await search('Observation?subject:Patient.name=abel', token))).toEqual(['o-anna']);
    expect(idsOf(await search('Practitioner?_has:Patient:general-practitioner:name=bolt', token))).toEqual([]);
    expect(idsOf(await search('Practitioner?_has:Patient:general-practitioner:name=bolt'))).toEqual(['doc']);
  });

  it('has page links that do not open for other access to what it leads to', async () => {
    const { body } = await search('Observation?subject:Patient._id=anna,bert&_count=1');
    const next = body.link
      .find(({ relation }: { relation: string }) => relation === 'next')
      .url.replace(/^.*fhir\/r4\//, '');
    const answer = await search(next, server.token('user/Observation.rs user/Patient.rs?gender=female'));
    expectOutcome(answer, 403);
    expect(reasonsOf(answer)).toEqual(['cursor-foreign']);
    expect(idsOf(await search(next, server.token('user/Observation.rs user/Patient.s')))).toEqual(['o-bert']);
  });

  it('stays within a granular scope', async () => {
    const token = server.token('user/Patient.rs user/Observation.rs?code=b');
    expect(idsOf(await search('Patient?_has:Observation:patient:code=a,b', token))).toEqual(['bert']);
  });
});

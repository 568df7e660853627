// https://hl7.org/fhir/R4/search_filter.html: operators by type of parameter, and what is no filter
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const patient = (id: string, rest: object) => ({ resourceType: 'Patient', id, ...rest });
const observation = (id: string, rest: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '1234-5' }] },
  ...rest,
});

const resources = [
  patient('anna', {
    name: [{ family: 'Petersen', given: ['Anna', 'Eva'] }],
    gender: 'female',
    birthDate: '1980-02-28',
  }),
  patient('bea', { name: [{ given: ['Bea'] }], gender: 'other', active: false }),
  patient('none', {}),
  observation('heavy', {
    subject: { reference: 'Patient/anna' },
    effectivePeriod: { start: '2024-01-10', end: '2024-02-10' },
    valueQuantity: { value: 72.5, system: 'http://unitsofmeasure.org', code: 'kg' },
  }),
  observation('old', { subject: { reference: 'Patient/bea' }, effectiveDateTime: '2000', status: 'amended' }),
  { resourceType: 'ValueSet', id: 'v1', status: 'draft', url: 'http://a.example/fhir/v1' },
  { resourceType: 'ValueSet', id: 'v2', status: 'active', url: 'http://b.example/fhir/v2' },
  {
    resourceType: 'Encounter',
    id: 'ambulant',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  },
  { resourceType: 'Location', id: 'vienna', position: { latitude: 48.2082, longitude: 16.3738 } },
  {
    resourceType: 'List',
    id: 'l1',
    status: 'current',
    mode: 'working',
    entry: [{ item: { reference: 'Patient/bea' } }],
  },
];

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  token = server.token('user/*.cruds');
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...resources.map(putting)),
  });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const ask = (address: string, filter: string, headers: Record<string, string> = {}) =>
  server.call('GET', `${address}${address.includes('?') ? '&' : '?'}_filter=${encodeURIComponent(filter)}`, {
    token,
    headers,
  });

async function find(address: string, filter: string): Promise<string> {
  const { status, body, text } = await ask(address, filter);
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join(' ');
}

describe('_filter', () => {
  it.each([
    ['Patient', 'name co "pet"', 'anna'],
    ['Patient', 'given eq "anna" and birthdate ge 1979-10-10', 'anna'],
    ['Patient', 'given eq ann', ''],
    ['Patient', 'given sw ann', 'anna'],
    ['Patient', 'given ew va', 'anna'],
    ['Patient', 'given ne anna', 'anna bea'],
    ['Patient', 'gender eq http://hl7.org/fhir/administrative-gender|other', 'bea'],
    ['Patient', 'gender ne other', 'anna'],
    ['Patient', 'gender in http://hl7.org/fhir/ValueSet/administrative-gender', 'anna bea'],
    ['Patient', 'gender ni http://hl7.org/fhir/ValueSet/administrative-gender', 'none'],
    ['Patient', 'active eq false', 'bea'],
    ['Patient', 'gender pr false', 'none'],
    ['Patient', '_id ne anna', 'bea none'],
    ['Patient', '_id eq anna or _id eq bea', 'anna bea'],
    ['Patient', '_lastUpdated gt 2020-01-01T00:00:00Z', 'anna bea none'],
    ['Patient', '_lastUpdated po 2020', ''],
    ['Patient', '_list eq l1', 'bea'],
    ['Patient', 'gender eq female and active eq true or _id eq none', 'none'],
    ['Patient', '_id eq none or gender eq female and active eq true', ''],
    ['Patient', '_id eq none or (gender eq female and active eq true)', 'none'],
    ['Patient', ' ( (( _id eq none ))) ', 'none'],
    ['Patient', '_has:Observation:subject:status eq amended', 'bea'],
    ['Patient', '_has:Observation:subject:subject:Patient.given eq anna', 'anna'],
    ['Observation', 'code eq http://loinc.org|1234-5 and subject.name co "pet"', 'heavy'],
    ['Observation', 'subject:Patient.gender eq female', 'heavy'],
    ['Observation', 'subject[given eq anna].given eq eva', 'heavy'],
    ['Observation', 'subject[given eq anna].given eq bea', ''],
    ['Observation', 'subject re Patient/anna', 'heavy'],
    ['Observation', 'subject ne Patient/anna', 'old'],
    ['Observation', 'date po 2024-02', 'heavy'],
    ['Observation', 'date po 2024-03', ''],
    ['Observation', 'date sa 2023 and date eb 2025', 'heavy'],
    ['Observation', 'value-quantity gt 72000|http://unitsofmeasure.org|g', 'heavy'],
    ['Observation', 'value-quantity ap "70|http://unitsofmeasure.org|kg"', 'heavy'],
    ['Observation', 'code-value-quantity eq 1234-5$72.5', 'heavy'],
    ['ValueSet', 'url sw http://a.ex', 'v1'],
    ['ValueSet', 'url ss http://a.example/fhir/', 'v1'],
    ['ValueSet', 'url sb http://b.example/fhir/v2/x', 'v2'],
    ['ValueSet', 'url ne http://a.example/fhir/v1', 'v2'],
    ['Encounter', 'class ss http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode', 'ambulant'],
    ['Encounter', 'class sb http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode', ''],
    ['Encounter', 'not (class ss http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode)', ''],
    ['Location', 'near eq 48.2|16.37|10', 'vienna'],
    ['?_type=Patient,ValueSet', '_id eq none or _id eq v1', 'none v1'],
    ['Observation?status=final', 'status eq amended', ''],
    ['Patient/anna/Observation', 'status eq final or status eq amended', 'heavy'],
  ])('%s: %s finds "%s"', async (address, filter, expected) => {
    expect(await find(address, filter)).toBe(expected);
  });

  it('is a criterion like others: twice, at the end of a chain, in a condition and in what was asked', async () => {
    const twice = `Patient?_filter=${encodeURIComponent('gender pr true')}`;
    expect(await find(twice, 'active pr true')).toBe('bea');
    const chained = await server.call('GET', `Observation?subject:Patient._filter=given%20eq%20anna`, { token });
    expect(chained.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['heavy']);
    const condition = { 'if-none-exist': '_filter=given%20eq%20anna%20and%20gender%20eq%20female' };
    const made = await server.call('POST', 'Patient', { token, body: { resourceType: 'Patient' }, headers: condition });
    expect([made.status, made.headers['location']]).toEqual([200, expect.stringContaining('Patient/anna')]);
    const { body } = await ask('Patient', 'given eq anna');
    expect(body.link[0].url).toContain('_filter=given%20eq%20anna');
  });
});

describe('what is no filter', () => {
  it.each([
    ['', /at its end: here the name/],
    ['name', /at its end: after a search parameter/],
    ['name eq', /after an operator/],
    ['name eq ', /a value is missing/],
    ['name eq "a', /a value is missing/],
    [String.raw`name eq "a\x"`, /no JSON string/],
    [String.raw`name eq "\ud800"`, /no JSON string/],
    [String.raw`name eq "a\u0000"`, /control characters/],
    ['(name eq a', /"." is missing/],
    ['name eq a)', /"and", "or" or the end/],
    ['name eq a name eq b', /at character 11.*"and", "or" or the end/],
    ['not name eq a', /stands in parentheses/],
    ['name eq a and', /the name of a search parameter/],
    ['nam eq a', /Did you mean name/],
    ['name xx a', /operator .*"xx.* not offered for name.*It takes eq, ne, co, sw, ew, pr/],
    ['gender co a', /not offered for gender, a parameter of type token/],
    ['birthdate eq ge2000', /has no prefix/],
    ['birthdate gt 2000-13-01', /birthdate/],
    ['name:exact eq a', /operators stand for modifiers/],
    ['given[use eq "official"].given eq a', /given is of type string, not a reference/],
    ['name[given eq a] eq b', /after .*. comes a point/],
    ['related[type eq comp].target pr false', /"related.* is not a reference parameter/],
    ['_filter eq "a eq b"', /not offered for _filter/],
    ['gender pr yes', /true or false/],
    ['_list eq $current-problems', /functional list/],
    ['('.repeat(25) + 'name eq a' + ')'.repeat(25), /nested deeper than 20/],
    [Array.from({ length: 101 }, () => 'name eq a').join(' or '), /more than 100 comparisons/],
    [`name eq ${'a'.repeat(10_000)}`, /longer than 10000/],
  ])('is refused: %s', async (filter, fact) => {
    const body = new URLSearchParams({ _filter: filter }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.call('POST', 'Patient/_search', { token, body, headers });
    expect(answer.body.issue?.[0]?.diagnostics, filter).toMatch(fact);
    expectOutcome(answer, 400);
  });

  it('through too many types is refused', async () => {
    const filter = Array.from({ length: 4 }, () => 'target._id eq a').join(' or ');
    expectOutcome(await ask('Provenance', filter), 400, /too many types/);
  });

  it('is ignored as a whole, and named, where the client is lenient', async () => {
    const { body } = await ask('Patient', 'given eq anna and nonsense eq 1', { prefer: 'handling=lenient' });
    const outcome = body.entry.at(-1).resource;
    expect([body.entry.length, outcome.issue[0].diagnostics]).toEqual([
      4,
      expect.stringMatching(/^Ignored: "nonsense"/),
    ]);
    expect(body.link[0].url).not.toContain('_filter');
  });
});

describe('the access of _filter', () => {
  it('is asked before it runs, for every type that it leads through', async () => {
    const only = server.token('user/Observation.rs');
    for (const filter of [
      'subject:Patient.name eq a',
      'status eq final or not (subject:Patient.name eq a)',
      'subject:Patient[name eq a]._id eq b',
      '_list eq l1',
      '_has:Provenance:target:_id eq a',
    ]) {
      const answer = await server.call('GET', `Observation?_filter=${encodeURIComponent(filter)}`, { token: only });
      expectOutcome(answer, 403);
    }
    const allowed = await server.call('GET', 'Observation?_filter=status%20eq%20final', { token: only });
    expect(allowed.status).toBe(200);
  });
});

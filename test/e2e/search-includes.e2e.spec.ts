// https://hl7.org/fhir/R4/search.html#include
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { readsOf } from '../integration/storage.fixture.js';

let server: TestServer;
let all: string;

const ref = (reference: string) => ({ reference });
const observation = (id: string, subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: ref(subject),
  ...more,
});

const resources = [
  { resourceType: 'Organization', id: 'north', name: 'North', partOf: ref('Organization/root') },
  { resourceType: 'Organization', id: 'root', name: 'Root' },
  { resourceType: 'Practitioner', id: 'doc' },
  {
    resourceType: 'Patient',
    id: 'anna',
    managingOrganization: ref('Organization/north'),
    generalPractitioner: [ref('Practitioner/doc')],
  },
  { resourceType: 'Patient', id: 'bert' },
  { resourceType: 'Group', id: 'g', type: 'person', actual: true },
  observation('o1', 'Patient/anna', { performer: [ref('Practitioner/doc'), ref('Organization/root')] }),
  observation('o2', 'Patient/anna/_history/1', { derivedFrom: [ref('Observation/o1')] }),
  observation('o3', 'Group/g', { derivedFrom: [ref('Observation/o2'), ref('Observation/o4')] }),
  observation('o4', 'https://other.example/fhir/Patient/anna', { derivedFrom: [ref('Observation/o3')] }),
  observation('o5', 'Patient/gone'),
  { resourceType: 'Questionnaire', id: 'q', url: 'http://example.org/q', status: 'active' },
  { resourceType: 'QuestionnaireResponse', id: 'r', status: 'completed', questionnaire: 'http://example.org/q|2' },
  ...Array.from({ length: 12 }, (_, i) => ({
    resourceType: 'Basic',
    id: `b${10 + i}`,
    code: { text: 'x' },
    subject: ref('Patient/bert'),
  })),
];

beforeAll(async () => {
  // What the audit stores in the background would be counted among the statements.
  server = await startServer({ INCLUDE_MAX: '10', CHAIN_DEPTH: '3', AUDIT: 'off' });
  all = server.token('user/*.cruds');
  const gone = { resourceType: 'Patient', id: 'gone' };
  const body = aBundle('transaction', ...[...resources, gone].map(putting));
  const { status, text } = await server.call('POST', '', { token: all, body });
  if (status !== 200) throw new Error(text);
  await server.call('DELETE', 'Patient/gone', { token: all });
});
afterAll(() => server.close());

const search = (query: string, token = all) => server.call('GET', query, { token });

interface Entry {
  readonly fullUrl?: string;
  readonly search: { readonly mode: string };
  readonly resource: { readonly resourceType: string; readonly id: string };
}
/** Keys of the entries of one mode. */
function entriesOf({ status, body, text }: Answer, mode: string): readonly string[] {
  expect(status, text).toBe(200);
  const entries = (body.entry ?? []) as readonly Entry[];
  return entries
    .filter((entry) => entry.search.mode === mode)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`);
}
const included = (answer: Answer) => entriesOf(answer, 'include');
const remarks = ({ body }: Answer) =>
  ((body.entry ?? []) as readonly Entry[])
    .filter((entry) => entry.search.mode === 'outcome')
    .flatMap(({ resource }) => (resource as unknown as { issue: Record<string, unknown>[] }).issue);

describe('an include', () => {
  it.each([
    ['Observation?_id=o1&_include=Observation:subject', ['Patient/anna']],
    ['Observation?_id=o1&_include=Observation:subject:Patient', ['Patient/anna']],
    ['Observation?_id=o1&_include=Observation:subject:Group', []],
    ['Observation?_id=o1,o2&_include=Observation:subject', ['Patient/anna']],
    ['Observation?_id=o1&_include=Observation:performer', ['Organization/root', 'Practitioner/doc']],
    ['Observation?_id=o1&_include=Observation:performer:Organization', ['Organization/root']],
    [
      'Observation?_id=o1&_include=Observation:subject&_include=Observation:performer',
      ['Organization/root', 'Patient/anna', 'Practitioner/doc'],
    ],
    ['Observation?_id=o2&_include=*', ['Observation/o1', 'Patient/anna']],
    ['Observation?_id=o1&_include=Observation:*', ['Organization/root', 'Patient/anna', 'Practitioner/doc']],
    ['Observation?_id=o2,o1&_include=Observation:derived-from', []],
    ['Observation?_id=o4&_include=Observation:subject', []],
    ['Observation?_id=o5&_include=Observation:subject', []],
    ['Observation?_id=nobody&_include=Observation:subject', []],
    ['QuestionnaireResponse?_id=r&_include=QuestionnaireResponse:questionnaire', ['Questionnaire/q']],
  ])('%s adds what the matches refer to, once', async (query, expected) => {
    expect(included(await search(query))).toEqual(expected);
  });

  it.each([
    ['Patient?_id=anna&_revinclude=Observation:subject', ['Observation/o1', 'Observation/o2']],
    ['Patient?_id=anna&_revinclude=Observation:subject:Patient', ['Observation/o1', 'Observation/o2']],
    ['Patient?_id=anna&_revinclude=Observation:*', ['Observation/o1', 'Observation/o2']],
    ['Organization?_id=north&_revinclude=*', ['Patient/anna']],
    ['Practitioner?_id=doc&_revinclude=*', ['Observation/o1', 'Patient/anna']],
    [
      'Observation?_id=o2&_revinclude=Observation:derived-from&_include=Observation:derived-from',
      ['Observation/o1', 'Observation/o3'],
    ],
    ['Questionnaire?_id=q&_revinclude=QuestionnaireResponse:questionnaire', ['QuestionnaireResponse/r']],
  ])('%s adds what refers to the matches', async (query, expected) => {
    expect(included(await search(query))).toEqual(expected);
  });

  it.each([
    [
      'Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:organization',
      ['Patient/anna', 'Organization/north'],
    ],
    [
      'Observation?_id=o1&_include=Observation:subject&_include:recurse=Patient:organization',
      ['Patient/anna', 'Organization/north'],
    ],
    [
      'Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
      ['Patient/anna', 'Organization/north', 'Organization/root'],
    ],
    ['Organization?_id=north&_include=Organization:partof', ['Organization/root']],
    ['Organization?_id=root&_revinclude:iterate=Organization:partof', ['Organization/north']],
    [
      'Organization?_id=root&_revinclude=Organization:partof&_revinclude:iterate=Patient:organization',
      ['Organization/north', 'Patient/anna'],
    ],
    [
      'Observation?_id=o4&_include:iterate=Observation:derived-from',
      ['Observation/o3', 'Observation/o2', 'Observation/o1'],
    ],
  ])('%s is applied again to what was included', async (query, expected) => {
    expect(included(await search(query))).toEqual(expected);
  });

  it('stands after the matches, with its own URL, in the form that is asked for', async () => {
    const { body } = await search('Observation?_id=o1&_include=Observation:subject&_elements=id');
    expect(body.entry.map(({ search: { mode } }: Entry) => mode)).toEqual(['match', 'include']);
    expect(body.entry[1].fullUrl).toMatch(/\/Patient\/anna$/);
    expect(body.entry[1].resource.managingOrganization).toBeUndefined();
    expect(body.total).toBe(1);
  });

  it('does not count as a match, and belongs to each page', async () => {
    const first = await search('Observation?_count=1&_include=Observation:subject');
    expect(entriesOf(first, 'match')).toEqual(['Observation/o1']);
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    expect(next).toContain('_include=Observation%3Asubject');
    const second = await search(next.replace(/^.*fhir\/r4\//, ''));
    expect(entriesOf(second, 'match')).toEqual(['Observation/o2']);
    expect(included(second)).toEqual(['Patient/anna']);
    const other = next.replace(/^.*fhir\/r4\//, '').replace('_include=Observation%3Asubject&', '');
    expectOutcome(await search(other), 403);
  });

  it('goes with several types and compartments, and with no page to include for', async () => {
    const several = await search(
      '?_type=Observation,Basic&_id=o1,b10&_include=Observation:subject&_include=Basic:subject',
    );
    expect(included(several)).toEqual(['Patient/anna', 'Patient/bert']);
    expect(included(await search('Patient/anna/Observation?_include=*'))).toEqual([
      'Organization/root',
      'Patient/anna',
      'Practitioner/doc',
    ]);
    expect((await search('Observation?_include=*&_count=0')).body.entry).toBeUndefined();
  });

  it('takes one more statement for each level', async () => {
    const count = async (query: string) => (await readsOf(() => search(query))).length;
    const plain = await count('Observation?_id=o1');
    expect(await count('Observation?_id=o1&_include=*&_revinclude=*')).toBe(plain + 1);
    const far = 'Observation?_id=o1&_include=Observation:subject&_include:iterate=Patient:general-practitioner';
    expect(await count(far)).toBe(plain + 2);
  });

  it('takes no more statements than the page once it is known which types such pages lead to', async () => {
    const asked = async (ids: string, more = '') => {
      const query = `Observation?_id=${ids}&_include=Observation:subject:Patient&_include=Observation:subject:Group${more}`;
      let answer: Answer | undefined;
      const { length } = await readsOf(async () => (answer = await search(query)));
      return [included(answer!), length];
    };
    expect(await asked('o1')).toEqual([['Patient/anna'], 2]);
    expect(await asked('o1')).toEqual([['Patient/anna'], 1]);
    expect(await asked('o1,o5')).toEqual([['Patient/anna'], 1]);
    // Nobody, and another server.
    expect(await asked('o4,o5')).toEqual([[], 1]);
    expect(await asked('nothing')).toEqual([[], 1]);
    expect(await asked('o1,o3')).toEqual([['Group/g', 'Patient/anna'], 2]);
    expect(await asked('o1,o3')).toEqual([['Group/g', 'Patient/anna'], 1]);
    // The row that tells whether another page follows leads nowhere.
    for (const sort of ['_id', '_lastUpdated', 'date', 'code'])
      expect(await asked('o1,o3', `&_count=1&_sort=${sort}`), sort).toEqual([['Patient/anna'], 1]);
    expect(await asked('o1,o3', '&_count=1&_sort=-_id')).toEqual([['Group/g'], 1]);
    const further = '&_include:iterate=Patient:organization:Organization';
    expect(await asked('o1', further)).toEqual([['Patient/anna', 'Organization/north'], 3]);
    expect(await asked('o1', further)).toEqual([['Patient/anna', 'Organization/north'], 2]);
  });

  it('of what refers comes with the page, whatever the page led to before', async () => {
    const asked = async (query: string) => {
      let answer: Answer | undefined;
      const { length } = await readsOf(async () => (answer = await search(query)));
      return [included(answer!), length];
    };
    const subjects = 'Patient?_id=anna,bert&_revinclude=Observation:subject:Patient';
    expect(await asked(subjects)).toEqual([['Observation/o1', 'Observation/o2'], 1]);
    expect(await asked(`${subjects}&_revinclude=Observation:performer`)).toEqual([
      ['Observation/o1', 'Observation/o2'],
      1,
    ]);
    expect(await asked('Patient?_id=nobody&_revinclude=Observation:subject')).toEqual([[], 1]);
    // The row that tells whether another page follows leads nowhere.
    expect(await asked(`${subjects}&_count=1&_sort=-_id`)).toEqual([[], 1]);
    expect(await asked(`${subjects}&_count=1&_sort=_id`)).toEqual([['Observation/o1', 'Observation/o2'], 1]);
    const further = `${subjects}&_include:iterate=Observation:performer:Practitioner`;
    expect(await asked(further)).toEqual([['Observation/o1', 'Observation/o2', 'Practitioner/doc'], 2]);
    const both = 'Patient?_id=anna&_include=Patient:organization&_revinclude=Observation:subject';
    const ofBoth = ['Observation/o1', 'Observation/o2', 'Organization/north'];
    expect(await asked(both)).toEqual([ofBoth, 2]);
    expect(await asked(both)).toEqual([ofBoth, 1]);
    // Of one type, some are referred to and some refer.
    const parts = 'Organization?_id=north&_include=Organization:partof&_revinclude=Organization:partof';
    expect(await asked(parts)).toEqual([['Organization/root'], 2]);
    expect(await asked('Organization?_id=north&_revinclude=Patient:organization')).toEqual([['Patient/anna'], 1]);
  });

  it('of a version leads to the resource or not, whether it comes with the page or not', async () => {
    const query = 'Observation?_id=o1,o2&_include=Observation:subject:Patient&_elements=id';
    const [first, second] = [await search(query), await search(query)];
    expect(second.body.entry).toEqual(first.body.entry);
  });

  it('tells when there is more than the limit', async () => {
    const answer = await search('Patient?_id=bert&_revinclude=Basic:subject');
    expect(included(answer)).toHaveLength(10);
    expect(remarks(answer)).toMatchObject([
      { severity: 'warning', code: 'incomplete', diagnostics: expect.stringContaining('10') },
    ]);
    expect(remarks(await search('Patient?_id=anna&_revinclude=Observation:subject'))).toEqual([]);
  });

  it('tells when it does not go on', async () => {
    const answer = await search('Observation?_id=o4&_include:iterate=*');
    expect(remarks(answer)).toMatchObject([{ code: 'incomplete', diagnostics: expect.stringContaining('3 levels') }]);
  });

  it.each([
    ['Observation?_include=Observation:subjct', /Did you mean subject\?/],
    ['Observation?_include=Observation:code', /code is of type token/],
    ['Observation?_include=Observaton:subject', /Did you mean Observation\?/],
    ['Observation?_include=Observation:subject:Organization', /never refers to Organization/],
    ['Observation?_include=Observation:subject:Patiant', /Did you mean Patient\?/],
    ['Observation?_include=Patient:organization', /write _include:iterate/],
    ['Observation?_include=Observation', /it is written Observation:subject/],
    ['Observation?_include=', /it is written Observation:subject/],
    ['Observation?_include:exact=Observation:subject', /is :iterate/],
    ['Observation?_includes=Observation:subject', /_includes/],
    ['Patient?_revinclude=Observation:encounter', /is not what a search of Patient finds/],
    ['Patient?_revinclude=Observation:subject:Group', /the type Group is not what a search of Patient finds/],
    ['Patient?_revinclude=Observation:subject&_summary=text', /_summary=text/],
  ])('%s is refused with what is right', async (query, fact) => {
    expectOutcome(await search(query), 400, fact);
  });

  it('of an unknown parameter is ignored, and named, where handling is lenient', async () => {
    const headers = { prefer: 'handling=lenient' };
    const answer = await server.call('GET', 'Patient?_id=anna&_include=Patient:nonsense', { token: all, headers });
    expect(entriesOf(answer, 'match')).toEqual(['Patient/anna']);
    expect(remarks(answer)[0]!['diagnostics']).toContain('_include=Patient:nonsense');
  });
});

describe('what is included', () => {
  it('is only what the caller may search; the remark names the parameter and the scope that is missing', async () => {
    const token = server.token('user/Observation.rs user/Practitioner.rs');
    const answer = await search(
      'Observation?_id=o1&_include=Observation:performer&_include=Observation:subject:Patient',
      token,
    );
    expect(entriesOf(answer, 'match')).toEqual(['Observation/o1']);
    expect(included(answer)).toEqual(['Practitioner/doc']);
    const [performer, subject] = remarks(answer) as unknown as {
      details: { coding: { code: string }[]; text: string };
      diagnostics: string;
    }[];
    expect(performer!.details.coding[0]!.code).toBe('include-filtered');
    expect(performer!.details.text).toContain('_include=Observation:performer includes nothing of ');
    expect(performer!.details.text).toContain('Organization');
    expect(performer!.details.text).not.toContain('Practitioner,');
    expect(subject!.details.text).toContain('Patient');
    expect(subject!.diagnostics).toContain('user/Patient.s');
  });

  it('by a wildcard is what the caller may search, without a remark', async () => {
    const answer = await search('Observation?_id=o1&_include=*', server.token('user/Observation.rs user/Patient.rs'));
    expect(included(answer)).toEqual(['Patient/anna']);
    expect(remarks(answer)).toEqual([]);
    const reverse = await search(
      'Practitioner?_id=doc&_revinclude=*',
      server.token('user/Practitioner.rs user/Patient.rs'),
    );
    expect(included(reverse)).toEqual(['Patient/anna']);
  });

  it('lies within the record of the patient and within granular scopes', async () => {
    const token = server.token('patient/*.rs', { patient: 'bert' });
    const practitioner = await search('Practitioner?_id=doc&_revinclude=Patient:general-practitioner', token);
    expect(entriesOf(practitioner, 'match')).toEqual(['Practitioner/doc']);
    expect(included(practitioner)).toEqual([]);
    const granular = server.token('user/Patient.rs user/Observation.rs?_id=o2');
    expect(included(await search('Patient?_id=anna&_revinclude=Observation:subject', granular))).toEqual([
      'Observation/o2',
    ]);
  });

  it('is judged before it counts', async () => {
    const token = server.token('user/Patient.rs user/Basic.rs?_id=b21');
    const answer = await search('Patient?_id=bert&_revinclude=Basic:subject', token);
    expect(included(answer)).toEqual(['Basic/b21']);
    expect(remarks(answer)).toEqual([]);
  });
});

describe('/metadata', () => {
  it('lists the includes of each type, and each of them works', async () => {
    const { body } = await server.call('GET', 'metadata');
    const resource = body.rest[0].resource as readonly {
      type: string;
      searchInclude?: string[];
      searchRevInclude?: string[];
    }[];
    const patient = resource.find(({ type }) => type === 'Patient')!;
    expect(patient.searchInclude).toEqual([
      '*',
      'Patient:*',
      'Patient:general-practitioner',
      'Patient:link',
      'Patient:organization',
    ]);
    expect(patient.searchRevInclude).toContain('Observation:subject');
    expect(patient.searchRevInclude).not.toContain('Observation:encounter');
    for (const { type, searchInclude = [], searchRevInclude = [] } of resource.filter(({ type: name }) =>
      /^[DEPO]/.test(name),
    )) {
      for (const [name, values] of [
        ['_include', searchInclude],
        ['_revinclude', searchRevInclude],
      ] as const) {
        const query = values.map((value) => `${name}=${value}`).join('&');
        const { status, text } = await search(`${type}?_id=none&${query}`);
        expect(status, `${type} ${text}`).toBe(200);
      }
    }
  });
});

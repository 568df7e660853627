// https://hl7.org/fhir/R4/search.html#token :in, :not-in, :above and :below, by what is stored and by what R4 has
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { readsOf } from '../integration/storage.fixture.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const animals = 'http://t.example/CodeSystem/animals';
const loinc = 'http://loinc.org';
const vs = (id: string): string => `http://t.example/ValueSet/${id}`;

const codeSystem = (id: string, more: JsonObject): JsonObject => ({
  resourceType: 'CodeSystem',
  id,
  url: `http://t.example/CodeSystem/${id}`,
  status: 'active',
  content: 'complete',
  ...more,
});

const valueSet = (id: string, include: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  resourceType: 'ValueSet',
  id,
  url: vs(id),
  status: 'active',
  compose: { include, ...(more['exclude'] !== undefined && { exclude: more['exclude'] }) },
  ...(more['resource'] as JsonObject | undefined),
});

const filtered = (id: string, property: string, op: string, value: string): JsonObject =>
  valueSet(id, [{ system: animals, filter: [{ property, op, value }] }]);

const codes = (system: string, ...list: readonly string[]): JsonObject => ({
  system,
  concept: list.map((code) => ({ code })),
});

const terminology: readonly JsonObject[] = [
  codeSystem('animals', {
    version: '2',
    property: [
      { code: 'legs', type: 'integer' },
      { code: 'parent', type: 'code' },
    ],
    concept: [
      {
        code: 'animal',
        concept: [
          { code: 'cat', property: [{ code: 'legs', valueInteger: 4 }] },
          { code: 'bird', property: [{ code: 'legs', valueInteger: 2 }], concept: [{ code: 'owl' }] },
        ],
      },
      { code: 'kitten', property: [{ code: 'parent', valueCode: 'cat' }] },
      { code: 'stone' },
    ],
  }),
  codeSystem('long', { concept: Array.from({ length: 1000 }, (_, i) => ({ code: 'a'.repeat(200) + i })) }),
  codeSystem('parts', { hierarchyMeaning: 'part-of', concept: [{ code: 'car', concept: [{ code: 'wheel' }] }] }),
  codeSystem('fragment', { content: 'fragment', concept: [{ code: 'a' }] }),
  valueSet('listed', [codes(animals, 'cat', 'owl')]),
  valueSet('whole', [{ system: loinc }]),
  valueSet('is-a', [{ system: animals, filter: [{ property: 'concept', op: 'is-a', value: 'cat' }] }]),
  filtered('below', 'concept', 'descendent-of', 'animal'),
  filtered('not-animal', 'concept', 'is-not-a', 'animal'),
  filtered('four-legs', 'legs', '=', '4'),
  filtered('has-legs', 'legs', 'exists', 'true'),
  filtered('in-list', 'code', 'in', 'cat,stone'),
  filtered('regex', 'code', 'regex', '(ow|ki).*'),
  valueSet('slow', [
    { system: 'http://t.example/CodeSystem/long', filter: [{ property: 'code', op: 'regex', value: '(a*)*b' }] },
  ]),
  filtered('no-property', 'colour', '=', 'red'),
  filtered('no-operator', 'code', 'descendent-leaf', 'cat'),
  filtered('no-code', 'concept', 'is-a', 'dragon'),
  valueSet('without', [{ system: animals }], { exclude: [codes(animals, 'stone')] }),
  valueSet('loinc-without', [{ system: loinc }], { exclude: [codes(loinc, '1-1')] }),
  valueSet('imports', [{ valueSet: [vs('is-a')] }, codes(loinc, '1-1')]),
  valueSet('both', [{ valueSet: [vs('below'), vs('listed')] }]),
  valueSet('narrowed', [{ system: animals, valueSet: [vs('listed')], concept: [{ code: 'owl' }, { code: 'stone' }] }]),
  valueSet('circle', [{ valueSet: [vs('circle-2')] }]),
  valueSet('circle-2', [{ valueSet: [vs('circle')] }]),
  valueSet('lost', [{ valueSet: [vs('nowhere')] }]),
  valueSet('lost-system', [
    { system: 'http://t.example/none', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] },
  ]),
  valueSet('part-of-fragment', [
    { system: 'http://t.example/CodeSystem/fragment', filter: [{ property: 'code', op: '=', value: 'a' }] },
  ]),
  {
    resourceType: 'ValueSet',
    id: 'expanded',
    url: vs('expanded'),
    status: 'active',
    expansion: {
      timestamp: '2024-01-01',
      total: 2,
      contains: [{ system: animals, code: 'animal', abstract: true, contains: [{ system: animals, code: 'owl' }] }],
    },
  },
  {
    resourceType: 'ValueSet',
    id: 'half-expanded',
    url: vs('half-expanded'),
    status: 'active',
    expansion: { timestamp: '2024-01-01', total: 50, contains: [{ system: animals, code: 'owl' }] },
  },
  valueSet('many', [codes(animals, ...Array.from({ length: 5001 }, (_, i) => `c${i}`))]),
  valueSet('many-but-not-too-many', [codes(animals, ...Array.from({ length: 4998 }, (_, i) => `c${i}`), 'owl')]),
  { ...valueSet('v1', [codes(animals, 'cat')], { resource: { version: '1' } }), url: vs('versions') },
  { ...valueSet('v2', [codes(animals, 'owl')], { resource: { version: '2' } }), url: vs('versions') },
  {
    ...valueSet('v3', [codes(animals, 'stone')], { resource: { version: '3', status: 'draft' } }),
    url: vs('versions'),
  },
];

const observation = (id: string, system: string, code: string): JsonObject => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system, code }] },
  subject: { reference: `Patient/of-${id}` },
});

const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

const data: readonly JsonObject[] = [
  ...['animal', 'cat', 'kitten', 'bird', 'owl', 'stone'].map((code) => observation(code, animals, code)),
  observation('lab', loinc, '1-1'),
  observation('other-lab', loinc, '2-2'),
  { resourceType: 'Observation', id: 'text', status: 'final', code: { text: 'cat' } },
  { resourceType: 'Patient', id: 'of-owl' },
  { resourceType: 'Patient', id: 'of-cat' },
  ...['EMER', 'ACUTE', 'IMP'].map((code): JsonObject => ({
    resourceType: 'Encounter',
    id: code.toLowerCase(),
    status: 'finished',
    class: { system: act, code },
  })),
  ...['1.2', '1.2.5', '1.20', '2.0'].map((version): JsonObject => ({
    resourceType: 'QuestionnaireResponse',
    id: `v${version}`,
    status: 'completed',
    questionnaire: `http://t.example/Questionnaire/1|${version}`,
  })),
];

const idsOf = (bundle: { entry?: readonly { resource: { id: string } }[] }): readonly string[] =>
  (bundle.entry ?? []).map(({ resource }) => resource.id);

describe('searching by value sets and hierarchies of codes', () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    // What the audit stores in the background would be counted among the statements.
    server = await startServer({ VALIDATION: 'structure', AUDIT: 'off' });
    token = server.token('user/*.cruds');
    const entry = [...terminology, ...data].map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource['resourceType'] as string}/${resource['id'] as string}` },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const answer = await server.call('POST', '', { token, body });
    if (answer.status !== 200) throw new Error(answer.text.slice(0, 1000));
    // Of several versions the one that was stored last counts.
    const second = { ...terminology.find(({ id }) => id === 'v2')!, date: '2024-02-01' };
    await server.call('PUT', 'ValueSet/v2', { token, body: second });
  });
  afterAll(() => server?.close());

  const find = async (query: string, credential = token): Promise<string> => {
    const answer = await server.call('GET', query, { token: credential });
    expect(answer.status, answer.text).toBe(200);
    return idsOf(answer.body).toSorted().join(' ');
  };

  it.each([
    ['listed', 'cat owl'],
    ['whole', 'lab other-lab'],
    ['is-a', 'cat kitten'],
    ['below', 'bird cat kitten owl'],
    ['not-animal', 'stone'],
    ['four-legs', 'cat'],
    ['has-legs', 'bird cat'],
    ['in-list', 'cat stone'],
    ['regex', 'kitten owl'],
    ['without', 'animal bird cat kitten owl'],
    ['imports', 'cat kitten lab'],
    ['both', 'cat owl'],
    ['narrowed', 'owl'],
    ['expanded', 'owl'],
    ['many-but-not-too-many', 'owl'],
    ['versions', 'owl'],
    ['versions|1', 'cat'],
    ['versions|3', 'stone'],
  ])('finds what is :in %s', async (name, found) => {
    expect(await find(`Observation?code:in=${encodeURIComponent(vs(name))}`)).toBe(found);
  });

  it.each([
    ['Observation?code:in=ValueSet/listed', 'cat owl'],
    ['Observation?code:in=http://localhost:3000/fhir/r4/ValueSet/listed', 'cat owl'],
    [`Observation?code:in=${vs('four-legs')},${vs('whole')}`, 'cat lab other-lab'],
    [`Observation?code:not-in=${vs('whole')}`, 'animal bird cat kitten owl stone text'],
    [`Observation?code:not-in=${vs('many-but-not-too-many')}&_id=owl,cat`, 'cat'],
    [`Observation?code:below=${animals}|cat`, 'cat kitten'],
    [`Observation?code:below=${animals}|bird,${animals}|stone`, 'bird owl stone'],
    [`Observation?code:above=${animals}|owl`, 'animal bird owl'],
    [`Observation?code:above=${animals}|kitten`, 'animal cat kitten'],
    [`Patient?_has:Observation:subject:code:in=${vs('listed')}`, 'of-cat of-owl'],
    [`Patient?_has:Observation:subject:code:below=${animals}|bird`, 'of-owl'],
    [`Encounter?class:below=${act}|_ActEncounterCode`, 'acute emer imp'],
    [`Encounter?class:below=${act}|IMP`, 'acute imp'],
    [`Encounter?class:above=${act}|ACUTE`, 'acute imp'],
    ['Encounter?class:in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode', 'acute emer imp'],
    ['QuestionnaireResponse?questionnaire:below=http://t.example/Questionnaire/1|1.2', 'v1.2 v1.2.5'],
    ['QuestionnaireResponse?questionnaire:above=http://t.example/Questionnaire/1|1.2.5', 'v1.2 v1.2.5'],
  ])('%s', async (query, found) => {
    expect(await find(query)).toBe(found);
  });

  it('counts, pages and sorts like any other search', async () => {
    const counted = await server.call('GET', `Observation?code:in=${vs('below')}&_summary=count`, { token });
    expect(counted.body.total).toBe(4);
    const first = await server.call('GET', `Observation?code:in=${vs('below')}&_count=3&_sort=-_id`, { token });
    expect(idsOf(first.body)).toEqual(['owl', 'kitten', 'cat']);
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const second = await server.call('GET', new URL(next).pathname + new URL(next).search, { token });
    expect(idsOf(second.body)).toEqual(['bird']);
  });

  it('looks for what it needs in one statement each for value sets, for what they import, and for code systems', async () => {
    const count = async (query: string) => (await readsOf(() => find(`Observation?${query}`))).length;
    expect(await count(`code=${animals}|owl`)).toBe(1);
    expect(await count(`code:in=${vs('listed')}`)).toBe(2);
    expect(await count(`code:in=${vs('is-a')}`)).toBe(3);
    expect(await count(`code:below=${animals}|cat`)).toBe(2);
    expect(await count(`code:in=${vs('imports')}`)).toBe(4);
    // Twice the same is looked up once.
    expect(await count(`code:in=${vs('listed')}&code:in=${vs('whole')},${vs('listed')}`)).toBe(3);
  });

  it('is a condition of a write too', async () => {
    const body = observation('ignored', animals, 'owl');
    const headers = { 'if-none-exist': `code:in=${vs('listed')}&subject=Patient/of-owl` };
    const answer = await server.call('POST', 'Observation', { token, body: { ...body, id: undefined }, headers });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['location']).toContain('Observation/owl');
  });

  it('takes a new version of a value set at once', async () => {
    const versionOf = (code: string): JsonObject => valueSet('changing', [codes(animals, code)]);
    for (const code of ['cat', 'owl', 'cat']) {
      await server.call('PUT', 'ValueSet/changing', { token, body: versionOf(code) });
      for (const name of [vs('changing'), 'ValueSet/changing', vs('changing')]) {
        expect(await find(`Observation?code:in=${name}`)).toBe(code);
      }
    }
    await server.call('DELETE', 'ValueSet/changing', { token });
    for (const name of [vs('changing'), 'ValueSet/changing']) {
      const answer = await server.call('GET', `Observation?code:in=${name}`, { token });
      expectOutcome(answer, 400, /is not known here/);
    }
  });

  it('forgets a version of a value set whose transaction failed', async () => {
    const versionOf = (code: string): JsonObject => valueSet('undone', [codes(animals, code)]);
    const failing = aBundle(
      'transaction',
      { request: { method: 'PUT', url: 'ValueSet/undone' }, resource: versionOf('cat') },
      { request: { method: 'GET', url: `Observation?code:in=${vs('undone')}` } },
      { request: { method: 'GET', url: 'Observation?code:in=ValueSet/undone' } },
      { request: { method: 'GET', url: 'Observation/nobody' } },
    );
    expectOutcome(await server.call('POST', '', { token, body: failing }), 404, /nobody/);
    await server.call('PUT', 'ValueSet/undone', { token, body: versionOf('owl') });
    for (const name of [vs('undone'), 'ValueSet/undone']) {
      expect(await find(`Observation?code:in=${name}`)).toBe('owl');
    }
  });

  it.each([
    [`code:in=${vs('circle')}`, /circle imports itself/],
    [`code:in=${vs('lost')}`, /ValueSet http:\/\/t\.example\/ValueSet\/nowhere is not known here/],
    [`code:in=${vs('lost-system')}`, /CodeSystem http:\/\/t\.example\/none is not known here/],
    [`code:in=${vs('part-of-fragment')}`, /CodeSystem http:\/\/t\.example\/CodeSystem\/fragment is .*fragment.* here/],
    [`code:in=${vs('loinc-without')}`, /CodeSystem http:\/\/loinc\.org is not known here/],
    [`code:in=${vs('half-expanded')}`, /neither a definition nor a complete expansion/],
    [`code:in=${vs('many')}`, /These are 5001 codes; a criterion takes 5000/],
    [`code:in=${vs('slow')}`, /regular expression.*takes more than 200000 steps/],
    [`code:in=${vs('no-property')}`, /by the property .+colour.+/],
    [`code:in=${vs('no-operator')}`, /operator .+descendent-leaf.+/],
    [`code:in=${vs('no-code')}`, /has no code .+dragon.+/],
    [`code:in=${vs('versions')}|9`, /versions\|9 is not known here/],
    ['code:in=ValueSet/nowhere', /ValueSet\/nowhere is not known here/],
    ['code:in=listed', /named by its canonical URL/],
    ['code:not-in=http://t.example/x', /code:not-in.*not known here/],
    ['code:in=http://hl7.org/fhir/ValueSet/body-site', /snomed\.info\/sct is not known here/],
    [`code:below=${animals}|dragon`, /has no code .+dragon.+/],
    ['code:below=cat', /written system\|code/],
    ['code:below=http://snomed.info/sct|1', /CodeSystem http:\/\/snomed\.info\/sct is not known here/],
    ['code:above=http://t.example/CodeSystem/parts|wheel', /is .+part-of.+/],
    ['subject:below=Patient/1', /canonicals with a version/],
  ])('explains why %s cannot be', async (query, why) => {
    expectOutcome(await server.call('GET', `Observation?${query}`, { token }), 400, why);
  });

  it('is never ignored, however lenient', async () => {
    const headers = { prefer: 'handling=lenient' };
    const answer = await server.call('GET', `Observation?code:in=${vs('lost')}`, { token, headers });
    expectOutcome(answer, 400, /cannot expand/);
  });
});

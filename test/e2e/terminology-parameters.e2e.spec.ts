// Parameters of the terminology operations as R4 defines them (https://hl7.org/fhir/R4/terminology-service.html)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { releaseOf } from '../support/release-of.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { targetsOf } from '../support/translations.js';

const base = 'http://parameters.example';
const colours = `${base}/CodeSystem/colours`;
const shapes = `${base}/CodeSystem/shapes`;
const sizes = `${base}/CodeSystem/sizes`;
const valueSet = `${base}/ValueSet/all`;
const profile = `${base}/StructureDefinition/painted`;

const codeSystem = (url: string, version: string, concept: readonly object[]) => ({
  resourceType: 'CodeSystem',
  url,
  version,
  name: 'Some',
  status: 'active',
  content: 'complete',
  property: [{ code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' }],
  concept,
});
const heading = { property: [{ code: 'notSelectable', valueBoolean: true }] };
const map = (id: string, changes: object) => ({
  resourceType: 'ConceptMap',
  url: `${base}/ConceptMap/${id}`,
  name: 'Map',
  status: 'active',
  ...changes,
});
const element = (code: string, ...target: readonly object[]) => ({ code, target });
const equal = (code: string, more: object = {}) => ({ code, equivalence: 'equal', ...more });

const resources: readonly (Readonly<Record<string, unknown>> & { readonly resourceType: string })[] = [
  codeSystem(colours, '1', [
    {
      code: 'warm',
      ...heading,
      concept: [
        {
          code: 'red',
          designation: [
            { language: 'de-CH', value: 'rot' },
            { language: 'fr', value: 'rouge' },
          ],
        },
      ],
    },
    { code: 'blue' },
  ]),
  codeSystem(shapes, '1', [{ code: 'round' }]),
  codeSystem(shapes, '2', [{ code: 'round' }, { code: 'square' }]),
  {
    resourceType: 'ValueSet',
    url: valueSet,
    status: 'active',
    compose: {
      include: [{ system: colours }, { system: shapes, version: '1' }, { system: shapes, version: '2' }],
    },
  },
  {
    resourceType: 'ValueSet',
    url: `${base}/ValueSet/sizes`,
    status: 'active',
    compose: { include: [{ system: sizes }] },
  },
  {
    resourceType: 'StructureDefinition',
    url: profile,
    name: 'Painted',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Observation',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
    derivation: 'constraint',
    differential: {
      element: [
        {
          id: 'Observation.value[x]',
          path: 'Observation.value[x]',
          type: [{ code: 'CodeableConcept' }],
          binding: { strength: 'required', valueSet },
        },
      ],
    },
  },
  map('to-german', {
    sourceUri: valueSet,
    targetUri: `${base}/ValueSet/german`,
    group: [
      {
        source: colours,
        sourceVersion: '1',
        target: 'urn:german',
        element: [
          element(
            'red',
            equal('rot', { dependsOn: [{ property: 'urn:spelling', value: 'new' }] }),
            equal('roth', { dependsOn: [{ property: 'urn:spelling', system: 'urn:rules', value: 'old' }] }),
          ),
          element('blue', equal('blau', { product: [{ property: 'urn:gender', system: 'urn:g', value: 'n' }] })),
        ],
        unmapped: { mode: 'other-map', url: `${base}/ConceptMap/others` },
      },
    ],
  }),
  map('to-french', {
    sourceUri: valueSet,
    targetCanonical: `${base}/ValueSet/french`,
    group: [{ source: colours, target: 'urn:french', element: [element('blue', equal('bleu'))] }],
  }),
  map('others', { group: [{ source: colours, target: 'urn:german', element: [element('warm', equal('warm'))] }] }),
  map('loop', {
    group: [
      {
        source: 'urn:loop',
        target: 'urn:x',
        element: [element('a', equal('b'))],
        unmapped: { mode: 'other-map', url: `${base}/ConceptMap/loop` },
      },
    ],
  }),
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  for (const body of resources) {
    const { status, text } = await call('POST', body.resourceType, body);
    if (status !== 201) throw new Error(text);
  }
  const head = { ...codeSystem(sizes, '1', []), concept: undefined };
  const concepts = ['any', 'small', 'large'].map((code) => ({ code, isAbstract: code === 'any' }));
  await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
});
afterAll(() => server.close());

const call = (method: string, path: string, body?: object, scope = 'user/*.cruds'): Promise<Answer> =>
  server.call(method, path, { token: server.token(scope), ...(body && { body }) });
const get = (path: string, query: Readonly<Record<string, string>>, scope?: string): Promise<Answer> =>
  call('GET', `${path}?${new URLSearchParams(query).toString()}`, undefined, scope);
const codesOf = ({ body }: Answer): readonly string[] =>
  (body.expansion?.contains ?? []).map(({ code }: { code: string }) => code);
const parametersOf = ({ body }: Answer) => body.expansion.parameter;

describe('$expand', () => {
  it('leaves out what is a heading for people, of stored and of loaded code systems', async () => {
    const asked = { excludeNotForUI: 'true' };
    const answer = await get('ValueSet/$expand', { url: valueSet, ...asked });
    expect(codesOf(answer)).toEqual(['red', 'blue', 'round', 'round', 'square']);
    expect(answer.body.expansion.total).toBe(5);
    expect(parametersOf(answer)).toContainEqual({ name: 'excludeNotForUI', valueBoolean: true });
    const loaded = `${base}/ValueSet/sizes`;
    expect(codesOf(await get('ValueSet/$expand', { url: loaded }))).toEqual(['any', 'small', 'large']);
    expect(codesOf(await get('ValueSet/$expand', { url: loaded, ...asked }))).toEqual(['small', 'large']);
    const none = await get('ValueSet/$expand', { url: loaded, ...asked, count: '0' });
    expect(none.body.expansion.total).toBe(2);
  });

  it.each([
    [colours, ['round', 'round', 'square']],
    [shapes, ['warm', 'red', 'blue']],
    [`${shapes}|1`, ['warm', 'red', 'blue', 'round', 'square']],
    [`${shapes}|9`, ['warm', 'red', 'blue', 'round', 'round', 'square']],
  ])('leaves out the code system %s', async (excluded, codes) => {
    const answer = await get('ValueSet/$expand', { url: valueSet, 'exclude-system': excluded });
    expect([codesOf(answer), answer.body.expansion.total]).toEqual([codes, codes.length]);
    const used = parametersOf(answer).filter(({ name }: { name: string }) => name === 'used-codesystem');
    expect(used.map(({ valueUri }: { valueUri: string }) => valueUri)).not.toContain(excluded);
    expect(parametersOf(answer)).toContainEqual({ name: 'exclude-system', valueUri: excluded });
  });

  it('takes what it never lists, and today’s date, and refuses another day', async () => {
    const today = new Date().toISOString();
    const asked = { url: valueSet, excludePostCoordinated: 'true', date: today.slice(0, 10) };
    expect((await get('ValueSet/$expand', asked)).status).toBe(200);
    expect((await get('ValueSet/$expand', { url: valueSet, date: today.slice(0, 4) })).status).toBe(200);
    const refused = await get('ValueSet/$expand', { url: valueSet, date: '2015-02-01' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('not by those of 2015-02-01')]);
  });
});

it('a version may stand in the canonical and beside it, if it is the same', async () => {
  const asked = { system: shapes, code: 'square' };
  const coded = (url: string, version: string) => get('CodeSystem/$validate-code', { url, version, code: asked.code });
  expect((await coded(`${shapes}|2`, '2')).body.parameter[0].valueBoolean).toBe(true);
  const two = await coded(`${shapes}|2`, '1');
  expect([two.status, two.text]).toEqual([400, expect.stringContaining('names two versions')]);
});

describe('an element in the place of a value set', () => {
  it('leads to the value set that it is bound to, by a profile or by R4', async () => {
    const painted = await get('ValueSet/$expand', { context: `${profile}#Observation.value[x]` });
    expect([painted.body.url, codesOf(painted).length]).toEqual([valueSet, 6]);
    const context = 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.gender';
    const gender = await get('ValueSet/$expand', { context, contextDirection: 'outgoing' });
    expect(codesOf(gender)).toContain('female');
    // R4's own need no right to read StructureDefinitions.
    expect(codesOf(await get('ValueSet/$expand', { context }, 'user/ValueSet.r user/CodeSystem.r'))).toContain(
      'female',
    );
  });

  it('is judged by $validate-code', async () => {
    const asked = { context: `${profile}#Observation.value[x]`, system: colours };
    const results: unknown[] = [];
    for (const code of ['red', 'green']) {
      const { body } = await get('ValueSet/$validate-code', { ...asked, code });
      results.push(body.parameter[0].valueBoolean);
    }
    expect(results).toEqual([true, false]);
  });

  it.each([
    [{ context: profile }, 400, 'and the id or path of one of its elements'],
    [{ context: `${base}/none#Observation.value[x]` }, 404, `StructureDefinition '${base}/none' could not be found`],
    [{ context: `${profile}#Observation.colour` }, 422, 'has no element'],
    [{ context: `${profile}#Observation.subject` }, 422, 'is bound to no value set'],
    [{ context: `${profile}#Observation.value[x]`, url: valueSet }, 400, 'in the place of a value set'],
    [{ context: `${profile}#Observation.value[x]`, contextDirection: 'up' }, 400, 'incoming'],
  ])('refuses %j', async (query, status, text) => {
    const answer = await get('ValueSet/$expand', query);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('is none of a code system', async () => {
    const answer = await get('CodeSystem/$validate-code', { context: `${profile}#Observation.value[x]`, code: 'red' });
    expect(answer.status).toBe(400);
  });
});

it('$lookup tells the designations of the languages that are asked for', async () => {
  const languages = async (...property: readonly string[]): Promise<readonly string[]> => {
    const query = property.map((one) => `&property=${one}`).join('');
    const { body } = await call('GET', `CodeSystem/$lookup?system=${encodeURIComponent(colours)}&code=red${query}`);
    return body.parameter
      .filter(({ name }: { name: string }) => name === 'designation')
      .map(({ part }: { part: readonly { valueCode: string }[] }) => part[0]!.valueCode);
  };
  expect(await languages()).toEqual(['de-CH', 'fr']);
  expect(await languages('lang.de')).toEqual(['de-CH']);
  expect(await languages('lang.FR', 'parent')).toEqual(['fr']);
  expect(await languages('parent')).toEqual([]);
  const display = async (headers: Readonly<Record<string, string>>, query = '') => {
    const path = `CodeSystem/$lookup?system=${encodeURIComponent(colours)}&code=red${query}`;
    const { body } = await server.call('GET', path, { token: server.token('user/*.rs'), headers });
    return body.parameter.find(({ name }: { name: string }) => name === 'display').valueString;
  };
  expect(await display({ 'accept-language': 'fr, en; q=0.5' })).toBe('rouge');
  expect(await display({ 'accept-language': 'fr' }, '&displayLanguage=de')).toBe('rot');
});

describe('a language with a region', () => {
  it.each([
    ['fr-CH', 'rouge'],
    ['fr-Latn-CH', 'rouge'],
    ['fr-x-some', 'rouge'],
    ['fr-CH, de; q=0.5', 'rouge'],
    ['de-AT, fr; q=0.5', 'rouge'],
    ['de', 'rot'],
    ['de-CH-1996', 'rot'],
    // "de-CH" is not "de-AT", and no shorter form of it.
    ['de-AT', 'red'],
    ['d', 'red'],
  ])('%s finds the text of the language alone: %s', async (language, display) => {
    const query = { system: colours, code: 'red', displayLanguage: language };
    const told = await get('CodeSystem/$lookup', query);
    expect(told.body.parameter).toContainEqual({ name: 'display', valueString: display });
    const listed = await get('ValueSet/$expand', { url: valueSet, filter: 'red', displayLanguage: language });
    expect((listed.body.expansion.contains[0] as { display?: string }).display ?? 'red').toBe(display);
    const judged = await get('CodeSystem/$validate-code', { ...query, url: colours, display });
    expect(judged.body.parameter).toContainEqual({ name: 'result', valueBoolean: true });
  });

  it('goes before a later one of the list', async () => {
    const headers = { 'accept-language': 'fr-CH, de-CH; q=0.9' };
    const path = `CodeSystem/$lookup?system=${encodeURIComponent(colours)}&code=red`;
    const { body } = await server.call('GET', path, { token: server.token('user/*.rs'), headers });
    expect(body.parameter).toContainEqual({ name: 'display', valueString: 'rouge' });
  });
});

describe('"*", which names no language,', () => {
  const answered = async (path: string, query: Readonly<Record<string, string>>, list: string) => {
    const headers = { 'accept-language': list };
    const address = `${path}?${new URLSearchParams(query).toString()}`;
    return (await server.call('GET', address, { token: server.token('user/*.rs'), headers })).body;
  };

  it.each([
    ['*', undefined, 'red'],
    ['*;q=0.5', undefined, 'red'],
    ['*, fr', 'fr', 'rouge'],
  ])('is not told by $expand: %s', async (list, echoed, display) => {
    const { expansion } = await answered('ValueSet/$expand', { url: valueSet, filter: 'red' }, list);
    const language = expansion.parameter.find(({ name }: { name: string }) => name === 'displayLanguage');
    expect([language?.valueCode, expansion.contains[0].display ?? 'red']).toEqual([echoed, display]);
  });

  it('makes no display a wrong one', async () => {
    const query = { url: colours, code: 'red', display: 'rot' };
    const { parameter } = await answered('CodeSystem/$validate-code', query, '*');
    expect(parameter).toContainEqual({ name: 'result', valueBoolean: true });
  });

  it('leaves it to the header where it stands in the parameter', async () => {
    const query = { system: colours, code: 'red', displayLanguage: '*' };
    const { parameter } = await answered('CodeSystem/$lookup', query, 'fr');
    expect(parameter).toContainEqual({ name: 'display', valueString: 'rouge' });
  });
});

describe('$translate', () => {
  const resultOf = ({ body }: Answer): unknown => body.parameter[0].valueBoolean;

  it('finds the maps of a code system, and those between two value sets', async () => {
    const asked = { system: colours, code: 'blue' };
    expect(targetsOf(await get('ConceptMap/$translate', asked)).toSorted()).toEqual(['blau', 'bleu']);
    expect(targetsOf(await get('ConceptMap/$translate', { ...asked, target: `${base}/ValueSet/french` }))).toEqual([
      'bleu',
    ]);
    expect(targetsOf(await get('ConceptMap/$translate', { ...asked, source: `${base}/ValueSet/none` }))).toEqual([]);
    expect(targetsOf(await get('ConceptMap/$translate', { ...asked, targetsystem: 'urn:german' }))).toEqual(['blau']);
    const back = { system: 'urn:french', code: 'bleu', reverse: 'true' };
    expect(targetsOf(await get('ConceptMap/$translate', back))).toEqual(['blue']);
  });

  it('needs the right to search where it names no map, and the code system of the code', async () => {
    const asked = { system: colours, code: 'blue' };
    expect((await get('ConceptMap/$translate', asked, 'user/ConceptMap.r')).status).toBe(403);
    expect((await get('ConceptMap/$translate', { code: 'blue' })).status).toBe(400);
  });

  it('goes by the version of the code system', async () => {
    const asked = { url: `${base}/ConceptMap/to-german`, system: colours, code: 'blue' };
    expect(resultOf(await get('ConceptMap/$translate', { ...asked, version: '1' }))).toBe(true);
    expect(resultOf(await get('ConceptMap/$translate', { ...asked, version: '2' }))).toBe(false);
  });

  it('goes by other elements, and says which where none is given', async () => {
    const translate = (...dependency: readonly object[]) =>
      call('POST', 'ConceptMap/$translate', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'url', valueUri: `${base}/ConceptMap/to-german` },
          { name: 'coding', valueCoding: { system: colours, code: 'red' } },
          ...dependency,
        ],
      });
    const spelled = (concept: object) => ({
      name: 'dependency',
      part: [
        { name: 'element', valueUri: 'urn:spelling' },
        { name: 'concept', valueCodeableConcept: concept },
      ],
    });
    expect(targetsOf(await translate(spelled({ text: 'new' })))).toEqual(['rot']);
    expect(targetsOf(await translate(spelled({ coding: [{ system: 'urn:rules', code: 'old' }] })))).toEqual(['roth']);
    expect(targetsOf(await translate(spelled({ coding: [{ system: 'urn:others', code: 'old' }] })))).toEqual([]);
    const none = await translate();
    expect(resultOf(none)).toBe(false);
    expect(none.text).toContain('depend on urn:spelling');
  });

  it('tells values of other elements that go with a match', async () => {
    const { body } = await get('ConceptMap/$translate', {
      url: `${base}/ConceptMap/to-german`,
      system: colours,
      code: 'blue',
    });
    expect(body.parameter[1].part).toContainEqual({
      name: 'product',
      part: [
        { name: 'element', valueUri: 'urn:gender' },
        { name: 'concept', valueCoding: { system: 'urn:g', code: 'n' } },
      ],
    });
  });

  it('follows the map that unmapped codes are left to, once', async () => {
    const { body } = await get('ConceptMap/$translate', {
      url: `${base}/ConceptMap/to-german`,
      system: colours,
      code: 'warm',
    });
    expect(body.parameter[1].part).toContainEqual({ name: 'source', valueUri: `${base}/ConceptMap/others` });
    const loop = { url: `${base}/ConceptMap/loop`, system: 'urn:loop', code: 'z' };
    expect(resultOf(await get('ConceptMap/$translate', loop))).toBe(false);
  });

  it('follows ten other maps at most, however many one map names', async () => {
    const leaf = (n: number) =>
      map(`leaf-${n}`, { group: [{ source: 'urn:fan', target: 'urn:y', element: [element('a', equal(`b${n}`))] }] });
    const leaves = Array.from({ length: 12 }, (_, n) => leaf(n));
    for (const body of leaves) expect((await call('POST', 'ConceptMap', body)).status).toBe(201);
    const group = leaves.map(({ url }) => ({
      source: 'urn:fan',
      target: 'urn:x',
      element: [element('other', equal('other'))],
      unmapped: { mode: 'other-map', url },
    }));
    const parameter = [
      { name: 'conceptMap', resource: map('fan', { group }) },
      { name: 'code', valueCode: 'a' },
      { name: 'system', valueUri: 'urn:fan' },
    ];
    const answer = await call('POST', 'ConceptMap/$translate', { resourceType: 'Parameters', parameter });
    expect(targetsOf(answer)).toHaveLength(10);
  });

  it('takes a hundred codes at most', async () => {
    const coding = Array.from({ length: 101 }, (_, n) => ({ system: colours, code: `c${n}` }));
    const asked = (codings: readonly object[]) =>
      call('POST', 'ConceptMap/$translate', {
        resourceType: 'Parameters',
        parameter: [{ name: 'codeableConcept', valueCodeableConcept: { coding: codings } }],
      });
    expect((await asked(coding.slice(1))).status).toBe(200);
    const { status, body } = await asked(coding);
    expect([status, body.issue[0].code]).toEqual([400, 'too-costly']);
    expect(body.issue[0].diagnostics).toBe('The call has 101 codes; send at most 100 at once.');
  });
});

describe('a version of a code system that a call asks for', () => {
  const path = { $expand: 'ValueSet/$expand', '$validate-code': 'ValueSet/$validate-code' };
  const asked = { url: valueSet, code: 'red', system: colours };
  it.each(['system-version', 'check-system-version', 'force-system-version'])('has to be one: %s', async (name) => {
    for (const [operation, at] of Object.entries(path))
      for (const value of [colours, `${colours}|`]) {
        const query = operation === '$expand' ? { url: valueSet } : asked;
        const { status, body } = await get(at, { ...query, [name]: value });
        const diagnostics = `"${name}" is ${value}, which names no version: write system|version.`;
        expect([status, body.issue?.[0]]).toMatchObject([400, { code: 'value', diagnostics }]);
        expect((await get(at, { ...query, [name]: `${colours}|1` })).status).toBe(200);
      }
  });
});

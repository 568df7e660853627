// Operations on code systems, value sets and maps (https://hl7.org/fhir/R4/terminology-service.html, docs/adr/0077)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { storeAll } from '../support/stored.js';

const system = 'http://example.org/CodeSystem/animals';
const valueSet = 'http://example.org/ValueSet/animals';
const part = (id: string, compose: object, changes: object = {}) => ({
  resourceType: 'ValueSet',
  id,
  url: `http://example.org/ValueSet/${id}`,
  version: '1.0.0',
  name: 'Animals',
  status: 'active',
  compose,
  ...changes,
});
const include = (...filter: readonly (readonly [string, string, string])[]) => ({
  include: [{ system, filter: filter.map(([property, op, value]) => ({ property, op, value })) }],
});

const resources = [
  {
    resourceType: 'CodeSystem',
    id: 'animals',
    url: system,
    version: '3.0.0',
    name: 'Animals',
    title: 'All animals',
    status: 'active',
    content: 'complete',
    caseSensitive: false,
    hierarchyMeaning: 'is-a',
    property: [
      { code: 'legs', type: 'integer' },
      { code: 'gone', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
      { code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' },
    ],
    concept: [
      {
        code: 'mammal',
        display: 'Mammal',
        definition: 'With milk.',
        property: [{ code: 'notSelectable', valueBoolean: true }],
        concept: [
          {
            code: 'dog',
            display: 'Domestic dog',
            designation: [
              { language: 'de', value: 'Haushund' },
              { language: 'fr-CA', use: { system: 'urn:use', code: 'short' }, value: 'chien' },
            ],
            property: [{ code: 'legs', valueInteger: 4 }],
          },
          { code: 'dodo-dog', display: 'Dodo dog', property: [{ code: 'gone', valueBoolean: true }] },
        ],
      },
      { code: 'bird', display: 'Bird', property: [{ code: 'legs', valueInteger: 2 }] },
    ],
  },
  {
    resourceType: 'CodeSystem',
    id: 'piece',
    url: 'http://example.org/CodeSystem/piece',
    name: 'Piece',
    status: 'active',
    content: 'fragment',
    concept: [{ code: 'known' }],
  },
  part('animals', { include: [{ system }] }),
  part('mammals', include(['concept', 'is-a', 'mammal'])),
  part('below', include(['concept', 'descendent-of', 'mammal'])),
  part('four', include(['legs', '=', '4'])),
  part('without', { ...include(['concept', 'is-a', 'mammal']), exclude: [{ system, concept: [{ code: 'dog' }] }] }),
  part('gone', { inactive: false, include: [{ system }] }),
  part('pinned', { include: [{ system, version: '3.0.0' }] }),
  part('own', { include: [{ system, concept: [{ code: 'dog', display: 'Hound' }] }] }),
  part('circle', { include: [{ valueSet: ['http://example.org/ValueSet/circle'] }] }),
  part('elsewhere', { include: [{ system: 'http://loinc.org' }] }),
  part('of-piece', { include: [{ system: 'http://example.org/CodeSystem/piece' }] }),
  part('slow', include(['concept', 'regex', '(a+)+b'])),
  {
    resourceType: 'ConceptMap',
    id: 'to-sounds',
    url: 'http://example.org/ConceptMap/to-sounds',
    name: 'ToSounds',
    status: 'active',
    group: [
      {
        source: system,
        target: 'urn:sounds',
        element: [
          { code: 'dog', target: [{ code: 'woof', display: 'Woof', equivalence: 'wider', comment: 'loud' }] },
          { code: 'bird', target: [{ equivalence: 'unmatched' }] },
        ],
        unmapped: { mode: 'fixed', code: 'silence' },
      },
    ],
  },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await storeAll(server, resources);
});
afterAll(() => server.close());

const call = (method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: server.token('user/*.cruds'), ...(body && { body }) });
const get = (path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<Answer> =>
  call('GET', `${path}?${new URLSearchParams(Object.entries(query) as [string, string][]).toString()}`);
const valuesOf = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (body.parameter ?? []).map(({ name, ...value }: { name: string }) => [name, Object.values(value)[0]]),
  );
const codesOf = ({ body }: Answer): readonly string[] =>
  (body.expansion?.contains ?? []).map(({ code }: { code: string }) => code);
const url = (id: string): string => `http://example.org/ValueSet/${id}`;

describe('$lookup', () => {
  it('tells display, designations, properties, parents and children', async () => {
    const { status, body } = await get('CodeSystem/$lookup', { system, code: 'DOG' });
    expect(status).toBe(200);
    expect(body.parameter.slice(0, 3)).toEqual([
      { name: 'name', valueString: 'All animals' },
      { name: 'version', valueString: '3.0.0' },
      { name: 'display', valueString: 'Domestic dog' },
    ]);
    expect(body.parameter).toContainEqual({
      name: 'designation',
      part: [
        { name: 'language', valueCode: 'de' },
        { name: 'value', valueString: 'Haushund' },
      ],
    });
    for (const value of [
      [
        { name: 'code', valueCode: 'parent' },
        { name: 'value', valueCode: 'mammal' },
      ],
      [
        { name: 'code', valueCode: 'legs' },
        { name: 'value', valueInteger: 4 },
      ],
      [
        { name: 'code', valueCode: 'inactive' },
        { name: 'value', valueBoolean: false },
      ],
    ])
      expect(body.parameter).toContainEqual({ name: 'property', part: value });
  });

  it('tells R4’s own, in the language and with the properties that are asked for', async () => {
    const gender = await get('CodeSystem/$lookup', {
      system: 'http://hl7.org/fhir/administrative-gender',
      code: 'female',
    });
    expect(valuesOf(gender)['display']).toBe('Female');
    const german = await get('CodeSystem/$lookup', { system, code: 'dog', displayLanguage: 'de-CH', property: 'legs' });
    expect(valuesOf(german)['display']).toBe('Haushund');
    expect(valuesOf(await get('CodeSystem/$lookup', { system, code: 'dog', displayLanguage: 'fr' }))['display']).toBe(
      'chien',
    );
    expect(german.body.parameter.filter(({ name }: { name: string }) => name === 'property')).toHaveLength(1);
  });

  it.each([
    [{ system, code: 'cat' }, 404, 'has no code \\"cat\\"'],
    [{ system: 'http://nothing.example', code: 'x' }, 404, "CodeSystem 'http://nothing.example' could not be found"],
    [{ system, code: 'dog', version: '9' }, 404, `CodeSystem '${system}|9' could not be found`],
    [{ code: 'dog' }, 400, 'names no code'],
    [{ system, code: ' dog' }, 400, 'code'],
  ])('refuses %j', async (query, status, text) => {
    const answer = await get('CodeSystem/$lookup', query);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });
});

describe('$subsumes', () => {
  it.each([
    ['mammal', 'dog', 'subsumes'],
    ['dog', 'mammal', 'subsumed-by'],
    ['dog', 'DOG', 'equivalent'],
    ['dog', 'bird', 'not-subsumed'],
  ])('%s and %s: %s', async (codeA, codeB, outcome) => {
    expect(valuesOf(await get('CodeSystem/$subsumes', { system, codeA, codeB }))).toEqual({ outcome });
    expect(valuesOf(await get('CodeSystem/animals/$subsumes', { codeA, codeB }))).toEqual({ outcome });
  });

  it('refuses unknown codes and codes of two systems', async () => {
    expect((await get('CodeSystem/$subsumes', { system, codeA: 'dog', codeB: 'cat' })).status).toBe(404);
    expect((await get('CodeSystem/$subsumes', { codingA: `${system}|dog`, codingB: 'urn:x|y' })).status).toBe(400);
    expect((await get('CodeSystem/$subsumes', { system })).status).toBe(400);
  });

  it.each([
    [undefined, '3.0.0', 200, 'subsumes'],
    ['3.0.0', undefined, 200, 'subsumes'],
    [undefined, '9', 404, `CodeSystem '${system}|9' could not be found`],
    ['3.0.0', '9', 400, 'The call names two versions of the code system: 3.0.0 and 9'],
  ])('goes by the versions %s and %s of the codings: %i', async (versionA, versionB, status, text) => {
    const coding = (name: string, code: string, version: string | undefined) => ({
      name,
      valueCoding: { system, code, ...(version !== undefined && { version }) },
    });
    const parameter = [coding('codingA', 'mammal', versionA), coding('codingB', 'dog', versionB)];
    const answer = await server.call('POST', 'CodeSystem/$subsumes', {
      token: server.token('user/*.rs'),
      body: { resourceType: 'Parameters', parameter },
    });
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('goes by one version, whether the call names it or a coding', async () => {
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'system', valueUri: system },
        { name: 'version', valueString: '3.0.0' },
        { name: 'codeA', valueCode: 'mammal' },
        { name: 'codingB', valueCoding: { system, code: 'dog', version: '9' } },
      ],
    };
    const answer = await server.call('POST', 'CodeSystem/$subsumes', { token: server.token('user/*.rs'), body });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('two versions of the code system')]);
  });
});

describe('$expand', () => {
  it.each([
    ['animals', ['mammal', 'dog', 'dodo-dog', 'bird']],
    ['mammals', ['mammal', 'dog', 'dodo-dog']],
    ['below', ['dog', 'dodo-dog']],
    ['four', ['dog']],
    ['without', ['mammal', 'dodo-dog']],
    ['gone', ['mammal', 'dog', 'bird']],
    ['pinned', ['mammal', 'dog', 'dodo-dog', 'bird']],
  ])('of %s', async (id, codes) => {
    expect(codesOf(await get('ValueSet/$expand', { url: url(id) }))).toEqual(codes);
    expect(codesOf(await get(`ValueSet/${id}/$expand`))).toEqual(codes);
  });

  it('tells what is abstract and gone, and leaves that out where it is asked to', async () => {
    const { body } = await get('ValueSet/$expand', { url: valueSet });
    expect(body).toMatchObject({ resourceType: 'ValueSet', url: valueSet, version: '1.0.0', status: 'active' });
    expect(body.expansion.parameter).toEqual([{ name: 'used-codesystem', valueUri: `${system}|3.0.0` }]);
    expect(body.expansion.contains[0]).toEqual({ system, abstract: true, code: 'mammal', display: 'Mammal' });
    expect(body.expansion.contains[2]).toMatchObject({ inactive: true, code: 'dodo-dog' });
    expect(codesOf(await get('ValueSet/$expand', { url: valueSet, activeOnly: 'true' }))).toEqual([
      'mammal',
      'dog',
      'bird',
    ]);
  });

  it('has pages, filters by words, and displays in a language', async () => {
    const page = await get('ValueSet/$expand', { url: valueSet, offset: '1', count: '2' });
    expect([page.body.expansion.total, page.body.expansion.offset, codesOf(page)]).toEqual([4, 1, ['dog', 'dodo-dog']]);
    const none = await get('ValueSet/$expand', { url: valueSet, count: '0' });
    expect([none.body.expansion.total, codesOf(none)]).toEqual([4, []]);
    expect(codesOf(await get('ValueSet/$expand', { url: valueSet, filter: 'dog dom' }))).toEqual(['dog']);
    expect(codesOf(await get('ValueSet/$expand', { url: valueSet, filter: 'hausH' }))).toEqual(['dog']);
    expect(codesOf(await get('ValueSet/$expand', { url: valueSet, filter: 'og' }))).toEqual([]);
    const german = await get('ValueSet/$expand', {
      url: url('four'),
      displayLanguage: 'de',
      includeDesignations: 'true',
    });
    expect(german.body.expansion.contains[0]).toMatchObject({
      display: 'Haushund',
      designation: [{ language: 'de' }, {}],
    });
    expect((await get('ValueSet/$expand', { url: url('own') })).body.expansion.contains[0].display).toBe('Hound');
  });

  it('takes definitions with the call, which count for it alone', async () => {
    const sent = part('sent', { include: [{ system: 'urn:mine' }] });
    const mine = {
      resourceType: 'CodeSystem',
      url: 'urn:mine',
      status: 'active',
      content: 'complete',
      concept: [{ code: 'z' }],
    };
    const parameter = [
      { name: 'valueSet', resource: sent },
      { name: 'tx-resource', resource: mine },
    ];
    const answer = await call('POST', 'ValueSet/$expand', { resourceType: 'Parameters', parameter });
    expect([answer.status, codesOf(answer)]).toEqual([200, ['z']]);
    expect((await get('ValueSet/$expand', { url: url('sent') })).status).toBe(404);
  });

  it.each([
    [{ url: 'http://nothing.example' }, 404, 'could not be found'],
    [{}, 400, 'names no ValueSet'],
    [{ url: url('circle') }, 422, 'imports itself'],
    [{ url: url('elsewhere') }, 422, "CodeSystem 'http://loinc.org' could not be found"],
    [{ url: url('of-piece') }, 422, 'fragment'],
    [{ url: valueSet, count: '-1' }, 400, 'are 0 or more'],
  ])('refuses %j', async (query, status, text) => {
    const answer = await get('ValueSet/$expand', query);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('matches expressions that explode in bounded time', async () => {
    const began = performance.now();
    expect((await get('ValueSet/$expand', { url: url('slow') })).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('$validate-code', () => {
  it.each([
    [{ system, code: 'dog' }, true],
    [{ system, code: 'dog', display: 'domestic  DOG' }, true],
    [{ system, code: 'dog', display: 'Haushund' }, true],
    [{ system, code: 'dog', display: 'Cat' }, false],
    [{ system, code: 'cat' }, false],
    [{ system: 'urn:x', code: 'dog' }, false],
    [{ code: 'dog' }, false],
    [{ code: 'dog', inferSystem: 'true' }, true],
    [{ system, code: 'mammal' }, true],
    [{ system, code: 'mammal', abstract: 'false' }, false],
  ])('of a value set: %j is %s', async (query, result) => {
    const answer = await get('ValueSet/$validate-code', { url: valueSet, ...(query as object) });
    expect([answer.status, valuesOf(answer)['result']]).toEqual([200, result]);
    if (!result) expect(valuesOf(answer)['message']).toEqual(expect.any(String));
    expect(valuesOf(await get('ValueSet/animals/$validate-code', query))['result']).toBe(result);
  });

  it('of a code system, by url, by system and by id', async () => {
    expect(valuesOf(await get('CodeSystem/$validate-code', { url: system, code: 'bird' }))).toMatchObject({
      result: true,
      display: 'Bird',
    });
    expect(valuesOf(await get('CodeSystem/$validate-code', { coding: `${system}|bird` }))['result']).toBe(true);
    expect(valuesOf(await get('CodeSystem/animals/$validate-code', { code: 'cat' }))['result']).toBe(false);
    const piece = await get('CodeSystem/$validate-code', { url: 'http://example.org/CodeSystem/piece', code: 'other' });
    expect(valuesOf(piece)).toMatchObject({
      result: true,
      issues: { issue: [{ details: { text: expect.stringContaining('labeled as a fragment') } }] },
    });
  });

  it('of a concept with several codes, of which one has to be right', async () => {
    const concept = (...codes: readonly string[]) => ({
      resourceType: 'Parameters',
      parameter: [
        { name: 'url', valueUri: valueSet },
        { name: 'codeableConcept', valueCodeableConcept: { coding: codes.map((code) => ({ system, code })) } },
      ],
    });
    const mammals = (...codes: readonly string[]) => ({
      resourceType: 'Parameters',
      parameter: concept(...codes).parameter.with(0, { name: 'url', valueUri: url('mammals') }),
    });
    expect(valuesOf(await call('POST', 'ValueSet/$validate-code', mammals('bird', 'dog')))).toMatchObject({
      result: true,
      code: 'dog',
    });
    // A code that the code system does not have is wrong, whatever stands beside it.
    const unknown = await call('POST', 'ValueSet/$validate-code', mammals('cat', 'dog'));
    expect(valuesOf(unknown)).toMatchObject({ result: false, code: 'dog', message: expect.stringContaining("'cat'") });
    // Nothing is known of the local one, which says nothing against the other.
    const local = { system: 'http://example.org/local', code: 'y' };
    for (const coding of [
      [local, { system, code: 'dog' }],
      [{ system, code: 'dog' }, local],
    ]) {
      const parameter = concept().parameter.with(0, { name: 'url', valueUri: url('mammals') });
      const mixed = parameter.with(1, { name: 'codeableConcept', valueCodeableConcept: { coding } });
      const answer = valuesOf(
        await call('POST', 'ValueSet/$validate-code', { resourceType: 'Parameters', parameter: mixed }),
      );
      expect(answer).toMatchObject({ result: true, code: 'dog' });
      expect(JSON.stringify(answer['issues'])).toContain('http://example.org/local');
    }
    const wrong = await call('POST', 'ValueSet/$validate-code', concept('cat', 'cow'));
    expect(valuesOf(wrong)['result']).toBe(false);
    expect(valuesOf(wrong)['issues']).toMatchObject({
      issue: expect.arrayContaining([
        expect.objectContaining({ expression: ['CodeableConcept.coding[0].code'] }),
        expect.objectContaining({ expression: ['CodeableConcept.coding[1].code'] }),
      ]),
    });
  });

  it('of a version that the value set does not take', async () => {
    const asked = { url: url('pinned'), system, code: 'dog' };
    expect(valuesOf(await get('ValueSet/$validate-code', { ...asked, systemVersion: '3.0.0' }))['result']).toBe(true);
    expect(valuesOf(await get('ValueSet/$validate-code', { ...asked, systemVersion: '2.0.0' }))).toMatchObject({
      result: false,
      message: expect.stringContaining(
        "version '3.0.0' in the ValueSet include is different to the one in the value ('2.0.0')",
      ),
    });
  });

  it('in a batch, like alone', async () => {
    const request = { method: 'GET', url: `ValueSet/$validate-code?url=${valueSet}&system=${system}&code=dog` };
    const { body } = await call('POST', '', { resourceType: 'Bundle', type: 'batch', entry: [{ request }] });
    expect(body.entry[0].resource.parameter[0]).toEqual({ name: 'result', valueBoolean: true });
  });
});

describe('$translate', () => {
  const map = 'http://example.org/ConceptMap/to-sounds';
  const matchOf = ({ body }: Answer): readonly unknown[] =>
    body.parameter
      .filter(({ name }: { name: string }) => name === 'match')
      .map(({ part: found }: { part: unknown }) => found);

  it('goes there and back', async () => {
    const there = await get('ConceptMap/$translate', { url: map, system, code: 'dog' });
    expect(valuesOf(there)['result']).toBe(true);
    expect(matchOf(there)).toEqual([
      [
        { name: 'equivalence', valueCode: 'wider' },
        { name: 'concept', valueCoding: { system: 'urn:sounds', code: 'woof', display: 'Woof' } },
        { name: 'comment', valueString: 'loud' },
        { name: 'source', valueUri: map },
      ],
    ]);
    const back = await get('ConceptMap/to-sounds/$translate', { system: 'urn:sounds', code: 'woof', reverse: 'true' });
    expect(matchOf(back)).toMatchObject([
      [{ valueCode: 'narrower' }, { valueCoding: { system, code: 'dog' } }, {}, {}],
    ]);
  });

  it('says where there is no match, and goes by the rule for what is not mapped', async () => {
    expect(valuesOf(await get('ConceptMap/$translate', { url: map, system, code: 'bird' }))['result']).toBe(false);
    expect(matchOf(await get('ConceptMap/$translate', { url: map, system, code: 'mammal' }))).toMatchObject([
      [{ valueCode: 'inexact' }, { valueCoding: { code: 'silence' } }, {}],
    ]);
    expect(valuesOf(await get('ConceptMap/$translate', { url: map, system: 'urn:x', code: 'dog' }))['result']).toBe(
      false,
    );
    expect((await get('ConceptMap/$translate', { url: 'urn:none', system, code: 'dog' })).status).toBe(404);
    expect((await get('ConceptMap/$translate', { code: 'dog' })).status).toBe(400);
  });
});

it('/metadata?mode=terminology names the code systems of R4 and what $expand takes, and nothing that is stored', async () => {
  const { status, body, text } = await server.call('GET', 'metadata?mode=terminology');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    resourceType: 'TerminologyCapabilities',
    kind: 'instance',
    expansion: { paging: true },
  });
  expect(body.codeSystem).toContainEqual({
    uri: 'http://hl7.org/fhir/administrative-gender',
    version: [{ code: '4.0.1', isDefault: true }],
    subsumption: true,
  });
  expect(text).not.toContain('example.org');
  expect(validateResource(body).filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('properties of an expansion', () => {
  const ofR5 = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion';
  const told = (code: string, value: object) => ({
    url: `${ofR5}.contains.property`,
    extension: [
      { url: 'code', valueCode: code },
      { url: 'value', ...value },
    ],
  });
  const codeOf = ({ body }: Answer, code: string) =>
    body.expansion.contains.find((one: { readonly code: string }) => one.code === code);

  it('stand in the extensions for the elements of R5, where they are asked for by code or uri', async () => {
    const asked = { url: valueSet, count: '10' };
    const plain = await get('ValueSet/$expand', asked);
    expect(codeOf(plain, 'dog').extension).toBeUndefined();
    const legs = await get('ValueSet/$expand', { ...asked, property: 'legs' });
    expect(codeOf(legs, 'dog').extension).toEqual([told('legs', { valueInteger: 4 })]);
    expect(codeOf(legs, 'mammal').extension).toBeUndefined();
    expect(legs.body.expansion.extension).toEqual([
      { url: `${ofR5}.property`, extension: [{ url: 'code', valueCode: 'legs' }] },
    ]);
    expect(legs.body.expansion.parameter).toContainEqual({ name: 'property', valueString: 'legs' });
    const byUri = { ...asked, property: 'http://hl7.org/fhir/concept-properties#inactive' };
    const gone = await get('ValueSet/$expand', byUri);
    expect(codeOf(gone, 'dodo-dog').extension).toEqual([told('gone', { valueBoolean: true })]);
    const defined = await get('ValueSet/$expand', { ...asked, property: 'definition' });
    expect(codeOf(defined, 'mammal').extension).toEqual([told('definition', { valueString: 'With milk.' })]);
    expect(validateResource(legs.body).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

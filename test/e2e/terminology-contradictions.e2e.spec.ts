// Calls of terminology operations that say two things, or name another definition than the one that they are on (https://hl7.org/fhir/R4/terminology-service.html)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { targetsOf } from '../support/translations.js';
import { storeAll } from '../support/stored.js';

const base = 'http://contradictions.example';
const tools = `${base}/CodeSystem/tools`;
const woods = `${base}/CodeSystem/woods`;
const valueSet = `${base}/ValueSet/tools`;
const sets = { source: `${base}/ValueSet/source`, target: `${base}/ValueSet/target` };
const codeSystem = (id: string, url: string, version: string, concept: readonly object[]) => ({
  resourceType: 'CodeSystem',
  id,
  url,
  version,
  name: 'Some',
  status: 'active',
  content: 'complete',
  concept,
});
const resources = [
  codeSystem('tools-1', tools, '1', [
    { code: 'saw', display: 'Saw', concept: [{ code: 'fretsaw' }] },
    { code: 'adze' },
  ]),
  codeSystem('tools-2', tools, '2', [{ code: 'saw', display: 'Hand saw', concept: [{ code: 'fretsaw' }] }]),
  codeSystem('woods', woods, '1', [{ code: 'oak' }, { code: 'saw' }]),
  {
    resourceType: 'ValueSet',
    id: 'tools',
    url: valueSet,
    version: '1',
    status: 'active',
    compose: { include: [{ system: tools }] },
  },
  {
    resourceType: 'ConceptMap',
    id: 'map',
    url: `${base}/ConceptMap/map`,
    status: 'active',
    sourceUri: sets.source,
    targetUri: sets.target,
    group: [
      { source: tools, target: woods, element: [{ code: 'saw', target: [{ code: 'oak', equivalence: 'relatedto' }] }] },
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
const get = (path: string, query: Readonly<Record<string, string>>): Promise<Answer> =>
  call('GET', `${path}?${new URLSearchParams(query).toString()}`);
const post = (path: string, ...parameter: readonly object[]): Promise<Answer> =>
  call('POST', path, { resourceType: 'Parameters', parameter });
const valueOf = ({ body }: Answer, wanted: string): unknown => {
  const found = body.parameter.find(({ name }: { name: string }) => name === wanted);
  return found && Object.entries(found).find(([name]) => name.startsWith('value'))?.[1];
};

describe('a call that says twice what it is about', () => {
  it.each([
    ['CodeSystem/$lookup', { code: 'saw', coding: `${tools}|saw` }, '"code" and "coding"'],
    ['CodeSystem/$validate-code', { url: tools, code: 'saw', coding: `${tools}|saw` }, '"code" and "coding"'],
    ['ValueSet/$validate-code', { url: valueSet, code: 'saw', coding: `${tools}|saw` }, '"code" and "coding"'],
    ['CodeSystem/$subsumes', { codeA: 'saw', codingA: `${tools}|saw`, codeB: 'saw' }, '"codeA" and "codingA"'],
    ['CodeSystem/$subsumes', { codeA: 'saw', codeB: 'saw', codingB: `${tools}|saw` }, '"codeB" and "codingB"'],
    ['ConceptMap/$translate', { system: tools, code: 'saw', coding: `${tools}|saw` }, '"code" and "coding"'],
    ['CodeSystem/$lookup', { system: woods, coding: `${tools}|saw` }, `two code systems: ${tools} and ${woods}`],
    ['CodeSystem/$subsumes', { system: woods, codingA: `${tools}|saw`, codeB: 'saw' }, 'two code systems'],
    ['CodeSystem/$subsumes', { codeA: 'saw', codingB: `${tools}|saw` }, 'does not say of which code system'],
    ['ValueSet/$validate-code', { url: valueSet, system: woods, coding: `${tools}|saw` }, 'two code systems'],
  ])('%s with %j is refused', async (path, query, text) => {
    const { status, body } = await get(path, query);
    expect([status, body.issue[0].diagnostics]).toEqual([400, expect.stringContaining(text)]);
  });

  it('is refused with a codeableConcept too', async () => {
    const coding = { name: 'coding', valueCoding: { system: tools, code: 'saw' } };
    const concept = { name: 'codeableConcept', valueCodeableConcept: { coding: [{ system: tools, code: 'adze' }] } };
    for (const path of ['ValueSet/tools/$validate-code', 'CodeSystem/tools-1/$validate-code', 'ConceptMap/$translate'])
      expect((await post(path, coding, concept)).status, path).toBe(400);
  });
});

describe('the version of a call', () => {
  const lookup = (coding: object, version: string) =>
    post('CodeSystem/$lookup', { name: 'coding', valueCoding: coding }, { name: 'version', valueString: version });

  it('counts beside a coding without one, and has to be that of a coding with one', async () => {
    expect(valueOf(await lookup({ system: tools, code: 'saw' }, '1'), 'display')).toBe('Saw');
    expect(valueOf(await lookup({ system: tools, code: 'saw', version: '1' }, '1'), 'version')).toBe('1');
    const { status, text } = await lookup({ system: tools, code: 'saw', version: '2' }, '1');
    expect([status, text]).toEqual([400, expect.stringContaining('two versions of the code system: 2 and 1')]);
  });

  it('may stand in the canonical of CodeSystem/$validate-code alone', async () => {
    const judged = async (url: string) =>
      valueOf(await get('CodeSystem/$validate-code', { url, code: 'adze' }), 'result');
    expect([await judged(`${tools}|1`), await judged(`${tools}|2`), await judged(tools)]).toEqual([true, false, false]);
  });
});

it('what stands beside a coding counts for $validate-code, and a coding without code has no code in the answer', async () => {
  const path = 'ValueSet/tools/$validate-code';
  const judged = (more: Readonly<Record<string, string>>) => get(path, { coding: `${tools}|saw`, ...more });
  expect(valueOf(await judged({ display: 'Hand saw', systemVersion: '2' }), 'result')).toBe(true);
  expect(valueOf(await judged({ display: 'Axe' }), 'result')).toBe(false);
  expect(valueOf(await judged({ systemVersion: '9' }), 'result')).toBe(false);
  const answer = await post(path, { name: 'coding', valueCoding: { system: tools } });
  expect([valueOf(answer, 'result'), valueOf(answer, 'code')]).toEqual([false, undefined]);
  expect(answer.text).not.toContain('""');
});

describe('a call on one definition', () => {
  it.each([
    ['CodeSystem/tools-1/$subsumes', { codingA: `${woods}|saw`, codingB: `${woods}|oak` }],
    ['CodeSystem/tools-1/$subsumes', { codeA: 'saw', codeB: 'fretsaw', system: woods }],
    ['CodeSystem/tools-1/$subsumes', { codeA: 'saw', codingB: `${woods}|saw` }],
    ['CodeSystem/tools-1/$subsumes', { codeA: 'saw', codeB: 'fretsaw', version: '2' }],
    ['CodeSystem/tools-1/$validate-code', { code: 'saw', url: woods }],
    ['CodeSystem/tools-1/$validate-code', { code: 'saw', url: `${tools}|2` }],
    ['ValueSet/tools/$validate-code', { code: 'saw', system: tools, url: `${base}/ValueSet/other` }],
    ['ValueSet/tools/$expand', { url: `${base}/ValueSet/other` }],
    ['ValueSet/tools/$expand', { valueSetVersion: '2' }],
  ])('%s with %j names another one and is refused', async (path, query) => {
    const { status, text } = await get(path, query);
    expect([status, text]).toEqual([400, expect.stringContaining('names')]);
  });

  it('may name that one', async () => {
    const asked = { codingA: `${tools}|saw`, codingB: `${tools}|fretsaw`, version: '1' };
    expect(valueOf(await get('CodeSystem/tools-1/$subsumes', asked), 'outcome')).toBe('subsumes');
    expect((await get('ValueSet/tools/$expand', { url: `${valueSet}|1`, valueSetVersion: '1' })).status).toBe(200);
    const sent = {
      resourceType: 'ValueSet',
      url: valueSet,
      status: 'active',
      compose: { include: [{ system: woods }] },
    };
    const named = (url: string) =>
      post('ValueSet/$expand', { name: 'valueSet', resource: sent }, { name: 'url', valueUri: url });
    expect((await named(valueSet)).body.expansion.total).toBe(2);
    expect((await named(`${base}/ValueSet/other`)).status).toBe(400);
  });

  it('is answered by that one, whatever other has its url', async () => {
    const judged = async (id: string, code: string) => {
      const answer = await get(`CodeSystem/${id}/$validate-code`, { code });
      return [valueOf(answer, 'result'), valueOf(answer, 'version')];
    };
    expect(await judged('tools-1', 'adze')).toEqual([true, '1']);
    expect(await judged('tools-2', 'adze')).toEqual([false, '2']);
    const sent = codeSystem('x', tools, '1', [{ code: 'chisel' }]);
    const { body } = await post(
      'CodeSystem/$validate-code',
      { name: 'codeSystem', resource: sent },
      { name: 'code', valueCode: 'chisel' },
    );
    expect(body.parameter[0]).toEqual({ name: 'result', valueBoolean: true });
  });
});

describe('CodeSystem/$validate-code of a coding', () => {
  const judged = async (path: string, ...coding: readonly object[]) => {
    const answer = await post(
      path,
      { name: 'url', valueUri: tools },
      coding.length === 1
        ? { name: 'coding', valueCoding: coding[0] }
        : { name: 'codeableConcept', valueCodeableConcept: { coding } },
    );
    return [valueOf(answer, 'result'), valueOf(answer, 'message')];
  };
  const [own, other] = [
    { system: tools, code: 'saw' },
    { system: woods, code: 'saw' },
  ];
  const isOther = `The code 'saw' is of the code system '${woods}', and the question about '${tools}'`;

  it.each(['CodeSystem/$validate-code', 'CodeSystem/tools-1/$validate-code'])(
    '%s is false for one of another code system, and true where one of several is of it',
    async (path) => {
      expect(await judged(path, own)).toEqual([true, undefined]);
      expect(await judged(path, other)).toEqual([false, isOther]);
      expect(await judged(path, own, other)).toEqual([true, undefined]);
      expect(await judged(path, other, { system: woods, code: 'oak' })).toEqual([
        false,
        expect.stringContaining(isOther),
      ]);
    },
  );

  it('is false for one of another version of the definition that it is on', async () => {
    const path = 'CodeSystem/tools-1/$validate-code';
    expect(await judged(path, { ...own, version: '1' })).toEqual([true, undefined]);
    expect(await judged(path, { ...own, version: '2' })).toEqual([
      false,
      `The code 'saw' is of the code system '${tools}|2', and the question about '${tools}|1'`,
    ]);
  });
});

it('$translate backwards takes "source" for the value set of the code and "target" for that of the answer', async () => {
  const translated = (query: Readonly<Record<string, string>>) =>
    get('ConceptMap/$translate', { url: `${base}/ConceptMap/map`, ...query });
  const [forth, back] = [
    { system: tools, code: 'saw' },
    { system: woods, code: 'oak', reverse: 'true' },
  ];
  const turned = { source: sets.target, target: sets.source };
  expect(targetsOf(await translated({ ...forth, ...sets }))).toEqual(['oak']);
  expect(targetsOf(await translated({ ...back, ...turned }))).toEqual(['saw']);
  expect(targetsOf(await translated({ ...forth, ...turned }))).toEqual([]);
  expect(targetsOf(await translated({ ...back, ...sets }))).toEqual([]);
});

it('tells truly that ValueSets are found by the codes that they name, and not by those of their expansions', async () => {
  const { body } = await server.call('GET', 'metadata?mode=terminology');
  expect(body.codeSearch).toBe('explicit');
  expect((await get('ValueSet', { code: 'saw' })).body.entry ?? []).toEqual([]);
});

it('a value set without url that cannot be expanded is called the one that was sent', async () => {
  const answer = await post('ValueSet/$expand', {
    name: 'valueSet',
    resource: { resourceType: 'ValueSet', status: 'active' },
  });
  expect([answer.status, answer.text]).toEqual([
    422,
    expect.stringContaining('The ValueSet that was sent has neither'),
  ]);
});

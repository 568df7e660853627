// Closure tables (https://hl7.org/fhir/R4/terminology-service.html#closure, docs/adr/0108)
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { Closures } from '../../src/fhir/storage/concepts/closures.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { releaseOf } from '../support/release-of.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { runSql } from '../leaks/world.js';

const animals = 'http://closure.example/CodeSystem/animals';
const plants = 'http://closure.example/CodeSystem/plants';
const loaded = 'http://closure.example/CodeSystem/loaded';
const ofSystem = (id: string, url: string, changes: object) => ({
  resourceType: 'CodeSystem',
  id,
  url,
  version: '1',
  name: 'C',
  status: 'active',
  content: 'complete',
  ...changes,
});
const concept = [
  { code: 'animal', concept: [{ code: 'mammal', concept: [{ code: 'dog' }, { code: 'cat' }] }, { code: 'bird' }] },
  { code: 'stone' },
];
const resources = [
  ofSystem('animals', animals, { concept }),
  ofSystem('plants', plants, { caseSensitive: false, concept: [{ code: 'Tree', concept: [{ code: 'Oak' }] }] }),
  ofSystem('parts', 'http://closure.example/CodeSystem/parts', {
    hierarchyMeaning: 'part-of',
    concept: [{ code: 'arm' }],
  }),
  ofSystem('piece', 'http://closure.example/CodeSystem/piece', { content: 'fragment', concept: [{ code: 'known' }] }),
];

let server: TestServer;
const token = (scope = 'user/*.rs', claims: Readonly<Record<string, unknown>> = {}): string =>
  server.token(scope, claims);
beforeAll(async () => {
  server = await startServer();
  for (const body of resources) await put(body);
  const concepts = [{ code: 'A' }, { code: 'B', parents: ['A'] }, { code: 'C', parents: ['B'] }, { code: 'D' }];
  const head = {
    resourceType: 'CodeSystem',
    url: loaded,
    version: '1',
    name: 'L',
    status: 'active',
    content: 'complete',
  };
  await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
});
afterAll(() => server.close());

async function put(body: { readonly id: string; readonly concept?: unknown }): Promise<void> {
  const { status, text } = await server.call('PUT', `CodeSystem/${body.id}`, { token: token('user/*.cruds'), body });
  if (status >= 400) throw new Error(text);
}

interface Asked {
  readonly name: string;
  readonly concepts?: readonly (readonly [system: string, code: string, version?: string])[];
  readonly version?: string;
  readonly token?: string;
  readonly path?: string;
}

function ask({ name, concepts = [], version, token: by = token(), path = '$closure' }: Asked): Promise<Answer> {
  const parameter = [
    { name: 'name', valueString: name },
    ...concepts.map(([system, code, of]) => ({ name: 'concept', valueCoding: { system, code, version: of } })),
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
  ];
  return server.call('POST', path, { token: by, body: { resourceType: 'Parameters', parameter } });
}

interface Group {
  readonly source: string;
  readonly element: readonly {
    readonly code: string;
    readonly target: readonly { readonly code: string; readonly equivalence: string }[];
  }[];
}

/** As `below < above`, or `one = other`. */
const relationsIn = ({ body }: Answer): readonly string[] =>
  ((body.group ?? []) as readonly Group[])
    .flatMap(({ element }) => element)
    .flatMap(({ code, target }) =>
      target.map((one) => `${code} ${one.equivalence === 'subsumes' ? '<' : '='} ${one.code}`),
    )
    .toSorted();

describe('$closure', () => {
  it('starts a table by its name, and tells what each concept adds', async () => {
    const started = await ask({ name: 'first' });
    expect([started.status, started.body]).toEqual([
      200,
      {
        resourceType: 'ConceptMap',
        version: '0',
        name: 'ClosureTable',
        title: 'Updates for closure table first',
        status: 'active',
        experimental: true,
        date: expect.any(String),
      },
    ]);
    const one = await ask({ name: 'first', concepts: [[animals, 'dog']] });
    expect([one.status, relationsIn(one)]).toEqual([200, []]);
    const two = await ask({
      name: 'first',
      concepts: [
        [animals, 'animal'],
        [animals, 'stone'],
      ],
    });
    expect(relationsIn(two)).toEqual(['dog < animal']);
    expect(two.body.group[0]).toMatchObject({
      source: animals,
      sourceVersion: '1',
      target: animals,
      targetVersion: '1',
    });
    const three = await ask({
      name: 'first',
      concepts: [
        [animals, 'mammal'],
        [animals, 'dog'],
      ],
    });
    expect(relationsIn(three)).toEqual(['dog < mammal', 'mammal < animal']);
    expect(validateResource(three.body).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(new Set([started, one, two, three].map(({ body }) => body.version)).size).toBe(4);
    const again = await ask({ name: 'first', concepts: [[animals, 'mammal']] });
    expect([again.body.version, relationsIn(again)]).toEqual([three.body.version, []]);
  });

  it('tells again what came after a version, and all of it after 0', async () => {
    await ask({ name: 'replay' });
    await ask({
      name: 'replay',
      concepts: [
        [animals, 'dog'],
        [animals, 'mammal'],
      ],
    });
    const { body } = await ask({ name: 'replay', concepts: [[animals, 'cat']] });
    const last = await ask({
      name: 'replay',
      concepts: [
        [plants, 'Oak'],
        [plants, 'Tree'],
        [animals, 'animal'],
      ],
    });
    const after = await ask({ name: 'replay', version: body.version });
    expect([after.body.version, relationsIn(after)]).toEqual([last.body.version, relationsIn(last)]);
    expect(relationsIn(after)).toEqual(['Oak < Tree', 'cat < animal', 'dog < animal', 'mammal < animal']);
    expect(after.body.group.map(({ source }: Group) => source).toSorted()).toEqual([animals, plants]);
    expect(relationsIn(await ask({ name: 'replay', version: '0' }))).toEqual(
      [...relationsIn(after), 'cat < mammal', 'dog < mammal'].toSorted(),
    );
    expect(relationsIn(await ask({ name: 'replay', version: last.body.version }))).toEqual([]);
  });

  it('is emptied by its name alone, and knows versions of before for what they are', async () => {
    await ask({ name: 'reset' });
    const before = await ask({
      name: 'reset',
      concepts: [
        [animals, 'dog'],
        [animals, 'mammal'],
      ],
    });
    expect((await ask({ name: 'reset' })).body.version).toBe('0');
    expect(relationsIn(await ask({ name: 'reset', version: '0' }))).toEqual([]);
    await ask({ name: 'reset', concepts: [[animals, 'dog']] });
    const old = await ask({ name: 'reset', version: before.body.version });
    expect([old.status, old.body.issue[0].details.text]).toEqual([422, 'closure "reset" must be reinitialized']);
  });

  it('goes by loaded code systems, and takes two spellings of one code as equal', async () => {
    await ask({ name: 'kinds' });
    const sent = ['A', 'D', 'C'].map((code) => [loaded, code] as const);
    expect(relationsIn(await ask({ name: 'kinds', concepts: sent }))).toEqual(['C < A']);
    expect(relationsIn(await ask({ name: 'kinds', concepts: [[loaded, 'B']] }))).toEqual(['B < A', 'C < B']);
    await ask({ name: 'kinds', concepts: [[plants, 'Oak']] });
    const folded = await ask({
      name: 'kinds',
      concepts: [
        [plants, 'oak'],
        [plants, 'TREE'],
      ],
    });
    expect(relationsIn(folded)).toEqual(['Oak < TREE', 'oak < TREE', 'oak = Oak']);
  });

  it('is offered on ConceptMap too, and in batches', async () => {
    expect((await ask({ name: 'typed', path: 'ConceptMap/$closure' })).status).toBe(200);
    const resource = { resourceType: 'Parameters', parameter: [{ name: 'name', valueString: 'typed' }] };
    const entry = [{ resource, request: { method: 'POST', url: '$closure' } }];
    const batch = { resourceType: 'Bundle', type: 'batch', entry };
    const { body } = await server.call('POST', '', { token: token(), body: batch });
    expect(body.entry[0].resource).toMatchObject({ resourceType: 'ConceptMap', version: '0' });
    expect((await server.call('GET', '$closure?name=typed', { token: token() })).status).toBe(405);
  });

  it('has to be initialised anew when a code system has changed', async () => {
    const url = 'http://closure.example/CodeSystem/changing';
    const changing = ofSystem('changing', url, { version: undefined, concept: [{ code: 'a' }, { code: 'b' }] });
    await put(changing);
    await ask({ name: 'changed' });
    expect(
      relationsIn(
        await ask({
          name: 'changed',
          concepts: [
            [url, 'a'],
            [url, 'b'],
          ],
        }),
      ),
    ).toEqual([]);
    await put({ ...changing, concept: [{ code: 'a', concept: [{ code: 'b' }] }] });
    for (const more of [{ version: '0' }, { concepts: [[url, 'a']] as const }]) {
      const { status, body } = await ask({ name: 'changed', ...more });
      expect([status, body.issue?.[0].details.text]).toEqual([422, 'closure "changed" must be reinitialized']);
      expect(body.issue[0].diagnostics).toMatch(/has changed since .* Initialise the closure table/);
    }
    await ask({ name: 'changed' });
    expect(
      relationsIn(
        await ask({
          name: 'changed',
          concepts: [
            [url, 'a'],
            [url, 'b'],
          ],
        }),
      ),
    ).toEqual(['b < a']);
  });

  it.each([
    ['a name that is none', { name: 'a b' }, 400, /1 to 64 letters/],
    ['concepts and a version', { name: 'bad', version: '0', concepts: [[animals, 'dog']] }, 400, /not both/],
    ['a table that was not started', { name: 'nowhere', concepts: [[animals, 'dog']] }, 404, /Start it by a call/],
    ['a version of a table that was not started', { name: 'nowhere', version: '0' }, 404, /Start it by a call/],
    ['a version that is none', { name: 'bad', version: '7-00000000' }, 422, /Its version "7-00000000" is none/],
    ['an unknown code system', { name: 'bad', concepts: [['urn:none', 'x']] }, 422, /urn:none is not known here/],
    [
      'an unknown code',
      {
        name: 'bad',
        concepts: [
          [animals, 'dog'],
          [animals, 'cow'],
        ],
      },
      422,
      /has no code "cow"/,
    ],
    ['an unknown code of a load', { name: 'bad', concepts: [[loaded, 'cow']] }, 422, /has no code "cow"/],
    [
      'a code that may be one elsewhere',
      { name: 'bad', concepts: [['http://closure.example/CodeSystem/piece', 'x']] },
      422,
      /content of the CodeSystem .* is "fragment"/,
    ],
    [
      'a hierarchy of parts',
      { name: 'bad', concepts: [['http://closure.example/CodeSystem/parts', 'arm']] },
      422,
      /"part-of"/,
    ],
    [
      'two versions of a code system',
      {
        name: 'bad',
        concepts: [
          [animals, 'dog', '1'],
          [animals, 'cat', '2'],
        ],
      },
      422,
      /goes by .*\|1, and a concept names version "2"/,
    ],
    [
      'a version that is not here',
      { name: 'bad', concepts: [[animals, 'dog', '9']] },
      422,
      /animals\|9 is not known here/,
    ],
  ] as readonly (readonly [string, Asked, number, RegExp])[])('explains %s', async (_, asked, status, reason) => {
    await ask({ name: 'bad' });
    const answer = await ask(asked);
    expect([answer.status, answer.body.issue[0].diagnostics]).toEqual([status, expect.stringMatching(reason)]);
    expect(relationsIn(await ask({ name: 'bad', version: '0' }))).toEqual([]);
  });

  it('is bounded: concepts of a call, of a table, and tables of a caller', async () => {
    await ask({ name: 'full' });
    const many = Array.from({ length: 1001 }, (_, i) => [animals, `c${i}`] as const);
    const { status, text } = await ask({ name: 'full', concepts: many });
    expect([status, text]).toEqual([422, expect.stringContaining('1001 concepts; send at most 1000')]);
    await runSql(
      server,
      `INSERT INTO terminology_closure_concept SELECT tenant, closure, 'urn:other', n::text, n::text, 0 ` +
        `FROM terminology_closure, generate_series(1, 5000) AS n WHERE name = 'full'`,
    );
    const over = await ask({ name: 'full', concepts: [[animals, 'dog']] });
    expect([over.status, over.text]).toEqual([422, expect.stringContaining('would have 5001 concepts')]);
    await ask({ name: 'full' });
    expect((await ask({ name: 'full', concepts: [[animals, 'dog']] })).status).toBe(200);
    const by = token('user/*.rs', { sub: 'collector' });
    for (let n = 0; n < 95; n++) expect((await ask({ name: `t${n}`, token: by })).status).toBe(200);
    const atOnce = await Promise.all(Array.from({ length: 20 }, (_, n) => ask({ name: `u${n}`, token: by })));
    expect(atOnce.filter((one) => one.status === 200)).toHaveLength(5);
    const more = await ask({ name: 't100', token: by });
    expect([more.status, more.text]).toEqual([422, expect.stringContaining('at most 100 closure tables')]);
    expect((await ask({ name: 't1', token: by })).status).toBe(200);
  });

  it('answers with at most 50,000 relations', async () => {
    const url = 'http://closure.example/CodeSystem/deep';
    const codes = Array.from({ length: 400 }, (_, i) => `d${i}`);
    const deep = codes.map((code, i) => ({
      code,
      ...(i > 0 && { property: [{ code: 'parent', valueCode: `d${i - 1}` }] }),
    }));
    await put(ofSystem('deep', url, { property: [{ code: 'parent', type: 'code' }], concept: deep }));
    await ask({ name: 'deep' });
    const { status, text } = await ask({ name: 'deep', concepts: codes.map((code) => [url, code] as const) });
    expect([status, text]).toEqual([422, expect.stringContaining('more than 50000 relations')]);
  });

  it('keeps what calls at one time add', async () => {
    await ask({ name: 'race' });
    const codes = ['animal', 'mammal', 'dog', 'cat'];
    const answers = await Promise.all(codes.map((code) => ask({ name: 'race', concepts: [[animals, code]] })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const all = ['cat < animal', 'cat < mammal', 'dog < animal', 'dog < mammal', 'mammal < animal'];
    expect(answers.flatMap(relationsIn).toSorted()).toEqual(all);
    expect(relationsIn(await ask({ name: 'race', version: '0' }))).toEqual(all);
  });

  it('is removed when nobody used it for 90 days', async () => {
    await ask({ name: 'old' });
    await ask({ name: 'old', concepts: [[animals, 'dog']] });
    await ask({ name: 'idle' });
    await runSql(server, `UPDATE terminology_closure SET used = now() - interval '91 days' WHERE name = 'old'`);
    await runSql(server, `UPDATE terminology_closure SET used = now() - interval '89 days' WHERE name = 'idle'`);
    expect((await ask({ name: 'idle', version: '0' })).status).toBe(200);
    await server.app.get(Closures).clean();
    expect((await ask({ name: 'old', version: '0' })).status).toBe(404);
    expect((await ask({ name: 'idle', version: '0' })).status).toBe(200);
  });
});

it('in any order of calls, tells each pair of concepts of which one is above the other exactly once', async () => {
  const url = 'http://closure.example/CodeSystem/any';
  const codes = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const parents = fc.tuple(
    ...codes.map((_, i) => fc.array(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 2 })),
  );
  const batches = fc.array(fc.subarray(codes, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(parents, batches, async (above, calls) => {
      const id = `any${round++}`;
      const system = `${url}${round}`;
      const listed = codes.map((code, i) => ({
        code,
        ...(above[i]!.length > 0 && { property: above[i]!.map((n) => ({ code: 'parent', valueCode: codes[n] })) }),
      }));
      await put(ofSystem(id, system, { property: [{ code: 'parent', type: 'code' }], concept: listed }));
      await ask({ name: id });
      const told: string[] = [];
      for (const call of calls)
        told.push(...relationsIn(await ask({ name: id, concepts: call.map((code) => [system, code] as const) })));
      const reach = (n: number): readonly number[] => [...new Set(above[n]!.flatMap((m) => [m, ...reach(m)]))];
      const sent = new Set(calls.flat());
      const wanted = codes.flatMap((code, i) =>
        sent.has(code)
          ? reach(i)
              .filter((n) => sent.has(codes[n]!))
              .map((n) => `${code} < ${codes[n]!}`)
          : [],
      );
      expect(told.toSorted()).toEqual(wanted.toSorted());
      expect(relationsIn(await ask({ name: id, version: '0' }))).toEqual(wanted.toSorted());
    }),
    { numRuns: 10 },
  );
});

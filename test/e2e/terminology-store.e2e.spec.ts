// Questions about code systems whose concepts lie in tables, against a naive reading of the same concepts (docs/adr/0082)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Selection } from '../../src/r4/search/query/concept-selection.js';
import { KeptCounts } from '../../src/fhir/storage/concepts/kept-counts.js';
import { ConceptQueries } from '../../src/fhir/storage/concepts/stored-concepts.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { DataSource } from 'typeorm';
import { type GivenConcept, releaseOf } from '../support/release-of.js';
import { startServer, type TestServer } from '../support/server.js';
import { propertiesIn } from '../support/lookup-answers.js';
import { collectStatements, type SentStatement, statementsOf } from '../support/statements.js';

const system = 'http://loaded.example/CodeSystem/things';

/** The same numbers in each run. */
let seed = 42;
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed % below;
};
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

const words = ['heart', 'heavy', 'lung', 'left', 'Läsion', 'pain', 'of', 'arm'];
const named = [...Array(1000).keys()].map((i) => ({
  code: `c${i}`,
  display: `${pick(words)} ${pick(words)}`,
  definition: `What ${i} is`,
  designations: i % 5 === 0 ? [{ language: 'de', value: `${pick(words)} deutsch ${i}` }] : [],
  properties: [
    { code: 'colour', valueCode: pick(['red', 'green', 'blue']) },
    ...(i % 3 === 0 ? [{ code: 'legs', valueInteger: i % 7 }] : []),
  ],
  parents: i === 0 ? [] : [...new Set([`c${random(Math.min(i, 40))}`, ...(i % 4 === 0 ? [`c${random(i)}`] : [])])],
  isInactive: i % 11 === 0,
}));
/** Full names begin with the display. */
const concepts: readonly (GivenConcept & { readonly code: string; readonly parents: readonly string[] })[] = named.map(
  (one, i) =>
    i % 7 === 0
      ? { ...one, designations: [...one.designations, { language: 'sv', value: `${one.display} (Störung)` }] }
      : one,
);
const byCode = new Map(concepts.map((one) => [one.code, one]));

function aboveOf(code: string): ReadonlySet<string> {
  const found = new Set([code]);
  for (const one of found) for (const parent of byCode.get(one)!.parents) found.add(parent);
  return found;
}
const above = new Map(concepts.map(({ code }) => [code, aboveOf(code)]));

interface Filter {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}
const valuesOf = ({ code, properties = [], parents = [] }: GivenConcept, name: string): readonly string[] =>
  name === 'concept'
    ? [code]
    : name === 'parent'
      ? parents
      : properties.filter((one) => one['code'] === name).map((one) => String(one['valueCode'] ?? one['valueInteger']));

/** https://hl7.org/fhir/R4/valueset-filter-operator.html, by looking at each concept. */
const operators: Readonly<Record<string, (one: GivenConcept, filter: Filter) => boolean>> = {
  '=': (one, { property, value }) => valuesOf(one, property).includes(value),
  in: (one, { property, value }) => valuesOf(one, property).some((own) => value.split(',').includes(own)),
  'not-in': (one, { property, value }) => !valuesOf(one, property).some((own) => value.split(',').includes(own)),
  exists: (one, { property, value }) => valuesOf(one, property).length > 0 === (value === 'true'),
  'is-a': ({ code }, { value }) => above.get(code)!.has(value),
  'descendent-of': ({ code }, { value }) => code !== value && above.get(code)!.has(value),
  'is-not-a': ({ code }, { value }) => !above.get(code)!.has(value),
  generalizes: ({ code }, { value }) => above.get(value)!.has(code),
  regex: (one, { property, value }) => valuesOf(one, property).some((own) => new RegExp(`^(?:${value})$`).test(own)),
};

const someCode = (): string => `c${random(random(2) === 0 ? 30 : 1000)}`;
const someFilter = (): Filter =>
  pick<() => Filter>([
    () => ({
      property: 'concept',
      op: pick(['is-a', 'descendent-of', 'is-not-a', 'generalizes']),
      value: someCode(),
    }),
    () => ({ property: 'colour', op: pick(['=', 'in', 'not-in']), value: pick(['red', 'green', 'red,blue']) }),
    () => ({ property: 'parent', op: '=', value: someCode() }),
    () => ({ property: 'legs', op: 'exists', value: pick(['true', 'false']) }),
    () => ({ property: 'concept', op: 'regex', value: pick(['c1[0-9]', 'c.*9']) }),
  ])();

interface Part {
  readonly filter?: readonly Filter[];
  readonly concept?: readonly { readonly code: string }[];
}
const somePart = (): Part =>
  random(5) === 0
    ? { concept: [...new Set([someCode(), someCode(), someCode()])].map((code) => ({ code })) }
    : random(4) === 0
      ? {}
      : { filter: [...Array(1 + random(2)).keys()].map(someFilter) };
const holds = ({ filter = [], concept }: Part, one: GivenConcept): boolean =>
  concept ? concept.some(({ code }) => code === one.code) : filter.every((each) => operators[each.op]!(one, each));

const fold = (text: string): readonly string[] =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
const hasWords = ({ code, display = '', designations = [] }: GivenConcept, filter: string): boolean =>
  [code, display, ...designations.map(({ value }) => value)].some((text) =>
    fold(filter).every((word) => fold(text).some((own) => own.startsWith(word))),
  );

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = server.token('user/*.rs');
  const property = ['colour', 'legs'].map((code) => ({ code, type: 'code' }));
  const head = {
    resourceType: 'CodeSystem',
    url: system,
    version: '1',
    name: 'Things',
    status: 'active',
    content: 'complete',
    property,
  };
  await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
});
afterAll(() => server.close());

const expand = async (compose: object, parameters: Readonly<Record<string, string | number | boolean>>) => {
  const names = { filter: 'valueString', activeOnly: 'valueBoolean', count: 'valueInteger', offset: 'valueInteger' };
  const body = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'valueSet', resource: { resourceType: 'ValueSet', status: 'active', compose } },
      ...Object.entries(parameters).map(([name, value]) => ({ name, [names[name as keyof typeof names]]: value })),
    ],
  };
  const answer = await server.call('POST', 'ValueSet/$expand', { token, body });
  if (answer.status !== 200) throw new Error(answer.text);
  const { contains = [], total } = answer.body.expansion as { contains?: { code: string }[]; total?: number };
  return { codes: contains.map(({ code }) => code), total };
};
const get = (path: string) => server.call('GET', path, { token });

describe('an expansion', () => {
  it('has what a naive reader finds, whole and by pages without repetition', async () => {
    for (let i = 0; i < 60; i++) {
      const include = [...Array(1 + random(2)).keys()].map(() => ({ system, ...somePart() }));
      const exclude = [...Array(random(2)).keys()].map(() => ({ system, ...somePart() }));
      const compose = { include, ...(exclude.length > 0 && { exclude }), ...(random(4) === 0 && { inactive: false }) };
      const filter =
        random(2) === 0
          ? { filter: pick(['he', 'hea le', 'lasion', 'c1', 'deutsch 1', 'of', 'stor', 'hea storung']) }
          : {};
      const activeOnly = random(3) === 0 ? { activeOnly: true } : {};
      const expected = concepts
        .filter(
          (one) =>
            include.some((part) => holds(part, one)) &&
            !exclude.some((part) => holds(part, one)) &&
            !(('inactive' in compose || activeOnly.activeOnly) && one.isInactive) &&
            (filter.filter === undefined || hasWords(one, filter.filter)),
        )
        .map(({ code }) => code)
        .toSorted();
      const asked = JSON.stringify({ compose, filter, activeOnly });
      const whole = await expand(compose, { ...filter, ...activeOnly });
      expect([asked, whole.codes.toSorted()]).toEqual([asked, expected]);
      if (whole.total !== undefined) expect([asked, whole.total]).toEqual([asked, expected.length]);
      const count = 1 + random(expected.length + 5);
      const pages: string[] = [];
      for (let offset = 0; offset <= expected.length; offset += count)
        pages.push(...(await expand(compose, { ...filter, ...activeOnly, count, offset })).codes);
      expect([asked, pages]).toEqual([asked, whole.codes]);
    }
  });

  it('names pages of what is below a concept with their number, however deep', async () => {
    const whole = concepts.filter(({ code }) => above.get(code)!.has('c0'));
    const compose = { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'c0' }] }] };
    const { codes, total } = await expand(compose, { count: 5, offset: 0 });
    expect([codes[0], total]).toEqual(['c0', whole.length]);
    const around = await expand(compose, { count: 6, offset: 398 });
    expect(around.codes).toEqual(whole.slice(398, 404).map(({ code }) => code));
  });
});

describe('concepts that are more than one statement may look at', () => {
  const most = 300;
  const red: Selection = { kind: 'property', property: 'colour', values: ['red', 'green'] };
  const expected = concepts.filter((one) => valuesOf(one, 'colour')[0] !== 'blue').map(({ code }) => code);
  const few: Selection = { kind: 'both', of: [red, { kind: 'not', of: { kind: 'below', code: 'c1', strict: false } }] };
  async function queries(inBlocks = 1000, counts?: KeptCounts, lookedAt = most): Promise<ConceptQueries> {
    const loaded = (await server.app.get(TerminologyStore).list()).find(({ url }) => url === system)!;
    const of = { ...loaded, foldsCase: false, before: undefined, counts };
    return new ConceptQueries(server.app.get(SqlSession), of, { most: lookedAt, block: 90, inBlocks, ledTo: most });
  }

  it('come by pages, however deep, and are counted', async () => {
    expect(expected.length).toBeGreaterThan(most);
    const ofFew = expected.filter((code) => !above.get(code)!.has('c1'));
    for (const [selection, all] of [
      [red, expected],
      [few, ofFew],
    ] as const) {
      for (let offset = 0; offset < all.length + 100; offset += 57) {
        const counts = new KeptCounts();
        const asked = await queries(1000, counts);
        const { concepts: page } = await asked.page({ selection }, { offset, count: 60 });
        expect(page.map(({ code }) => code)).toEqual(all.slice(offset, offset + 60));
        expect(await asked.count({ selection })).toBe(all.length);
        const again = await asked.page({ selection }, { offset, count: 60 });
        expect([again.total, again.concepts.map(({ code }) => code)]).toEqual([
          all.length,
          all.slice(offset, offset + 60),
        ]);
      }
      const narrowed = { selection, filter: 'he' };
      const withWords = all.filter((code) => hasWords(byCode.get(code)!, 'he'));
      expect(await (await queries()).count(narrowed)).toBe(withWords.length);
    }
  });

  it('have their numbers each for itself', async () => {
    const asked = await queries(1000, new KeptCounts(), 100);
    const blue: Selection = { kind: 'property', property: 'colour', values: ['blue', 'white'] };
    const counted = [red, blue, red].map((selection) => ({ selection }));
    const found: number[] = [];
    for (const query of counted) found.push(await asked.count(query));
    expect(found).toEqual([expected.length, 1000 - expected.length, expected.length]);
  });

  it('are looked at a block at a time, and of blocks that were counted only those of the page', async () => {
    const counts = new KeptCounts();
    const offset = expected.length - 10;
    await (await queries(1000, counts)).count({ selection: red });
    const again = await queries(1000, counts);
    const { statements, stop } = collectStatements();
    try {
      await again.page({ selection: red }, { offset, count: 5 });
    } finally {
      stop();
    }
    const sent = statements.filter(({ text }) => text.includes('c.concept >'));
    expect(sent).toHaveLength(1);
    const [from, to] = sent[0]!.values.slice(-5, -3) as number[];
    expect(to! - from!).toBe(90);
  });

  it('are refused where even blocks do not come to the end of a page, and where these are counted', async () => {
    const asked = await queries(500);
    const { concepts: page } = await asked.page({ selection: red }, { offset: 100, count: 20 });
    expect(page.map(({ code }) => code)).toEqual(expected.slice(100, 120));
    const refused = '1000 concepts would have to be looked at; one question may look at 500.';
    await expect(asked.page({ selection: red }, { offset: 500, count: 20 })).rejects.toThrow(refused);
    await expect(asked.count({ selection: red })).rejects.toThrow(refused);
    expect(await asked.codes(red, most)).toBeUndefined();
  });
});

describe('one concept', () => {
  it('is looked up with all that the release says', async () => {
    const one = byCode.get('c15')!;
    const { body } = await get(`CodeSystem/$lookup?system=${system}&code=c15&displayLanguage=de`);
    const told = (name: string) => propertiesIn(body, name);
    expect(new Set(told('parent'))).toEqual(new Set(one.parents));
    const children = concepts.filter(({ parents }) => parents.includes('c15')).map(({ code }) => code);
    expect(told('child')).toEqual(children);
    expect(told('definition')).toEqual(['What 15 is']);
    expect(body.parameter.find((each: { name: string }) => each.name === 'display').valueString).toBe(
      one.designations![0]!.value,
    );
  });

  it.each(['c899', 'c14'])('is looked up by its row alone: %s', async (code) => {
    const sent = await statementsOf(() => get(`CodeSystem/$lookup?system=${system}&code=${code}`));
    const read = sent.flatMap(({ text }) => text.match(/\bterminology_\w+/g) ?? []);
    expect(read).toEqual(['terminology_concept']);
    expect(sent.find(({ text }) => text.includes('terminology_concept'))!.text).not.toContain('ancestors');
  });

  it('is told with what is right above and below it where its row does not have that', async () => {
    const some = ['c13', 'c17', 'c897'];
    const others = { resourceType: 'CodeSystem', url: `${system}/others`, status: 'active', content: 'complete' };
    await server.app
      .get(TerminologyStore)
      .load(releaseOf(others, [{ code: 'other' }, ...some.map((code) => ({ code, parents: ['other'] }))]), {
        by: 'test',
      });
    await server.app.get(DataSource).query('UPDATE terminology_concept SET links = NULL WHERE code = ANY ($1)', [some]);
    const limited = server.token(`user/CodeSystem.rs?url=${system}`);
    for (const bearer of [token, token, limited])
      for (const code of some) {
        const path = `CodeSystem/$lookup?system=${system}&code=${code}`;
        const { body } = await server.call('GET', path, { token: bearer });
        expect(new Set(propertiesIn(body, 'parent'))).toEqual(new Set(byCode.get(code)!.parents));
        const children = concepts.filter(({ parents }) => parents.includes(code)).map((one) => one.code);
        expect(propertiesIn(body, 'child')).toEqual(children);
      }
    const again = await statementsOf(() => get(`CodeSystem/$lookup?system=${system}&code=c13`));
    expect(again.filter(isAboutTerminology)).toEqual([]);
  });

  it('is judged, and compared with others as the closure has them', async () => {
    for (let i = 0; i < 40; i++) {
      const [a, b] = [someCode(), someCode()];
      const { body } = await get(`CodeSystem/$subsumes?system=${system}&codeA=${a}&codeB=${b}`);
      const expected =
        a === b
          ? 'equivalent'
          : above.get(b)!.has(a)
            ? 'subsumes'
            : above.get(a)!.has(b)
              ? 'subsumed-by'
              : 'not-subsumed';
      expect([a, b, body.parameter[0].valueCode]).toEqual([a, b, expected]);
      const valueSet = {
        resourceType: 'ValueSet',
        status: 'active',
        compose: { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: a }] }] },
      };
      const asked = {
        resourceType: 'Parameters',
        parameter: [
          { name: 'valueSet', resource: valueSet },
          { name: 'system', valueUri: system },
          { name: 'code', valueCode: b },
        ],
      };
      const judged = await server.call('POST', 'ValueSet/$validate-code', { token, body: asked });
      expect([a, b, judged.body.parameter[0].valueBoolean]).toEqual([a, b, above.get(b)!.has(a)]);
    }
    const unknown = await get(`CodeSystem/$validate-code?url=${system}&code=nothing`);
    expect([unknown.status, unknown.body.parameter[0].valueBoolean]).toEqual([200, false]);
    expect((await get(`CodeSystem/$lookup?system=${system}&code=nothing`)).status).toBe(404);
    expect((await get(`CodeSystem/$subsumes?system=${system}&codeA=c1&codeB=nothing`)).status).toBe(404);
  });
});

describe('a release that is known', () => {
  const things = 'http://loaded.example/CodeSystem/replaced';
  const store = (): TerminologyStore => server.app.get(TerminologyStore);
  const load = (display: string): Promise<unknown> => {
    const head = { resourceType: 'CodeSystem', url: things, version: '1', status: 'active', content: 'complete' };
    return store().load(releaseOf(head, [{ code: 'a', display }, { code: 'b' }]), { by: 'test' });
  };
  const lookup = () => get(`CodeSystem/$lookup?system=${things}&code=a`);

  it('is asked for no concept once it is replaced or removed', async () => {
    expect((await lookup()).status).toBe(404);
    await load('First');
    expect([(await lookup()).text, (await lookup()).text]).toEqual(Array(2).fill(expect.stringContaining('First')));
    await load('Second');
    expect((await lookup()).text).toContain('Second');
    const [loaded] = (await store().list()).filter(({ url }) => url === things);
    await store().remove(loaded!);
    expect((await lookup()).status).toBe(404);
  });

  it('has statistics as soon as it is loaded', async () => {
    const dataSource = server.app.get(DataSource);
    await dataSource.query('ALTER TABLE terminology_concept SET (autovacuum_enabled = false)');
    await load('Third');
    const [{ load: number }] = await dataSource.query<[{ load: number }]>(
      'SELECT load FROM terminology_load WHERE url = $1',
      [things],
    );
    // What a release of the same size replaces does not double the table, so that nobody else would look at it.
    const known = await dataSource.query<{ values: string }[]>(
      `SELECT most_common_vals::text AS values FROM pg_stats WHERE tablename = 'terminology_concept' AND attname = 'load'`,
    );
    expect(known[0]?.values).toContain(String(number));
  });
});

describe('statements of a question', () => {
  const urlOfSets = 'http://loaded.example/';
  const isA = encodeURIComponent(`${urlOfSets}vs`);
  const body = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'valueSet',
        resource: {
          resourceType: 'ValueSet',
          status: 'active',
          compose: { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'c0' }] }] },
        },
      },
    ],
  };
  /** A code that nobody has asked for. */
  let next = 900;
  const expanded = (...more: readonly object[]) =>
    server.call('POST', 'ValueSet/$expand', { token, body: { ...body, parameter: [...body.parameter, ...more] } });
  const questions: readonly (readonly [string, number, () => Promise<{ status: number }>])[] = [
    ['$lookup of a code of lately', 0, () => get(`CodeSystem/$lookup?system=${system}&code=c15`)],
    ['$lookup', 1, () => get(`CodeSystem/$lookup?system=${system}&code=c${next++}`)],
    ['CodeSystem/$validate-code', 1, () => get(`CodeSystem/$validate-code?url=${system}&code=c${next++}`)],
    ['$subsumes', 1, () => get(`CodeSystem/$subsumes?system=${system}&codeA=c0&codeB=c${next++}`)],
    ['ValueSet/$validate-code', 1, () => get(`ValueSet/$validate-code?url=${isA}&system=${system}&code=c${next++}`)],
    ...(['vs', 'whole', 'listed'] as const).map(
      (name) =>
        [
          `ValueSet/$validate-code of a code of lately, in ${name},`,
          0,
          () =>
            get(`ValueSet/$validate-code?url=${encodeURIComponent(`${urlOfSets}${name}`)}&system=${system}&code=c15`),
        ] as const,
    ),
    ['a page of what is below a concept', 1, () => expanded({ name: 'count', valueInteger: 5 })],
    [
      'a page of those with words of lately',
      1,
      () => expanded({ name: 'count', valueInteger: 5 }, { name: 'filter', valueString: 'hea le' }),
    ],
    [
      'a page of those with words',
      2,
      () => expanded({ name: 'count', valueInteger: 5 }, { name: 'filter', valueString: `c${next++} lef` }),
    ],
  ];

  beforeAll(async () => {
    const sets = [
      { ...body.parameter[0]!.resource, url: `${urlOfSets}vs` },
      { resourceType: 'ValueSet', status: 'active', url: `${urlOfSets}whole`, compose: { include: [{ system }] } },
      {
        resourceType: 'ValueSet',
        status: 'active',
        url: `${urlOfSets}listed`,
        compose: { include: [{ system, concept: [{ code: 'c15' }, { code: 'c16' }] }] },
      },
    ];
    for (const set of sets) {
      const { status, text } = await server.call('POST', 'ValueSet', {
        token: server.token('user/*.cruds'),
        body: set,
      });
      if (status !== 201) throw new Error(text);
    }
    await server.app.get(DataSource).query('ANALYZE terminology_concept, terminology_posting');
  });

  it.each(questions)('%s takes %i', async (_name, count, ask) => {
    const { status, sent } = await asked(ask);
    expect([status, sent.map(({ text }) => text)]).toEqual([200, Array(count).fill(expect.anything())]);
  });

  it.each(questions)('%s reads no table of concepts whole', async (_name, _count, ask) => {
    const { sent } = await asked(ask);
    for (const { text, values } of sent) {
      const plan = await server.app.get(DataSource).transaction(async (tx) => {
        // As on large tables: a sequential scan is left only where no index leads to the rows.
        await tx.query('SET LOCAL enable_seqscan = off');
        return tx.query(`EXPLAIN ${text}`, [...values]);
      });
      expect(JSON.stringify(plan)).not.toMatch(/Seq Scan on terminology/);
    }
  });

  it('with words is planned once for each connection, whatever the words are', async () => {
    const filters = ['he', 'le', 'of', 'arm', 'pain', 'lung', 'deutsch', 'left', 'heavy', 'heart', 'lasion', 'c1'];
    let plans: readonly { generic: number; custom: number }[] = [];
    // The pool hands out the connection that was used last, unless other work has it just then.
    for (let round = 0; round < 5 && plans.length === 0; round++) {
      for (const word of filters)
        await expanded({ name: 'count', valueInteger: 5 }, { name: 'filter', valueString: word });
      plans = await server.app.get(DataSource).query(
        `SELECT generic_plans::integer AS generic, custom_plans::integer AS custom FROM pg_prepared_statements
         WHERE statement LIKE '%o.kind = ''word''%' AND generic_plans + custom_plans > 8`,
      );
    }
    expect(plans.length).toBeGreaterThan(0);
    expect(plans).toEqual(plans.map(({ generic }) => ({ generic, custom: 5 })));
  });

  /** Those about definitions and concepts, once caches are filled. */
  async function asked(ask: () => Promise<{ status: number }>) {
    await ask();
    const { statements, stop } = collectStatements();
    try {
      const { status } = await ask();
      return { status, sent: statements.filter(isAboutTerminology) };
    } finally {
      stop();
    }
  }
});

const isAboutTerminology = ({ text }: SentStatement): boolean =>
  / AS asked |terminology_(?:concept|posting)/.test(text);

// What bounds a query of $graphql (docs/adr/0087)
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SearchInteraction } from '../../src/fhir/interactions/search/search.interaction.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

beforeAll(async () => {
  server = await startServer();
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const name = [{ use: 'official', family: 'Chalmers', given: ['Peter', 'James'] }, { given: ['Jim'] }];
  const resources = [
    { ...aPatient({ name }), id: 'p1' },
    { ...anObservation('Patient/p1'), id: 'o1' },
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

describe('bounds', () => {
  it('hold for text, words, levels, fields, searches and the answer', async () => {
    const deep = (levels: number): string => (levels === 0 ? 'id' : `... { ${deep(levels - 1)} }`);
    const aliases = (count: number, field: string) =>
      Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
    const doubling = Array.from(
      { length: 20 },
      (_, i) => `fragment f${i} on Patient { ...f${i + 1} ...f${i + 1} }`,
    ).join(' ');
    const post = (body: string) =>
      server.call('POST', 'Patient/p1/$graphql', {
        token: machine,
        body,
        headers: { 'content-type': 'application/graphql' },
      });
    const cases: readonly (readonly [number, RegExp, string])[] = [
      [400, /characters/, `{ id } #${'x'.repeat(20_000)}`],
      [400, /characters/, `{ id } #${'x'.repeat(200_000)}`],
      [400, /words and signs/, `{ ${'id '.repeat(4_100)} }`],
      [400, /levels deep/, `{ ${deep(30)} }`],
      [400, /./, '{ a '.repeat(1_900)],
      [400, /more than 1000 fields/, `{ ...f0 } ${doubling} fragment f12 on Patient { id }`],
      [
        422,
        /more than 50 searches/,
        `{ ${Array.from({ length: 51 }, (_, i) => `a${i}: ObservationList(_reference: subject, _count: ${i + 1}) { id }`).join(' ')} }`,
      ],
      [400, /FHIRPath/, `{ name(fhirpath: "${'1+'.repeat(600)}1") { family } }`],
    ];
    for (const [status, said, query] of cases) {
      const answer = await post(query);
      expect([query.slice(0, 60), answer.status, answer.body.errors?.[0].message]).toEqual([
        query.slice(0, 60),
        status,
        expect.stringMatching(said),
      ]);
    }
    expect((await post(`{ ${aliases(900, 'id')} }`)).status).toBe(200);
  });
});

describe('lists within many resources', () => {
  const many = 120;
  const ofMany = (search: string, fields: string) =>
    `{ PatientList(family: "Many", _sort: "_id") { id ${search} { ${fields} } } }`;
  const ask = (query: string, token = machine) =>
    server.call('POST', '$graphql', { token, body: query, headers: { 'content-type': 'application/graphql' } });
  beforeAll(async () => {
    const ids = Array.from({ length: many }, (_, i) => `many-${String(i).padStart(3, '0')}`);
    await server.store(
      ...ids.map((id) => ({ ...aPatient({ name: [{ family: 'Many' }] }), id })),
      ...ids.flatMap((id, i) =>
        i % 2 === 0
          ? ['a', 'b'].map((one) => ({ ...anObservation(`Patient/${id}`), id: `${id}-${one}` }))
          : [
              {
                ...anObservation(i === 1 ? `http://localhost:3000/fhir/r4/Patient/${id}` : `Patient/${id}`),
                id: `${id}-a`,
              },
            ],
      ),
    );
  });

  it('come in one search for a hundred of them, with what refers to each', async () => {
    const searches = vi.spyOn(SearchInteraction.prototype, 'matches');
    const single = vi.spyOn(SearchInteraction.prototype, 'run');
    const { status, body, text } = await ask(
      ofMany('ObservationList(_reference: subject, _sort: "-_id")', 'id subject { resource { id } }'),
    );
    expect(status, text).toBe(200);
    const lists = body.data.PatientList as readonly { id: string; ObservationList?: readonly { id: string }[] }[];
    expect(lists).toHaveLength(many);
    expect(lists.slice(0, 3).map(({ ObservationList: list }) => list?.map(({ id }) => id))).toEqual([
      ['many-000-b', 'many-000-a'],
      ['many-001-a'],
      ['many-002-b', 'many-002-a'],
    ]);
    expect([searches.mock.calls.length, single.mock.calls.length]).toEqual([2, 1]);
    searches.mockRestore();
    single.mockRestore();
  });

  it('have so many of each as are asked for', async () => {
    const { body, text } = await ask(ofMany('ObservationList(_reference: subject, _sort: "_id", _count: 1)', 'id'));
    const lists = body.data?.PatientList as readonly { ObservationList: readonly { id: string }[] }[];
    expect(
      lists?.map(({ ObservationList: list }) => list.length),
      text,
    ).toEqual(Array.from({ length: many }, () => 1));
    expect(lists[2]!.ObservationList).toEqual([{ id: 'many-002-a' }]);
  });

  it('come as pages in one search for a hundred of them, too', async () => {
    const searches = vi.spyOn(SearchInteraction.prototype, 'matches');
    const single = vi.spyOn(SearchInteraction.prototype, 'run');
    const page = 'count offset pagesize next edges { mode resource { id } }';
    const { status, body, text } = await ask(
      ofMany('ObservationConnection(_reference: subject, _sort: "-_id", _count: 2)', page),
    );
    expect(status, text).toBe(200);
    const pages = body.data.PatientList as readonly { ObservationConnection: object }[];
    expect(pages).toHaveLength(many);
    const edge = (id: string) => ({ mode: 'match', resource: { id } });
    expect(pages.slice(0, 2).map(({ ObservationConnection: one }) => one)).toEqual([
      { count: 2, offset: 0, pagesize: 2, edges: [edge('many-000-b'), edge('many-000-a')] },
      { count: 1, offset: 0, pagesize: 2, edges: [edge('many-001-a')] },
    ]);
    expect([searches.mock.calls.length, single.mock.calls.length]).toEqual([2, 1]);
    searches.mockRestore();
    single.mockRestore();
  });

  it('are searched for alone where they have more than a page', async () => {
    const some = '{ PatientList(_id: ["many-000", "many-001", "many-002"], _sort: "_id") { id ';
    const page =
      'ObservationConnection(_reference: subject, _sort: "_id", _count: 1) { count next edges { resource { id } } } } }';
    const { body, text } = await ask(some + page);
    const pages = (body.data?.PatientList ?? []) as readonly { ObservationConnection: Record<string, unknown> }[];
    expect(
      pages.map(({ ObservationConnection: one }) => [one['count'], 'next' in one, one['edges']]),
      text,
    ).toEqual([
      [2, true, [{ resource: { id: 'many-000-a' } }]],
      [1, false, [{ resource: { id: 'many-001-a' } }]],
      [2, true, [{ resource: { id: 'many-002-a' } }]],
    ]);
    const following = `{ ObservationConnection(_cursor: ${JSON.stringify(pages[2]?.ObservationConnection['next'])}) { edges { resource { id } } } }`;
    expect((await ask(following)).body.data.ObservationConnection.edges).toEqual([{ resource: { id: 'many-002-b' } }]);
  });

  it('are under the same access as one search', async () => {
    const token = server.token('user/Patient.rs user/Observation.rs?_id=many-000-b');
    const { body, text } = await ask(ofMany('ObservationList(_reference: subject)', 'id'), token);
    const lists = body.data?.PatientList as readonly { ObservationList?: readonly { id: string }[] }[];
    expect(
      lists?.flatMap(({ ObservationList: list = [] }) => list),
      text,
    ).toEqual([{ id: 'many-000-b' }]);
    const paged = await ask(
      ofMany('ObservationConnection(_reference: subject)', 'count edges { resource { id } }'),
      token,
    );
    const pages = paged.body.data?.PatientList as readonly { ObservationConnection: { count: number } }[];
    expect(
      pages?.map(({ ObservationConnection: { count } }) => count),
      paged.text,
    ).toEqual(Array.from({ length: many }, (_, i) => (i === 0 ? 1 : 0)));
    for (const field of [
      'ObservationList(_reference: subject) { id }',
      'ObservationConnection(_reference: subject) { count }',
    ]) {
      const none = await ask(`{ PatientList(family: "Many") { ${field} } }`, server.token('user/Patient.rs'));
      expect(none.status).toBe(403);
    }
  });
});

const names = [
  'id',
  'name',
  'family',
  'given',
  'subject',
  'resource',
  'reference',
  'valueQuantity',
  'value',
  'ObservationList',
  '__typename',
];
const directives = [
  '',
  '@flatten',
  '@first',
  '@singleton',
  '@slice(path: "use")',
  '@slice(path: "$index")',
  '@skip(if: false)',
  '@nonsense',
];
const args = [
  '',
  '(_reference: subject)',
  '(fhirpath: "a.b")',
  '(_count: 1)',
  '(use: official)',
  '(optional: true)',
  '(id: p1)',
  '(_id: [p1, "\\u0000"])',
];

const selection: fc.Arbitrary<string> = fc.letrec<{ fields: string }>((tie) => ({
  fields: fc
    .array(
      fc
        .tuple(
          fc.constantFrom(...names, 'x: name', 'Patient', 'PatientConnection', 'edges', '__proto__', '__proto__: id'),
          fc.constantFrom(...args),
          fc.constantFrom(...directives),
          fc.option(tie('fields'), { depthSize: 'small' }),
        )
        .map(
          ([name, given, directive, inner]) => `${name}${given} ${directive} ${inner === null ? '' : `{ ${inner} }`}`,
        ),
      { minLength: 1, maxLength: 4 },
    )
    .map((some) => some.join(' ')),
})).fields;

describe('any query', () => {
  it('is answered or refused, and is no defect of the server', async () => {
    const query = fc.oneof(
      { weight: 4, arbitrary: selection.map((text) => `{ ${text} }`) },
      fc.string({ unit: 'binary' }),
    );
    const place = fc.constantFrom('', 'Patient/p1/', 'Observation/o1/');
    await fc.assert(
      fc.asyncProperty(place, query, async (path, text) => {
        const headers = { 'content-type': 'application/graphql' };
        const { status, body } = await server.call('POST', `${path}$graphql`, { token: machine, body: text, headers });
        expect(status).toBeLessThan(500);
        expect(status === 200 ? body.data : body.errors.length).toBeTruthy();
      }),
      { numRuns: 200 },
    );
  });
});

describe('an answer', () => {
  it('is no larger than an answer may be', async () => {
    const small = await startServer({ RESPONSE_LIMIT: '65536' });
    try {
      const token = small.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
      const body = { ...aPatient({ name: [{ text: 'x'.repeat(1000) }] }), id: 'p1' };
      await small.call('PUT', 'Patient/p1', { token, body });
      const many = Array.from({ length: 100 }, (_, i) => `a${i}: name { text }`).join(' ');
      const headers = { 'content-type': 'application/graphql' };
      const { status, body: answer } = await small.call('POST', 'Patient/p1/$graphql', {
        token,
        body: `{ ${many} }`,
        headers,
      });
      expect([status, answer.errors?.[0].message]).toEqual([422, expect.stringContaining('RESPONSE_LIMIT')]);
    } finally {
      await small.close();
    }
  });
});

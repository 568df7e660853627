// Searches by more codes of a loaded code system than a list takes, where hardly any row has one (docs/adr/0164)
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolOf } from '../../src/database/pool-of.js';
import { loadConcepts } from '../../src/fhir/storage/concepts/concept-load.js';
import { StatementsInOrder } from '../../src/fhir/storage/concepts/statements-in-order.js';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import type { Statement } from '../../src/fhir/storage/session/statement.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Selection } from '../../src/r4/search/query/concept-selection.js';
import type { Criterion } from '../../src/r4/search/query/criterion.js';
import type { FilterValue } from '../../src/r4/search/query/filter.js';
import type { SearchRequest, SortRule } from '../../src/r4/search/query/search-request.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { type GivenConcept, releaseOf } from '../support/release-of.js';
import { nodesOf, type PlanNode, rowsLookedAt } from '../support/plan-nodes.js';
import { openStorage, readsOf, type Storage, system } from './storage.fixture.js';

const things = 'http://things.example';
const other = 'http://other.example';
const load = 7;
/** Below `rare` there are 2,500 concepts, of which hardly any is used; below `usual` 300. */
const rare = 2500;
const usual = 300;
const concepts: readonly GivenConcept[] = [
  { code: 'rare' },
  { code: 'usual' },
  ...Array.from({ length: rare }, (_, n) => ({ code: `r${n}`, parents: ['rare'] })),
  ...Array.from({ length: usual }, (_, n) => ({ code: `u${n}`, parents: ['usual'] })),
];

/** Many more than are walked before the members are looked for: as many as there are below `rare`. */
const rows = 7000;
type Code = readonly [system: string, code: string];
const usually = (n: number): Code => [things, `u${(n * 7) % usual}`];
const codesOf = (n: number): readonly Code[] => {
  if (n % 1000 === 999) return [[things, `r${n % rare}`]];
  if (n % 1000 === 500) return [usually(n), [things, `r${(n * 3) % rare}`], [things, `r${(n * 5) % rare}`]];
  // Codes of another system are none of the members, whatever they are.
  if (n % 100 === 1) return [[other, `r${n % rare}`], usually(n)];
  return n % 50 === 2 ? [[other, 'o']] : [usually(n)];
};
const idOf = (n: number): string => `c${String(n).padStart(5, '0')}`;
const conditionOf = (n: number): JsonObject => ({
  resourceType: 'Condition',
  subject: { reference: `Patient/p${n % 90}` },
  ...(n % 3 > 0 && { recordedDate: `20${10 + ((n * 11) % 14)}-01-${10 + (n % 20)}` }),
  code: { coding: codesOf(n).map(([of, code]) => ({ system: of, code })) },
});
const isDeleted = (n: number): boolean => n % 2000 === 1999;

let storage: Storage;
let session: SqlSession;
beforeAll(async () => {
  storage = await openStorage();
  session = new SqlSession(poolOf(storage.dataSource), { statementTimeout: 60 });
  await session.transaction(async (tx) => {
    const inOrder = new StatementsInOrder(tx);
    await loadConcepts(inOrder, releaseOf({ url: things }, concepts), { load, foldsCase: false });
    await inOrder.settled();
  });
  const all = Array.from({ length: rows }, (_, n) => n);
  for (let at = 0; at < rows; at += 1000)
    await storage.resources.write(all.slice(at, at + 1000).map((n) => system.create(conditionOf(n), idOf(n))));
  // From the end, none of the first rows has any code of the system.
  const last = Array.from({ length: rare + 100 }, (_, n) => `z${n}`);
  await storage.resources.write(last.map((id) => system.create(conditionOf(52), id)));
  await storage.resources.write(all.filter(isDeleted).map((n) => system.delete('Condition', idOf(n))));
  await storage.dataSource.query('VACUUM (ANALYZE) resource, terminology_concept, terminology_posting');
});
afterAll(() => storage.close());

const parameter = new SearchParameters().find('Condition', 'code')!;
const by = (...values: readonly FilterValue[]): Criterion => ({ kind: 'filter', filter: { parameter, values } });
const selected = (selection: Selection): FilterValue => ({ kind: 'selection', system: things, load, selection });
const below = (code: string): Selection => ({ kind: 'below', code, strict: false });

type Asked = Partial<SearchRequest> & { readonly count: number };

function statementOf(criteria: readonly Criterion[], request: Asked): Statement {
  const order = new SearchOrder(['Condition'], request, new SortSlots());
  return searchStatement(
    [{ access: system.to('Condition', 's'), criteria }],
    { order, count: request.count },
    system.searching,
  );
}

const pageOf = (criteria: readonly Criterion[], request: Asked) =>
  storage.resources.search([{ access: system.to('Condition', 's'), criteria }], request, system.searching);

/** Ids of all pages, one after the other. */
async function idsBy(criteria: readonly Criterion[], request: Asked): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: SearchRequest['after']; ;) {
    const { rows: found, hasNext, edges } = await pageOf(criteria, { ...request, ...(after && { after }) });
    ids.push(...found.map(({ id }) => id));
    if (!hasNext) return ids;
    after = edges!.last;
  }
}

/** Numbers of the Conditions with a code that `isMember`, read one by one. */
const naive = (isMember: (code: Code) => boolean): readonly number[] =>
  Array.from({ length: rows }, (_, n) => n).filter((n) => !isDeleted(n) && codesOf(n).some(isMember));

const isRare = ([of, code]: Code): boolean => of === things && code.startsWith('r');
const isUsual = ([of, code]: Code): boolean => of === things && code.startsWith('u');

describe('a search by a selection of concepts', () => {
  const some: Selection = { kind: 'codes', codes: Array.from({ length: 600 }, (_, n) => `r${n * 4 + 3}`) };
  const isSome = ([of, code]: Code): boolean => of === things && some.kind === 'codes' && some.codes.includes(code);
  const kinds: readonly (readonly [name: string, criterion: Criterion, isMember: (code: Code) => boolean])[] = [
    ['hardly any', by(selected(below('rare'))), isRare],
    ['most', by(selected(below('usual'))), isUsual],
    [
      'both',
      by(selected({ kind: 'either', of: [below('rare'), below('usual')] })),
      (code) => isRare(code) || isUsual(code),
    ],
    [
      'all but some',
      by(selected({ kind: 'both', of: [below('rare'), { kind: 'not', of: some }] })),
      (code) => isRare(code) && !isSome(code),
    ],
    [
      'a code of another system beside them',
      by(selected(below('rare')), { kind: 'token', system: other, code: 'r501' }),
      (code) => isRare(code) || (code[0] === other && code[1] === 'r501'),
    ],
    ['what is not below', by(selected({ kind: 'not', of: below('usual') })), isRare],
  ];
  const orders: readonly (readonly SortRule[])[] = [
    [],
    [{ by: '_id', descending: true }],
    [{ by: 'recorded-date', descending: true }],
    [{ by: '_lastUpdated', descending: false }],
  ];

  it.each(kinds)(
    'finds what a look at each row finds, in any order, page by page: %s',
    async (_name, criterion, isMember) => {
      const wanted = naive(isMember).map(idOf);
      const asked = fc.record({
        sort: fc.constantFrom(...orders),
        count: wanted.length > 100 ? fc.constant(1000) : fc.integer({ min: 2, max: 25 }),
      });
      await fc.assert(
        fc.asyncProperty(asked, async (request) => {
          const ids = await idsBy([criterion], request);
          expect(ids.toSorted()).toEqual(wanted);
          if (request.sort.length === 0) expect(ids).toEqual(wanted);
        }),
        { numRuns: 6 },
      );
    },
  );

  it('finds what is committed right before it', async () => {
    const criteria = [by(selected(below('rare')))];
    const wanted = naive(isRare).map(idOf);
    const added = { ...conditionOf(0), code: { coding: [{ system: things, code: 'r77' }] } };
    await storage.write(system.create(added, 'z-new'));
    expect(await idsBy(criteria, { count: 20 })).toEqual([...wanted, 'z-new']);
    await storage.write(system.delete('Condition', 'z-new'));
    expect(await idsBy(criteria, { count: 20 })).toEqual(wanted);
  });

  it('looks at as many rows as there are members, not at all rows', async () => {
    const statement = statementOf([by(selected(below('rare')))], { count: 20 });
    // A walk, and as many rows to know whether others follow; then what was found, and the page of it.
    expect(await conditionsLookedAt(statement)).toBeLessThanOrEqual(2 * (rare + 2) + 4 * naive(isRare).length);
  });

  it('walks no further than its page where many rows match', async () => {
    expect(await conditionsLookedAt(statementOf([by(selected(below('usual')))], { count: 20 }))).toBeLessThanOrEqual(
      3 * 21,
    );
  });

  it('tries the first rows before, until they did not fill the page', async () => {
    // Nobody has asked for these before.
    const strict = (code: string) => [by(selected({ kind: 'below', code, strict: true }))];
    const statements = async (criteria: readonly Criterion[]) =>
      (await readsOf(() => pageOf(criteria, { count: 20 }))).length;
    expect(await statements(strict('usual'))).toBe(1);
    expect(await statements(strict('usual'))).toBe(1);
    expect(await statements(strict('rare'))).toBe(2);
    expect(await statements(strict('rare'))).toBe(1);
  });

  it('is an error where the concepts were taken out, also where no row was judged by them', async () => {
    const statement = statementOf([by(selected(below('rare')))], {
      count: 20,
      sort: [{ by: '_id', descending: true }],
    });
    const undone = session.transaction(async (tx) => {
      expect((await tx.rows(statement)).length).toBe(naive(isRare).length);
      await tx.count({ text: 'DELETE FROM terminology_concept WHERE load = $1::integer', values: [load] });
      throw new Error(`Found ${(await tx.rows(statement)).length}.`);
    });
    expect(String(await undone.catch((error: unknown) => error))).toMatch(/replaced or removed/);
  });
});

async function conditionsLookedAt({ text, values }: Statement): Promise<number> {
  const bound = bindTenant(text, values);
  const [row] = await session.rows<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>({
    text: `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${bound.text}`,
    values: bound.values,
  });
  const nodes = nodesOf(row!['QUERY PLAN'][0].Plan);
  return rowsLookedAt(nodes.filter((node) => node['Relation Name'] === 'resource_condition'));
}

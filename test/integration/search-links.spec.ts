// Chains and includes on real PostgreSQL: against brute force, and how they are planned.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { parseCriterion } from '../../src/r4/search/query/parse-criterion.js';
import { SearchOffer } from '../../src/r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { includeStatement } from '../../src/fhir/storage/searching/include-statement.js';
import type { SearchPlace } from '../../src/r4/search/query/search-request.js';
import { SearchOrder } from '../../src/fhir/storage/searching/search-order.js';
import { pageOf, searchStatement } from '../../src/fhir/storage/searching/search-statement.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import type { Statement } from '../../src/fhir/storage/session/statement.js';
import { isFull } from '../support/full.js';
import { base, type Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const r4 = new SearchParameters();
const offer = new SearchOffer(r4);
for (const type of ['Patient', 'Observation', 'Organization']) {
  offer.add(...[...r4.forType(type).values()].filter(({ expression }) => expression !== undefined));
}
const settings = { offer, base, timeZone: 'UTC', chainDepth: 8, maySearch: () => true };

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

const target = (type: string, names: readonly (readonly [string, string])[], caller: Caller) => ({
  access: caller.to(type, 's'),
  criteria: names.map(([name, value]) => parseCriterion(type, name, value, settings)),
});

async function search(type: string, name: string, value: string, caller = system): Promise<readonly string[]> {
  const targets = [target(type, [[name, value]], caller)];
  const { rows } = await storage.resources.search(targets, { count: 100 }, caller.searching);
  return rows.map(({ id }) => id);
}

/** Ids of all pages: from the first to the last, and back. */
async function walk(name: string, caller: Caller, count: number) {
  const targets = [target('Observation', [[name, 'male']], caller)];
  const pageAt = (place: { after?: SearchPlace; before?: SearchPlace }) =>
    storage.resources.search(targets, { count, anyOrder: true, ...place }, caller.searching);
  const forward: string[] = [];
  let page = await pageAt({});
  for (;;) {
    forward.push(...page.rows.map(({ id }) => id));
    if (!page.hasNext) break;
    page = await pageAt({ after: page.edges!.last });
  }
  const back = page.rows.map(({ id }) => id);
  while (page.edges && page.hasPrevious) {
    page = await pageAt({ before: page.edges.first });
    back.unshift(...page.rows.map(({ id }) => id));
  }
  return { forward, back };
}

describe('chains and reverse chains', () => {
  interface Node {
    readonly code: string;
    readonly subject: number;
    readonly derivedFrom: readonly number[];
    readonly deleted: boolean;
  }
  const observations = 6;
  const patients = 3;
  const node: fc.Arbitrary<Node> = fc.record({
    code: fc.constantFrom('a', 'b'),
    subject: fc.nat(patients - 1),
    derivedFrom: fc.uniqueArray(fc.nat(observations - 1), { maxLength: 3 }),
    deleted: fc.boolean(),
  });
  const graph = fc.array(node, { minLength: observations, maxLength: observations });
  const genders = ['male', 'female', 'male'];

  const steps = fc.array(fc.constantFrom('up', 'down'), { minLength: 1, maxLength: 4 });
  const query = fc.tuple(steps, fc.constantFrom('a', 'b', 'male', 'female'));

  /** `derived-from:Observation.` for each step up, `_has:Observation:derived-from:` for each step down. */
  function nameOf(path: readonly string[], value: string): string {
    const last = value.length === 1 ? 'code' : 'subject:Patient.gender';
    return (
      path.map((step) => (step === 'up' ? 'derived-from:Observation.' : '_has:Observation:derived-from:')).join('') +
      last
    );
  }

  function expected(nodes: readonly Node[], path: readonly string[], value: string, sees: (node: Node) => boolean) {
    const holds = (i: number, at: number): boolean => {
      const one = nodes[i]!;
      if (one.deleted || !sees(one)) return false;
      const step = path[at];
      if (step === undefined) return value.length === 1 ? one.code === value : genders[one.subject] === value;
      if (step === 'up') return one.derivedFrom.some((other) => holds(other, at + 1));
      return nodes.some((other, j) => other.derivedFrom.includes(i) && holds(j, at + 1));
    };
    return nodes.flatMap((_, i) => (holds(i, 0) ? [`o${i}`] : []));
  }

  async function store(nodes: readonly Node[]): Promise<void> {
    const resources = nodes.map((one, i): [string, JsonObject] => [
      `o${i}`,
      {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ code: one.code }] },
        subject: { reference: `Patient/g${one.subject}` },
        derivedFrom: one.derivedFrom.map((other) => ({ reference: `Observation/o${other}` })),
      },
    ]);
    await storage.resources.write([
      ...resources.map(([id, resource]) => system.update(resource, id)),
      ...genders.map((gender, i) => system.update({ resourceType: 'Patient', gender }, `g${i}`)),
    ]);
    for (const [i, { deleted }] of nodes.entries()) {
      if (deleted) await storage.write(system.delete('Observation', `o${i}`));
    }
  }

  it('find what following each reference of each resource finds, for who sees all and for one patient', async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.array(query, { minLength: 4, maxLength: 6 }), async (nodes, queries) => {
        await store(nodes);
        for (const [path, value] of queries) {
          const name = nameOf(path, value);
          expect(await search('Observation', name, value), name).toEqual(expected(nodes, path, value, () => true));
          const own = expected(nodes, path, value, ({ subject }) => subject === 0);
          expect(await search('Observation', name, value, patient('g0')), name).toEqual(own);
        }
      }),
      { numRuns: isFull ? 40 : 15 },
    );
  });

  it('find the same from few rows as from the other end', async () => {
    await store(
      Array.from({ length: observations }, (_, i) => ({
        code: 'a',
        subject: i % 3,
        derivedFrom: [(i + 1) % 6],
        deleted: i === 4,
      })),
    );
    for (const [name, value] of [
      ['subject:Patient.gender', 'male'],
      ['derived-from:Observation.code', 'a'],
      ['_has:Observation:derived-from:code', 'a'],
    ] as const) {
      const all = await search('Observation', name, value);
      const targets = [
        target(
          'Observation',
          [
            [name, value],
            ['_id', 'o0,o1,o2,o3,o4,o5'],
          ],
          system,
        ),
      ];
      const { rows } = await storage.resources.search(targets, { count: 100 }, system.searching);
      expect(all.length).toBeGreaterThan(0);
      expect(rows.map(({ id }) => id)).toEqual(all);
    }
  });

  it('come patient by patient where nobody asks for an order, each row once, forward and back', async () => {
    const references = fc.record({
      subject: fc.nat(patients - 1),
      performers: fc.uniqueArray(fc.nat(patients - 1), { maxLength: 2 }),
      isDeleted: fc.boolean(),
    });
    const names = fc.constantFrom('subject:Patient.gender', 'patient.gender', 'performer:Patient.gender');
    const stored = fc.array(references, { minLength: observations, maxLength: observations });
    await fc.assert(
      fc.asyncProperty(stored, names, fc.integer({ min: 1, max: 3 }), async (all, name, count) => {
        await storage.resources.write([
          ...genders.map((gender, i) => system.update({ resourceType: 'Patient', gender }, `g${i}`)),
          ...all.map(({ subject, performers }, i) =>
            system.update(
              {
                resourceType: 'Observation',
                status: 'final',
                code: { text: 'x' },
                subject: { reference: `Patient/g${subject}` },
                performer: performers.map((one) => ({ reference: `Patient/g${one}` })),
              },
              `o${i}`,
            ),
          ),
        ]);
        for (const [i, { isDeleted }] of all.entries())
          if (isDeleted) await storage.write(system.delete('Observation', `o${i}`));
        for (const caller of [system, patient('g0')]) {
          const own = caller === system ? genders : ['male'];
          const expectedRows = all.flatMap(({ subject, performers, isDeleted }, i) => {
            const named = name.startsWith('performer') ? performers : [subject];
            const records = [...new Set([subject, ...performers])];
            const isSeen = caller === system || records.includes(0);
            const isHit = !isDeleted && isSeen && named.some((one) => own[one] === 'male');
            const first = caller !== system ? '' : records.length > 1 ? '~' : `g${records[0]}`;
            return isHit ? [[first, `o${i}`]] : [];
          });
          const ids = expectedRows.toSorted((a, b) => (a.join() < b.join() ? -1 : 1)).map(([, id]) => id);
          expect(await walk(name, caller, count), name).toEqual({ forward: ids, back: ids });
        }
      }),
      { numRuns: isFull ? 60 : 20 },
    );
  });

  it('keep the order of a page that one by id follows', async () => {
    const targets = [target('Observation', [['subject:Patient.gender', 'male']], system)];
    const page = { count: 100, anyOrder: true, after: ['o1'] };
    const { rows } = await storage.resources.search(targets, page, system.searching);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted());
  });

  it('confirm a hash by the entry', async () => {
    await storage.write(system.update({ resourceType: 'Patient', gender: 'other' }, 'c1'));
    await storage.write(system.update({ resourceType: 'Observation', status: 'final', code: { text: 'x' } }, 'forged'));
    const forge = `UPDATE resource SET tok = tok || lanyard_token(E'subject\\x1fPatient/c1') WHERE id = 'forged'`;
    await storage.dataSource.query(forge);
    expect(await search('Observation', 'subject:Patient.gender', 'other')).toEqual([]);
    expect(await search('Patient', '_has:Observation:subject:_id', 'forged')).toEqual([]);
  });
});

/** As after a load that nobody has analysed. */
const forget = `DELETE FROM pg_statistic WHERE starelid IN ('resource_patient'::regclass, 'resource_observation'::regclass,
  'resource_observation_by_patient'::regclass)`;

describe('the plan', () => {
  beforeAll(async () => {
    const columns = `'{}', '{}', '{}', '{}', '{}'`;
    await storage.dataSource.query(
      `INSERT INTO resource SELECT 1, 'Patient', 'p' || n, 1, now(), false, 'PUT', '{}', ARRAY['Patient/p' || n],
        ARRAY[lanyard_token(E'identifier\\x1fi' || n), lanyard_token(E'identifier\\x1fof-all')],
        ARRAY[E'identifier\\x1fi' || n || E'\\x1f', E'identifier\\x1fof-all\\x1f'], ${columns} FROM generate_series(1, 2000) AS n`,
    );
    await storage.dataSource.query(
      `INSERT INTO resource SELECT 1, 'Observation', 'q' || n, 1, now(), false, 'PUT', '{}', ARRAY['Patient/p' || n % 2000],
        ARRAY[lanyard_token(E'subject\\x1fPatient/p' || n % 2000), n], ARRAY[E'subject\\x1fPatient/p' || n % 2000], ${columns}
        FROM generate_series(1, 20000) AS n`,
    );
    await storage.dataSource.query('ANALYZE resource_patient, resource_observation');
  });

  /** Of two ways that a statement holds, the one that is not gone is left out of what was run. */
  async function explain(statement: Statement, runs = ''): Promise<string> {
    const { text, values } = bindTenant(statement.text, statement.values);
    const lines = await storage.dataSource.query<Record<string, string>[]>(`EXPLAIN ${runs} ${text}`, [...values]);
    return lines
      .map((line) => line['QUERY PLAN']!)
      .filter((line) => !line.includes('never executed'))
      .join('\n');
  }
  function planOf(
    type: string,
    names: readonly (readonly [string, string])[],
    caller = system,
    runs = '',
  ): Promise<string> {
    const order = new SearchOrder([type], { count: 20 }, new SortSlots());
    const statement = searchStatement([target(type, names, caller)], { order, count: 20 }, caller.searching);
    return explain(statement, runs);
  }

  it.each([
    ['Observation', 'subject:Patient.identifier', 'i7'],
    ['Observation', 'subject.identifier', 'i7'],
    ['Patient', '_has:Observation:subject:code', 'x'],
    ['Patient', '_has:Observation:subject:derived-from:Observation.code', 'x'],
  ])('of %s?%s starts at the other end and reads no table whole', async (type, name, value) => {
    const plan = await planOf(type, [[name, value]], system, '(ANALYZE, TIMING OFF)');
    expect(plan).not.toMatch(/Seq Scan/);
    expect(plan).toMatch(/Bitmap Index Scan on resource_\w+_tok_idx/);
    // Without statistics a list that depends on nothing could be made again for each row.
    expect(plan).toMatch(/InitPlan/);
  });

  describe('patient by patient', () => {
    const statementOf = (value: string) => {
      const targets = [target('Observation', [['subject:Patient.identifier', value]], system)];
      const request = { count: 20, anyOrder: true };
      return searchStatement(targets, pageOf(targets, request, new SortSlots()), system.searching);
    };
    /** Of any values: what connections that have prepared it run. */
    async function genericPlan(value: string): Promise<string> {
      const { text, values } = bindTenant(statementOf(value).text, statementOf(value).values);
      const literals = values.map((one) => `'${Array.isArray(one) ? `{${one.join(',')}}` : String(one)}'`).join(', ');
      const runner = storage.dataSource.createQueryRunner();
      try {
        await runner.query(`SET plan_cache_mode = force_generic_plan`);
        await runner.query(`PREPARE walked AS ${text}`);
        const lines: unknown = await runner.query(`EXPLAIN (ANALYZE) EXECUTE walked (${literals})`);
        return (lines as Record<string, string>[]).map((line) => line['QUERY PLAN']!).join('\n');
      } finally {
        await runner.query(`DEALLOCATE ALL; RESET plan_cache_mode`);
        await runner.release();
      }
    }
    /** Rows of Observations that the plan read. */
    const rowsRead = (plan: string): number =>
      [...plan.matchAll(/(?:Scan[^\n]* on resource_observation)[^\n]*actual[^\n]*rows=([\d.]+) loops=(\d+)/g)].reduce(
        (sum, [, rows, loops]) => sum + Number(rows) * Number(loops),
        0,
      );

    it.each([
      ['few', 'i7', 10],
      ['many', 'of-all', 21],
    ])(
      'of %s reads no more rows than a page, with statistics and without, and is planned once',
      async (_what, value, onPage) => {
        expect(statementOf(value).isPlannedOnce).toBe(true);
        for (const prepare of ['ANALYZE resource_patient, resource_observation', forget]) {
          await storage.dataSource.query(prepare);
          const plan = await genericPlan(value);
          expect(plan).toMatch(/Index Scan using resource_observation_by_patient/);
          expect(plan).not.toMatch(/Seq Scan/);
          expect(rowsRead(plan)).toBe(onPage);
        }
        await storage.dataSource.query('ANALYZE resource_patient, resource_observation');
      },
    );

    it('of many finds the same as from few', async () => {
      const found = async (name: string, value: string) => {
        const targets = [target('Observation', [[name, value]], system)];
        const request = { count: 1000, anyOrder: true };
        return (await storage.resources.search(targets, request, system.searching)).rows.map(({ id }) => id);
      };
      const all = await found('subject:Patient.identifier', 'of-all');
      const few = Array.from({ length: 120 }, (_, n) => `i${n + 1}`).join();
      const ofFew = await found('subject:Patient.identifier', few);
      expect(ofFew).toHaveLength(1000);
      expect(all).toHaveLength(1000);
      const patients = (ids: readonly string[]) => ids.map((id) => `p${Number(id.slice(1)) % 2000}`);
      for (const ids of [all, ofFew]) expect(patients(ids)).toEqual(patients(ids).toSorted());
    });
  });

  it('of few rows follows their references by key', async () => {
    for (const plan of [
      await planOf('Observation', [
        ['patient', 'Patient/p7'],
        ['subject:Patient.gender', 'male'],
      ]),
      await planOf('Observation', [['subject:Patient.gender', 'male']], patient('p7')),
    ]) {
      expect(plan).toMatch(/Index Scan using resource_patient_pkey|resource_patient_compartments_idx/);
      expect(plan).not.toMatch(/Seq Scan/);
    }
  });

  it('of an include finds rows by key and patient by patient', async () => {
    const lookups = new Map([
      [
        'Observation',
        {
          ids: new Set<string>(),
          entries: new Set<string>(),
          referrers: [{ codes: ['subject'], targets: ['Patient/p7', 'Patient/p8'] }],
        },
      ],
      ['Patient', { ids: new Set(['p7', 'p8']), entries: new Set<string>(), referrers: [] }],
    ]);
    const request = { lookups, known: new Map(), most: 11, codes: ['subject'] };
    const plan = await explain(includeStatement(request, system.searching));
    expect(plan).toMatch(/Index Scan using resource_observation_by_patient/);
    expect(plan).toMatch(/Bitmap Index Scan on resource_observation_of_several/);
    expect(plan).toMatch(/resource_patient_pkey/);
    expect(plan).not.toMatch(/Seq Scan/);
    const { rows } = await storage.resources.include(request, system.searching);
    expect(rows).toHaveLength(11);
    expect(rows[0]!.links).toHaveLength(1);
  });
});

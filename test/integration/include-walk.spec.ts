// What refers to patients comes patient by patient (docs/adr/0171): no more of a long record is read than can come. Never by time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { includeStatement } from '../../src/fhir/storage/searching/include-statement.js';
import { hideValues } from '../../src/fhir/storage/session/hide-values.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { nodesOf, type PlanNode, rowsLookedAt } from '../support/plan-nodes.js';
import { Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';

const most = 11;
const ofLong = 400;

const observation = (subject: string, performer: readonly string[] = []): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${subject}` },
  performer: performer.map((one) => ({ reference: `Patient/${one}` })),
});

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.resources.write([
    ...['long', 'short', 'other'].map((id) => system.create({ resourceType: 'Patient' }, id)),
    ...Array.from({ length: ofLong }, (_, n) => system.create(observation('long'), `l${1000 + n}`)),
    ...Array.from({ length: 5 }, (_, n) => system.create(observation('short'), `s${n}`)),
    system.create(observation('short', ['other']), 's-of-several'),
    system.create(observation('other', ['short']), 'o-of-several'),
    // Before all others in the order of ids.
    system.create(observation('long', ['other']), 'a-of-several'),
  ]);
  await storage.dataSource.query('ANALYZE resource_observation');
});
afterAll(() => storage.close());

interface Asked {
  readonly of: readonly string[];
  readonly by?: readonly string[];
  readonly ids?: readonly string[];
  readonly known?: readonly string[];
}

const requestOf = ({ of, by = ['subject'], ids = [], known = [] }: Asked) => ({
  lookups: new Map([
    [
      'Observation',
      {
        ids: new Set(ids),
        entries: new Set<string>(),
        referrers: [{ codes: by, targets: of.map((id) => `Patient/${id}`) }],
      },
    ],
  ]),
  known: new Map([['Observation', known]]),
  most,
  codes: ['subject'],
});

async function idsOf(asked: Asked, caller: Caller = system): Promise<readonly string[]> {
  const { rows } = await storage.resources.include(requestOf(asked), caller.searching);
  return rows.map(({ id }) => id);
}

const short = ['s-of-several', 's0', 's1', 's2', 's3', 's4'];
const firstOfLong = ['a-of-several', ...Array.from({ length: most - 1 }, (_, n) => `l${1000 + n}`)];

describe('what refers to patients', () => {
  it.each<[string, Asked, readonly string[]]>([
    ['is theirs, also of several', { of: ['short'] }, short],
    [
      'is so by any of the parameters, each row once',
      { of: ['short', 'other'], by: ['subject', 'performer'] },
      ['a-of-several', 'o-of-several', ...short],
    ],
    [
      'refers by the parameter that is asked for',
      { of: ['other'], by: ['performer'] },
      ['a-of-several', 's-of-several'],
    ],
    ['comes in the order of ids, whosever it is', { of: ['short', 'long'] }, firstOfLong],
    ['comes beside rows by id, each once', { of: ['other'], ids: ['s4', 'o-of-several'] }, ['o-of-several', 's4']],
    ['leaves out what was found before', { of: ['short'], known: ['s0', 's-of-several'] }, ['s1', 's2', 's3', 's4']],
    ['is nothing of who has nothing', { of: ['nobody'] }, []],
  ])('%s', async (_what, asked, ids) => {
    expect(await idsOf(asked)).toEqual(ids);
  });

  it('is judged before it counts', async () => {
    expect(await idsOf({ of: ['short', 'long', 'other'] }, patient('short'))).toEqual(['o-of-several', ...short]);
    const some = new Caller('user/Observation.rs?_id=l1350,s-of-several');
    expect(await idsOf({ of: ['long', 'short'] }, some)).toEqual(['l1350', 's-of-several']);
  });

  it('reads of a long record no more rows than can come, and those of several', async () => {
    const { text, values } = includeStatement(requestOf({ of: ['long', 'short'] }), system.searching);
    const bound = bindTenant(hideValues(text), values);
    const literals = bound.values.map((one) => `'${Array.isArray(one) ? `{${one.join(',')}}` : String(one)}'`);
    const runner = storage.dataSource.createQueryRunner();
    try {
      await runner.query('SET plan_cache_mode = force_generic_plan');
      await runner.query(`PREPARE walked AS ${bound.text}`);
      const [{ 'QUERY PLAN': plans }] = (await runner.query(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE walked (${literals.join(', ')})`,
      )) as [{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }];
      const nodes = nodesOf(plans[0].Plan);
      expect(new Set(nodes.flatMap((node) => node['Index Name'] ?? []))).toEqual(
        new Set(['resource_observation_by_patient', 'resource_observation_of_several']),
      );
      expect(rowsLookedAt(nodes.filter((node) => node['Relation Name'] !== undefined))).toBe(most + 5 + 3);
    } finally {
      await runner.query('DEALLOCATE ALL; RESET plan_cache_mode');
      await runner.release();
    }
  });
});

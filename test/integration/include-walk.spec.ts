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

/** Patients that are not stored. */
const nobody = Array.from({ length: 200 }, (_, n) => `nobody${n}`);

const referencesTo = (ids: readonly string[]) => ids.map((id) => ({ reference: `Patient/${id}` }));

const observation = (subject: string, performer: readonly string[] = []): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${subject}` },
  performer: referencesTo(performer),
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
    ...ofNobody.map((id) => system.create({ ...observation('none'), focus: referencesTo(nobody) }, id)),
    // Before all others in the order of ids.
    system.create(observation('long', ['other']), 'a-of-several'),
  ]);
  await storage.dataSource.query('ANALYZE resource_observation');
});
afterAll(() => storage.close());

interface Asked {
  readonly type?: string;
  readonly of: readonly string[];
  readonly by?: readonly string[];
  readonly ids?: readonly string[];
  readonly known?: readonly string[];
}

const requestOf = ({ type = 'Observation', of, by = ['subject'], ids = [], known = [] }: Asked) => ({
  lookups: new Map([
    [
      type,
      {
        ids: new Set(ids),
        entries: new Set<string>(),
        referrers: [{ codes: by, targets: of.map((id) => `Patient/${id}`) }],
      },
    ],
  ]),
  known: new Map([[type, known]]),
  most,
  codes: ['subject'],
});

async function idsOf(asked: Asked, caller: Caller = system): Promise<readonly string[]> {
  const { rows } = await storage.resources.include(requestOf(asked), caller.searching);
  return rows.map(({ id }) => id);
}

const short = ['s-of-several', 's0', 's1', 's2', 's3', 's4'];
const ofNobody = ['f1', 'f2', 'f3', 'f4'];
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
      'is so by parameters that open no record, however many patients there are',
      { of: ['short', 'other', ...nobody], by: ['focus', 'performer'] },
      ['a-of-several', ...ofNobody, 'o-of-several', 's-of-several'],
    ],
    ['comes once, however many of its references are looked for', { of: nobody, by: ['focus'] }, ofNobody],
    [
      'comes once, whatever leads to it',
      { of: [...nobody, 'short', 'other'], by: ['subject', 'focus', 'performer'], ids: ['s4', 'l1007'] },
      ['a-of-several', ...ofNobody, 'l1007', 'o-of-several', ...short.slice(0, -2)],
    ],
    [
      'leaves out what was found before, also among many',
      { of: [...nobody, 'short'], by: ['subject', 'focus', 'performer'], known: ['s0', 'o-of-several'] },
      [...ofNobody, 's-of-several', 's1', 's2', 's3', 's4'],
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

  it.each([['subject'], ['subject', 'focus']])('is judged before it counts: %s %s', async (...by) => {
    const ofShort = { of: ['short', 'long', 'other'], by };
    expect(await idsOf(ofShort, patient('short'))).toEqual(['o-of-several', ...short]);
    const some = new Caller('user/Observation.rs?_id=l1350,s-of-several');
    expect(await idsOf({ of: ['long', 'short', ...nobody], by }, some)).toEqual(['l1350', 's-of-several']);
  });

  it('reads of a long record no more rows than can come, and those of several', async () => {
    const nodes = await planOf({ of: ['long', 'short'] });
    expect(new Set(nodes.flatMap((node) => node['Index Name'] ?? []))).toEqual(
      new Set(['resource_observation_by_patient', 'resource_observation_of_several']),
    );
    expect(rowsLookedAt(nodes.filter((node) => node['Relation Name'] !== undefined))).toBe(most + 5 + 3);
  });

  it('is looked for by fifty hashes at a time, of those parameters alone that open no record', async () => {
    const nodes = await planOf({ of: [...nobody, 'long', 'short'], by: ['subject', 'focus'] });
    const looks = nodes.filter((node) => node['Index Name'] === 'resource_observation_tok_idx');
    expect(looks.map((node) => node['Actual Loops'])).toEqual([Math.ceil(202 / 50)]);
    const rows = nodes.filter((node) => node['Relation Name'] !== undefined);
    const inLooks = ofNobody.length * (nobody.length / 50);
    // Those of the walk, one that tells that there are any, those of each look, and the first of all by their ids. Rows of a loop are told as a mean.
    expect(Math.floor(rowsLookedAt(rows))).toBe(most + 5 + 3 + 1 + inLooks + most);
  });

  it('is not looked for, nor hashed, where the type has no rows', async () => {
    const nodes = await planOf({ type: 'Condition', of: nobody, by: ['focus'] });
    const hashing = nodes.filter((node) => node['Node Type'] === 'WindowAgg');
    expect(hashing.map((node) => node['Actual Loops'])).toEqual([0]);
    expect(rowsLookedAt(nodes.filter((node) => node['Relation Name'] !== undefined))).toBe(0);
  });
});

/** Planned once for all values. */
async function planOf(asked: Asked): Promise<readonly PlanNode[]> {
  const { text, values } = includeStatement(requestOf(asked), system.searching);
  const bound = bindTenant(hideValues(text), values);
  const literals = bound.values.map((one) => `'${Array.isArray(one) ? `{${one.join(',')}}` : String(one)}'`);
  const runner = storage.dataSource.createQueryRunner();
  try {
    await runner.query('SET plan_cache_mode = force_generic_plan');
    await runner.query(`PREPARE walked AS ${bound.text}`);
    const [{ 'QUERY PLAN': plans }] = (await runner.query(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE walked (${literals.join(', ')})`,
    )) as [{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }];
    return nodesOf(plans[0].Plan);
  } finally {
    await runner.query('DEALLOCATE ALL; RESET plan_cache_mode');
    await runner.release();
  }
}

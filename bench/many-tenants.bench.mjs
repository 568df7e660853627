// @ts-check
import { Issuer } from './issuer.mjs';
import { withDataDir } from './lanyard.mjs';
import { LoadGenerator } from './load-generator.mjs';
import { queries } from './many-tenants-queries.mjs';
import { fillBoth, withSides } from './many-tenants-sides.mjs';
import { cpuBetween, threadTimes, threadTimesOf } from './process-cost.mjs';
import { meanRatio, median, microseconds, printTable } from './table.mjs';

/** How often a pair of processes is compared, each one being first as often as the other. */
const times = 4;
const turns = 4;
const connections = 4;
const mostRatio = 1.2;
const sizes = /** @type {Record<string, number>} */ ({ '10k': 10_000, '100k': 100_000, '1m': 1_000_000 });

/** @typedef {import('./many-tenants-sides.mjs').Side} Side */
/** @typedef {import('./many-tenants-queries.mjs').Query} Query */
/** Microseconds for a request. @typedef {{ server: number, postgres: number }} Cost */
/** What one comparison tells about a query. @typedef {{ one: Cost, many: Cost }} Costs */

const firstRounds = 2;

/**
 * Searches of tenants with 1,000 resources each, beside those of one tenant that has all of them: the same rows, in two databases of plain PostgreSQL.
 * `--sizes=1m`: 1,000 tenants; 100 without.
 * @param {readonly string[]} [options]
 */
export async function benchManyTenants(options = []) {
  const named = options.find((one) => one.startsWith('--sizes='))?.slice('--sizes='.length) ?? '100k';
  const count = sizes[named.toLowerCase()];
  if (count === undefined) throw new Error(`There is no size ${named}; there are ${Object.keys(sizes).join(', ')}.`);
  process.setMaxListeners(0);
  const issuer = await Issuer.start();
  try {
    await withDataDir(async (folder) => {
      await fillBoth(folder, count);
      /** @type {Map<string, Costs[]>} */
      const found = new Map(queries.map(({ what }) => [what, []]));
      for (let time = 0; time < times; time++)
        await withSides({ folder, issuer, count }, time % 2 === 1, async (sides) => {
          if (time === 0) await requireSameEntries(sides);
          await compare(sides, found);
          if (time === times - 1) await printPlanning(sides);
        });
      print(found);
    });
  } finally {
    issuer.close();
  }
}

/** @param {readonly Side[]} sides */
export async function requireSameEntries(sides) {
  for (const query of queries) {
    const counts = await Promise.all(sides.map((side) => entriesOf(side, query)));
    const [of = 0, beside = 0] = counts;
    if (of === 0 || Math.abs(beside / of - 1) > 0.05)
      throw new Error(`${query.what}: ${sides.map(({ kind }, n) => `${counts[n]} of ${kind}`).join(', ')}`);
  }
}

/** Entries of all its answers. @param {Side} side @param {Query} query */
async function entriesOf({ server, tokens, pathsOf }, query) {
  let entries = 0;
  for (const [n, path] of pathsOf(query).entries()) {
    const answer = await fetch(server.origin + path, { headers: { authorization: `Bearer ${tokens[n]}` } });
    const body = /** @type {any} */ (await answer.json());
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
    entries += body.resourceType === 'Bundle' ? (body.entry?.length ?? 0) : 1;
  }
  return entries;
}

/** @param {readonly Side[]} sides @param {Map<string, Costs[]>} found */
export async function compare(sides, found) {
  const generator = new LoadGenerator();
  try {
    // Tenants are opened, plans made and code compiled before anything counts.
    for (let round = 0; round < firstRounds; round++)
      for (const query of queries) for (const side of sides) await send(side, query, generator);
    for (const query of queries) found.get(query.what)?.push(await costsOf(sides, query, generator));
  } finally {
    generator.close();
  }
}

/** @param {readonly Side[]} sides @param {Query} query @param {LoadGenerator} generator @returns {Promise<Costs>} */
async function costsOf(sides, query, generator) {
  for (const side of sides) await send(side, query, generator);
  const timesOf = (/** @type {Side} */ { server }) => ({
    server: threadTimesOf(server.pid),
    postgres: threadTimes([server.postgres.pid]),
  });
  const spent = new Map(sides.map(({ kind }) => [kind, { server: 0, postgres: 0 }]));
  for (let turn = 0; turn < turns; turn++) {
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const before = timesOf(side);
      const requests = await send(side, query, generator);
      const after = timesOf(side);
      const sum = spent.get(side.kind);
      // What open tenants do while the other side is asked is no part of their searches.
      if (sum)
        for (const what of /** @type {const} */ (['server', 'postgres']))
          sum[what] += microseconds(cpuBetween(before[what], after[what]), requests * turns);
    }
  }
  return /** @type {Costs} */ (Object.fromEntries(spent));
}

/** @param {Side} side @param {Query} query @param {LoadGenerator} generator */
async function send({ server, tokens, pathsOf }, query, generator) {
  const paths = pathsOf(query);
  const job = { origin: server.origin, method: 'GET', paths, tokens, count: Math.max(paths.length, 100), connections };
  const { wrong } = await generator.send({ ...job, expect: 200 });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return job.count;
}

/** Prints how much of the time of statements is planning, by one turn more of each query. @param {readonly Side[]} sides */
export async function printPlanning(sides) {
  for (const { server } of sides) {
    await server.query(`ALTER SYSTEM SET pg_stat_statements.track = 'top'`);
    await server.query(`ALTER SYSTEM SET pg_stat_statements.track_planning = 'on'`);
    await server.query('SELECT pg_reload_conf()');
  }
  const generator = new LoadGenerator();
  try {
    const rows = [];
    for (const query of queries) {
      const each = [];
      for (const side of sides) each.push(`${side.kind} ${await planningOf(side, query, generator)}`);
      rows.push({ what: query.what, value: each.toSorted().join(', ') });
    }
    printTable('many-tenants: statements of a search, planning of all in µs', rows);
  } finally {
    generator.close();
  }
}

/** @param {Side} side @param {Query} query @param {LoadGenerator} generator */
async function planningOf(side, query, generator) {
  await side.server.query('SELECT pg_stat_statements_reset()');
  const requests = await send(side, query, generator);
  const [{ planned, executed }] = await side.server.query(
    `SELECT sum(total_plan_time)::float8 AS planned, sum(total_exec_time)::float8 AS executed FROM pg_stat_statements`,
  );
  const each = (/** @type {number} */ ms) => microseconds(ms / 1000, requests).toFixed(0);
  return `${each(planned)} of ${each(planned + executed)}`;
}

/** @param {ReadonlyMap<string, readonly Costs[]>} found */
export function print(found) {
  const rows = [...found].map(([what, costs]) => {
    const { ratio, error } = meanRatio(costs.map(({ one, many }) => sumOf(many) / sumOf(one)));
    const apart = (/** @type {'server' | 'postgres'} */ part) =>
      `${middle(costs, 'one', part)}:${middle(costs, 'many', part)}`;
    return {
      what: `${what} (server ${apart('server')} µs, PostgreSQL ${apart('postgres')} µs), ratio`,
      value: `${ratio.toFixed(3)} ± ${error.toFixed(3)}`,
      target: `<= ${mostRatio}: ${ratio <= mostRatio ? 'met' : 'missed'}`,
    };
  });
  printTable(`many-tenants: CPU of searches, one tenant : many, ${times} pairs of processes`, rows);
}

const sumOf = (/** @type {Cost} */ { server, postgres }) => server + postgres;

/** @param {readonly Costs[]} costs @param {'one' | 'many'} kind @param {'server' | 'postgres'} part */
const middle = (costs, kind, part) => median(costs.map((one) => one[kind][part])).toFixed(0);

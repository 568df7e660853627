// @ts-check
import { LoadGenerator } from './load-generator.mjs';
import { cpuBetween, threadTimes } from './process-cost.mjs';
import { meanRatio, microseconds, printTable } from './table.mjs';
import { benchTenantLife } from './tenant-life.mjs';
import { createsAt, limitedPath, ownPath, sideOf, tenantPath, withServers } from './tenant-sides.mjs';

/** How often two kinds are compared, each one being first as often as the other: processes of one kind differ by up to a tenth, by what V8 has compiled in which order. */
const times = 6;
const turns = 16;
const connections = 8;
/** Milliseconds for which audit records may wait. */
const patience = 60_000;

/** @typedef {import('./tenant-sides.mjs').Side} Side */
/** A server, and where it is asked. @typedef {{ kind: import('./tenant-sides.mjs').Kind, path: string }} Asked */

/** @type {Asked} */
const without = { kind: { TENANTS: 'off' }, path: ownPath };
/** @type {Asked} */
const within = { kind: { TENANTS: 'path' }, path: tenantPath };

/** @type {readonly { what: string, pair: readonly [Asked, Asked], target?: number }[]} */
const compared = [
  { what: 'TENANTS=off beside itself', pair: [without, without] },
  { what: 'TENANTS=path beside off', pair: [without, within], target: 1.05 },
  {
    what: 'with the second belt beside off',
    pair: [without, { kind: { TENANTS: 'path', isBelted: true }, path: tenantPath }],
    target: 1.1,
  },
  {
    what: 'with limits of resources and bytes beside TENANTS=path',
    pair: [within, { ...within, path: limitedPath }],
    target: 1.05,
  },
];

/** @type {Readonly<Record<string, { warmUp: number, turn: number, job: (side: Side) => { method: string, paths: string[], bodies?: string[], expect: number } }>>} */
const requests = {
  read: {
    warmUp: 2500,
    turn: 250,
    job: ({ path, ids }) => ({ method: 'GET', paths: ids.map((id) => `${path}/Observation/${id}`), expect: 200 }),
  },
  search: {
    warmUp: 1500,
    turn: 150,
    job: ({ path }) => ({
      method: 'GET',
      paths: Array.from({ length: 100 }, (_, n) => `${path}/Observation?patient=bench-${n}&_sort=-date&_count=20`),
      expect: 200,
    }),
  },
  create: {
    warmUp: 800,
    turn: 100,
    job: ({ path }) => ({ method: 'POST', ...createsAt(path), expect: 201 }),
  },
};

/**
 * Requests to servers without tenants, with them, with the second belt (docs/adr/0071) and to a tenant with limits of what it stores (docs/adr/0079).
 * Before that, how long it takes to make a tenant, to open its server, and to start with many.
 */
export async function benchTenants() {
  await benchTenantLife();
  await compareKinds();
}

async function compareKinds() {
  const measured = [];
  for (const { what, pair, target } of compared) {
    /** @type {Costs[]} */
    const all = [];
    for (let time = 0; time < times; time++) all.push(await costsOf(pair, time % 2 === 1));
    measured.push({ what, target, all });
  }
  for (const request of Object.keys(requests))
    printTable(
      `tenants: ${request} of Observations, CPU of server and PostgreSQL with the audit's, ${times} times`,
      measured.map(({ what, target, all }) =>
        row(
          what,
          all.map((costs) => costs[request] ?? [NaN, NaN]),
          target,
        ),
      ),
    );
}

/** Microseconds for a request of each of two, by its name. @typedef {Record<string, readonly [number, number]>} Costs */

/** @param {readonly [Asked, Asked]} pair @param {boolean} isTurned the second one starts, and is asked, first @returns {Promise<Costs>} */
function costsOf(pair, isTurned) {
  const asked = isTurned ? pair.toReversed() : pair;
  return withServers(
    asked.map(({ kind }) => kind),
    async (servers) => {
      const sides = await Promise.all(servers.map((server, n) => sideOf(server, asked[n]?.path ?? '')));
      const generator = new LoadGenerator();
      /** @type {Costs} */
      const costs = {};
      try {
        for (const what of Object.keys(requests)) {
          const [first = NaN, second = NaN] = await measure(what, sides, generator);
          costs[what] = isTurned ? [second, first] : [first, second];
        }
      } finally {
        generator.close();
      }
      return costs;
    },
  );
}

/**
 * Microseconds of server and PostgreSQL for a request of each side, from its first one to its last AuditEvent. The sides take short turns: single ones differ
 * by more than twice, for V8 collects garbage in few of them, and a server that has been idle for seconds gives up what it has compiled.
 * @param {string} what @param {readonly Side[]} sides @param {LoadGenerator} generator
 */
async function measure(what, sides, generator) {
  const { warmUp = 0, turn = 0 } = requests[what] ?? {};
  for (const side of sides) await send(what, side, warmUp, generator);
  for (const { server } of sides) await server.untilSealed(patience);
  for (const side of sides) await send(what, side, turn, generator);
  const timesOf = (/** @type {Side} */ { server }) => threadTimes([server.pid, server.postgres.pid]);
  const before = sides.map(timesOf);
  const inTurns = Array.from({ length: turns }, (_, round) => (round % 2 === 0 ? sides : sides.toReversed())).flat();
  for (const side of inTurns) await send(what, side, turn, generator);
  for (const { server } of sides) await server.untilSealed(patience);
  return sides.map((side, n) => microseconds(cpuBetween(before[n] ?? new Map(), timesOf(side)), turn * turns));
}

/** @param {string} what @param {Side} side @param {number} count @param {LoadGenerator} generator */
async function send(what, side, count, generator) {
  const job = requests[what]?.job(side);
  if (!job) return;
  const { wrong } = await generator.send({
    ...job,
    origin: side.server.origin,
    tokens: [side.token],
    count,
    connections,
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** The ratio is the geometric mean of those of each time, with its standard error. @param {string} what @param {readonly (readonly [number, number])[]} costs @param {number} [target] */
function row(what, costs, target) {
  const { ratio, error } = meanRatio(costs.map(([one, other]) => other / one));
  return {
    what: `${what} (${costs.map(([one, other]) => `${one.toFixed(0)}:${other.toFixed(0)}`).join(', ')} µs), ratio`,
    value: `${ratio.toFixed(3)} ± ${error.toFixed(3)}`,
    ...(target !== undefined && { target: `<= ${target}: ${ratio <= target ? 'met' : 'missed'}` }),
  };
}

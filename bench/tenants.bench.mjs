// @ts-check
import { LoadGenerator } from './load-generator.mjs';
import { cpuBetween, threadTimes } from './process-cost.mjs';
import { inUnits, median, microseconds, printTable } from './table.mjs';
import { benchTenantLife } from './tenant-life.mjs';
import { createsAt, limitedPath, ownPath, sideOf, tenantPath, withServers } from './tenant-sides.mjs';

/**
 * Two processes of one kind differ by up to a tenth, by what V8 has compiled in which order; so a kind is the median of several. Each process gets as many
 * requests as the others, since those that come later cost less.
 */
const processes = 3;
const rounds = 6;
const connections = 8;

/** @typedef {import('./tenant-sides.mjs').Side} Side */
/** `paths`: two addresses of each process; `target`: of the first one beside the first kind. @typedef {{ what: string, kind: import('./tenant-sides.mjs').Kind, paths: readonly [string, string], target?: number }} Compared */
/** @typedef {Compared & { sides: readonly (readonly [Side, Side])[] }} Group */

/** @type {readonly Compared[]} */
const compared = [
  { what: 'TENANTS=off', kind: { TENANTS: 'off' }, paths: [ownPath, ownPath] },
  { what: 'TENANTS=path', kind: { TENANTS: 'path' }, paths: [tenantPath, limitedPath], target: 1.05 },
  {
    what: 'with the second belt',
    kind: { TENANTS: 'path', isBelted: true },
    paths: [tenantPath, limitedPath],
    target: 1.1,
  },
];

/** @type {Readonly<Record<string, { warmUp: number, lead: number, count: number, job: (side: Side) => { method: string, paths: string[], bodies?: string[], expect: number } }>>} */
const requests = {
  read: {
    warmUp: 2500,
    lead: 150,
    count: 250,
    job: ({ path, ids }) => ({ method: 'GET', paths: ids.map((id) => `${path}/Observation/${id}`), expect: 200 }),
  },
  search: {
    warmUp: 1500,
    lead: 100,
    count: 200,
    job: ({ path }) => ({
      method: 'GET',
      paths: Array.from({ length: 100 }, (_, n) => `${path}/Observation?patient=bench-${n}&_sort=-date&_count=20`),
      expect: 200,
    }),
  },
  create: {
    warmUp: 800,
    lead: 50,
    count: 120,
    job: ({ path }) => ({ method: 'POST', ...createsAt(path), expect: 201 }),
  },
};

/**
 * Requests to servers without tenants, with them, and with the second belt (docs/adr/0071), in turns; to a tenant with limits of what it stores
 * (docs/adr/0079) beside another one of the same server. Before that, how long it takes to make a tenant, to open its server, and to start with many.
 */
export async function benchTenants() {
  await benchTenantLife();
  await compareKinds();
}

/** Servers of one kind three times show how much two medians differ by chance. @param {readonly Compared[]} [kinds] */
export function compareKinds(kinds = compared) {
  const each = kinds.flatMap(({ kind }) => Array.from({ length: processes }, () => kind));
  return withServers(each, async (servers) => {
    /** @type {Group[]} */
    const groups = [];
    for (const [nth, one] of kinds.entries()) {
      const own = servers.slice(nth * processes, (nth + 1) * processes);
      const both = own.map(async (server) => [await sideOf(server, one.paths[0]), await sideOf(server, one.paths[1])]);
      groups.push({ ...one, sides: /** @type {[Side, Side][]} */ (await Promise.all(both)) });
    }
    const generator = new LoadGenerator();
    try {
      for (const what of Object.keys(requests)) report(what, groups, await measure(what, groups, generator));
    } finally {
      generator.close();
    }
  });
}

/** Microseconds of server and PostgreSQL for a request, the median of the rounds of each side. @param {string} what @param {readonly Group[]} groups @param {LoadGenerator} generator */
async function measure(what, groups, generator) {
  const { warmUp = 0, lead = 0, count = 0 } = requests[what] ?? {};
  const sides = groups.flatMap((group) => group.sides.flat());
  for (const side of sides) await send(what, side, warmUp, generator);
  /** @type {Map<Side, number[]>} */
  const costs = new Map(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++)
    // Nobody comes first, or after the same one, each time.
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const pids = [side.server.pid, side.server.postgres.pid];
      await send(what, side, lead, generator);
      const before = threadTimes(pids);
      await send(what, side, count, generator);
      costs.get(side)?.push(microseconds(cpuBetween(before, threadTimes(pids)), count));
    }
  return new Map(sides.map((side) => [side, median(costs.get(side) ?? [])]));
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

/** @param {string} what @param {readonly Group[]} groups @param {ReadonlyMap<Side, number>} costs */
function report(what, groups, costs) {
  const costOf = (/** @type {Side} */ side) => costs.get(side) ?? NaN;
  // Without tenants both addresses are one.
  const firstOf = (/** @type {Group} */ { sides, paths: [one, other] }) =>
    sides.map(([first, second]) => (one === other ? (costOf(first) + costOf(second)) / 2 : costOf(first)));
  const [base = NaN] = groups.map((group) => median(firstOf(group)));
  const rows = groups.flatMap((group, n) => {
    const all = `${group.what} (${firstOf(group)
      .map((cost) => cost.toFixed(0))
      .join(', ')})`;
    if (n === 0) return [{ what: all, value: inUnits(base, 'µs') }];
    const own = row(`${all}, ratio`, median(firstOf(group)) / base, group.target);
    if (group.paths[0] === group.paths[1]) return [own];
    // Compared within each process.
    const times = median(group.sides.map(([first, second]) => costOf(second) / costOf(first)));
    return [own, row('  of that, with limits of resources and bytes', times, 1.05)];
  });
  printTable(`tenants: ${what} of Observations, CPU of server and PostgreSQL, ${processes} processes of each`, rows);
}

/** @param {string} what @param {number} ratio @param {number} [target] */
const row = (what, ratio, target) => ({
  what,
  value: ratio.toFixed(3),
  ...(target !== undefined && { target: `<= ${target}: ${ratio <= target ? 'met' : 'missed'}` }),
});

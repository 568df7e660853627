// @ts-check
import { generateLoad } from './load-generator.mjs';
import { cpuBetween, cpuOfFamilyThreads, threadTimesOf } from './process-cost.mjs';
import { inUnits, median } from './table.mjs';

/** Milliseconds per request: CPU of the server, of its PostgreSQL and of both, and the time it took. @typedef {{ server: number, postgres: number, both: number, wall: number }} Cost */
/** @typedef {Omit<import('./load-generator.mjs').Job, 'origin' | 'tokens' | 'connections'> & { connections?: number }} Requests */

/** `warmUps`: rounds that do not count; `patience`: milliseconds after which no further round starts. @typedef {{ warmUps?: number, patience?: number }} Rounds */

/** Measures requests to a server with one verified token. */
export class BothSides {
  /** @param {import('./lanyard.mjs').Lanyard} server @param {string} token */
  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  /** Throws when an answer is wrong. @param {Requests} requests @returns {Promise<Cost>} */
  async cost(requests) {
    const { pid, origin, postgres } = this.server;
    // By nanoseconds: a tick of 10 ms is a sixteenth of 300 reads.
    const [before, databaseBefore] = [threadTimesOf(pid), cpuOfFamilyThreads(postgres.pid)];
    const { wrong, seconds } = await generateLoad({ connections: 4, ...requests, origin, tokens: [this.token] });
    const [after, databaseAfter] = [threadTimesOf(pid), cpuOfFamilyThreads(postgres.pid)];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    const server = (cpuBetween(before, after) * 1000) / requests.count;
    const database = ((databaseAfter - databaseBefore) * 1000) / requests.count;
    return { server, postgres: database, both: server + database, wall: (seconds * 1000) / requests.count };
  }

  /**
   * Sends each kind of request in turns, so that a round compares them under the same circumstances.
   * @template {string} K @param {number} rounds @param {Readonly<Record<K, Requests>>} kinds @param {Rounds} [more] @returns {Promise<Record<K, Cost[]>>}
   */
  async compare(rounds, kinds, { warmUps = 1, patience = 25_000 } = {}) {
    const entries = /** @type {[K, Requests][]} */ (Object.entries(kinds));
    const costs = /** @type {Record<K, Cost[]>} */ ({});
    for (const [kind] of entries) costs[kind] = [];
    const end = performance.now() + patience;
    for (let round = 0; round < rounds + warmUps; round++) {
      if (round > warmUps && performance.now() > end) break;
      for (const [kind, requests] of entries) {
        const cost = await this.cost(requests);
        if (round >= warmUps) costs[kind].push(cost);
      }
    }
    return costs;
  }

  /** @param {string} path below the base @param {{ method?: string, headers?: Record<string, string>, body?: string }} [init] */
  async fetch(path, { headers, ...init } = {}) {
    const authorization = `Bearer ${this.token}`;
    const answer = await fetch(`${this.server.base}/${path}`, { ...init, headers: { authorization, ...headers } });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}

/** @typedef {import('./table.mjs').Row} Row */

/** The median of both sides, and each side apart. @param {string} what @param {readonly Cost[]} costs @param {number} [limit] ms of both sides @returns {Row} */
export function costRow(what, costs, limit) {
  const of = (/** @type {keyof Cost} */ side) => median(costs.map((cost) => cost[side]));
  const sides = `server ${of('server').toFixed(2)}, PostgreSQL ${of('postgres').toFixed(2)}`;
  return { what: `${what} (${sides})`, value: inUnits(of('both'), 'ms', 2), ...floor(of('both'), limit, ' ms') };
}

/** Ratio of one kind to another, median of the rounds. @param {string} what @param {readonly Cost[]} costs @param {readonly Cost[]} others @param {number} [limit] @returns {Row} */
export function ratioRow(what, costs, others, limit) {
  const ratio = median(costs.map(({ both }, round) => both / (others[round]?.both ?? NaN)));
  return { what, value: ratio.toFixed(2), ...floor(ratio, limit) };
}

/** @param {number} value @param {number} [limit] @param {string} [unit] */
export const floor = (value, limit, unit = '') =>
  limit === undefined ? {} : { target: `<= ${limit}${unit}: ${value <= limit ? 'met' : 'missed'}` };

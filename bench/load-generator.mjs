// @ts-check
// Sends requests from a process of its own, so that nothing but the server's work is in the server's CPU time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * `count` requests over `connections` connections; the n-th takes the n-th of each list, round and round. Without tokens there
 * is no Authorization header but one of `headers`.
 * @typedef {{ origin: string, method: string, paths: string[], tokens: string[], bodies?: string[],
 *   headers?: Record<string, string>, count: number, connections: number, expect: number, pause?: number }} Job
 * `pause`: ms after each answer.
 * `latencies` of the requests, in ms.
 * @typedef {{ seconds: number, bytes: number, wrong: string[], latencies: number[] }} Result
 */

const patience = 120_000;

/** @param {Job} job @returns {Promise<Result>} */
export async function generateLoad(job) {
  const generator = new LoadGenerator();
  try {
    return await generator.send(job);
  } finally {
    generator.close();
  }
}

/** A process that does one job after the other: once its code is compiled, short jobs do not wait for it. */
export class LoadGenerator {
  constructor() {
    this.child = fork(fileURLToPath(import.meta.url), ['--child'], { execArgv: [] });
    this.ended = once(this.child, 'exit').then(() => {
      throw new Error('The load generator ended early.');
    });
    this.ended.catch(() => undefined);
  }

  /** @param {Job} job @returns {Promise<Result>} */
  async send(job) {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
    try {
      const answer = once(this.child, 'message');
      this.child.send(job);
      const [result] = await Promise.race([answer, this.ended]);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    this.child.kill();
  }
}

/** @param {Job} job @returns {Promise<Result>} */
async function run(job) {
  const agent = new Agent({ keepAlive: true, maxSockets: job.connections });
  /** @type {string[]} */
  const wrong = [];
  /** @type {number[]} */
  const latencies = [];
  let next = 0;
  let bytes = 0;
  const work = async () => {
    while (next < job.count && wrong.length < 5) {
      const sent = performance.now();
      const { status, length } = await send(job, next++, agent);
      latencies.push(performance.now() - sent);
      bytes += length;
      if (status !== job.expect) wrong.push(`${job.method} ${job.paths[0]} answered ${status}`);
      if (job.pause !== undefined) await sleep(job.pause);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: job.connections }, work));
  agent.destroy();
  return { seconds: (performance.now() - from) / 1000, bytes, wrong, latencies };
}

/** @template T @param {readonly T[]} list @param {number} index */
const cycle = (list, index) => /** @type {T} */ (list[index % list.length]);

/** @param {Job} job @param {number} index @param {Agent} agent @returns {Promise<{ status: number, length: number }>} */
function send({ origin, method, paths, tokens, bodies, headers: own }, index, agent) {
  const body = bodies && cycle(bodies, index);
  const headers = {
    ...(tokens.length > 0 && { authorization: `Bearer ${cycle(tokens, index)}` }),
    accept: 'application/fhir+json',
    ...(body !== undefined && { 'content-type': 'application/fhir+json', 'content-length': Buffer.byteLength(body) }),
    ...own,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${cycle(paths, index)}`, { method, agent, headers }, (answer) => {
      let length = 0;
      answer.on('data', (/** @type {Buffer} */ chunk) => (length += chunk.length));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, length }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

if (process.argv[2] === '--child' && process.send) {
  process.on('message', (job) => {
    void run(/** @type {Job} */ (job)).then((result) => process.send?.(result));
  });
}

// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { floor } from './both-sides.mjs';
import { freePort, withLanyard } from './lanyard.mjs';
import { LoadGenerator } from './load-generator.mjs';
import { aPatient } from './patients.mjs';
import { cpuOf, cpuOfFamily, forgetHighest, memoryOf } from './process-cost.mjs';
import { inUnits, printTable } from './table.mjs';

const connections = 32;
const patients = 500;
/** Requests of one job: a few seconds, so that a job ends near the time that is asked for. */
const requestsOfJob = 4000;
const restBefore = 10_000;
/** Milliseconds in which what is left of the backlog has to be sealed. */
const patience = 1_800_000;
/** The backlog is flat where at the end it is at most as many times what it was at half the time, or records of as many seconds. */
const mostGrowth = 1.25;
const secondsOfRecords = 5;

/** @typedef {import('./lanyard.mjs').Lanyard} Lanyard */
/** @typedef {{ server: Lanyard, token: string, generator: LoadGenerator }} Side */
/** `cpu`: seconds of server and PostgreSQL. @typedef {{ count: number, seconds: number, cpu: number }} Run */

/**
 * Reads for so many minutes over 32 connections with `AUDIT=on`, between two shares of a fifth of that with `AUDIT=off`; then reads and updates for as long.
 * Tells whether what waits to be sealed grows, what a record costs until it can be searched, and what memory the server has at the end.
 * @param {readonly string[]} options `--minutes=10`; one without
 */
export function benchSustained(options) {
  const minutes = Number(options.find((option) => option.startsWith('--minutes='))?.slice('--minutes='.length) ?? 1);
  return withSides(async (on, off, idle) => {
    const share = minutes * 12;
    const before = await read(off, share);
    const { run, waiting } = await readWatched(on, minutes * 60);
    // Sealed before the other server reads again: its work is of these reads, and would be in the way of those.
    const sealing = await untilSealed(on);
    const after = await read(off, share);
    const plain = {
      count: before.count + after.count,
      seconds: before.seconds + after.seconds,
      cpu: before.cpu + after.cpu,
    };
    await reportReads({ minutes, run, plain, waiting, sealing, on });
    await reportMemory(minutes, on, idle);
  });
}

/** @param {(on: Side, off: Side, idle: number) => Promise<void>} work */
async function withSides(work) {
  const options = async (/** @type {string} */ AUDIT) => ({ port: await freePort(), variables: { AUDIT } });
  await withLanyard(
    async (audited) => {
      await sleep(restBefore);
      const idle = memoryOf(audited.pid).now;
      await withLanyard(
        async (plain) => {
          const sides = [await prepare(audited), await prepare(plain)];
          try {
            await work(/** @type {Side} */ (sides[0]), /** @type {Side} */ (sides[1]), idle);
          } finally {
            for (const { generator } of sides) generator.close();
          }
        },
        await options('off'),
      );
    },
    await options('on'),
  );
}

/** Stores the Patients, and warms the server up. @param {Lanyard} server @returns {Promise<Side>} */
async function prepare(server) {
  const token = await server.logIn();
  const entry = Array.from({ length: patients }, (_, n) => ({
    resource: { ...aPatient(n), id: `bench-${n}` },
    request: { method: 'PUT', url: `Patient/bench-${n}` },
  }));
  const answer = await fetch(server.base, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
  const side = { server, token, generator: new LoadGenerator() };
  await read(side, 5);
  return side;
}

const paths = Array.from({ length: patients }, (_, n) => `/fhir/r4/Patient/bench-${n}`);

/** @param {Side} side @param {Partial<import('./load-generator.mjs').Job>} [job] */
async function send({ server, token, generator }, job) {
  const reads = { method: 'GET', paths, count: requestsOfJob, connections, expect: 200 };
  const { wrong, seconds } = await generator.send({ ...reads, ...job, origin: server.origin, tokens: [token] });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return seconds;
}

/** @param {Lanyard} server */
const spent = ({ pid, postgres }) => cpuOf(pid) + cpuOfFamily(postgres.pid);

/** @param {Side} side @param {number} atLeast seconds @param {(seconds: number) => unknown} [next] called after each job @returns {Promise<Run>} */
async function read(side, atLeast, next) {
  const before = spent(side.server);
  const run = { count: 0, seconds: 0, cpu: 0 };
  while (run.seconds < atLeast) {
    run.seconds += await send(side);
    run.count += requestsOfJob;
    await next?.(run.seconds);
  }
  return { ...run, cpu: spent(side.server) - before };
}

/** With how many records waited after each tenth of the time. @param {Side} side @param {number} atLeast seconds */
async function readWatched(side, atLeast) {
  /** @type {number[]} */
  const waiting = [];
  const run = await read(side, atLeast, async (seconds) => {
    if (seconds >= (atLeast / 10) * (waiting.length + 1)) waiting.push(await side.server.waitingRecords());
  });
  return { run, waiting };
}

/** Waits until every record is an AuditEvent; returns how long, and the CPU of it. @param {Side} side */
async function untilSealed({ server }) {
  const [from, before] = [performance.now(), spent(server)];
  await server.untilSealed(patience);
  return { seconds: (performance.now() - from) / 1000, cpu: spent(server) - before };
}

/** @param {{ minutes: number, run: Run, plain: Run, waiting: number[], sealing: { seconds: number, cpu: number }, on: Side }} measured */
async function reportReads({ minutes, run, plain, waiting, sealing, on }) {
  const rate = run.count / run.seconds;
  const ratio = rate / (plain.count / plain.seconds);
  const [half = NaN, last = NaN] = [waiting[4], waiting.at(-1)];
  const isFlat = last <= Math.max(half * mostGrowth, secondsOfRecords * rate);
  const each = (/** @type {Pick<Run, 'cpu' | 'count'>} */ { cpu, count }) => (cpu * 1000) / count;
  const whole = each({ cpu: run.cpu + sealing.cpu, count: run.count });
  const bytes = await bytesOfEvents(on.server);
  printTable(`sustained: GET Patient/{id}, ${connections} connections, ${minutes} minutes`, [
    { what: 'reads, AUDIT=on', value: inUnits(rate, '/s') },
    { what: 'of the rate with AUDIT=off', value: ratio.toFixed(2), target: `>= 0.75: ${verdict(ratio >= 0.75)}` },
    { what: 'records that wait, after each tenth', value: waiting.join(', ') },
    {
      what: 'at the end beside half the time',
      value: (last / half).toFixed(2),
      target: `<= ${mostGrowth}, or records of ${secondsOfRecords} s: ${verdict(isFlat)}`,
    },
    { what: 'until the last one was sealed', value: inUnits(sealing.seconds, 's', 1) },
    { what: 'CPU of a read with its record, sealed', value: inUnits(whole, 'ms', 3) },
    {
      what: 'of it the audit',
      value: inUnits(whole - each(plain), 'ms', 3),
      ...floor(whole - each(plain), 0.06, ' ms'),
    },
    {
      what: 'an AuditEvent on disk, with seal and indexes',
      value: inUnits(bytes, 'kB', 2),
      ...floor(bytes, 0.7, ' kB'),
    },
  ]);
}

/** @param {boolean} isMet */
const verdict = (isMet) => (isMet ? 'met' : 'missed');

/** @param {Lanyard} server */
async function bytesOfEvents(server) {
  const [{ bytes, events }] = await server.query(`
    SELECT pg_total_relation_size('resource_auditevent') + pg_total_relation_size('audit_head') + pg_total_relation_size('audit_seal') AS bytes,
      (SELECT count(*) FROM resource_auditevent) AS events`);
  return Number(bytes) / Number(events) / 1000;
}

/** Every fourth request is an update. @param {number} minutes @param {Side} side @param {number} idle MB */
async function reportMemory(minutes, side, idle) {
  const { pid } = side.server;
  const writer = { ...side, generator: new LoadGenerator() };
  const end = performance.now() + minutes * 60_000;
  forgetHighest(pid);
  try {
    for (let round = 0; performance.now() < end; round++) {
      const bodies = Array.from({ length: patients }, (_, n) =>
        JSON.stringify({
          ...aPatient(n),
          id: `bench-${n}`,
          telecom: [{ system: 'phone', value: `555-${round}-${n}` }],
        }),
      );
      await Promise.all([
        send(side, { connections: (connections * 3) / 4, count: (requestsOfJob * 3) / 4 }),
        send(writer, { method: 'PUT', bodies, connections: connections / 4, count: requestsOfJob / 4 }),
      ]);
    }
  } finally {
    writer.generator.close();
  }
  const { now, highest } = memoryOf(pid);
  printTable(`sustained: memory of the server, ${minutes} minutes of reads and updates, ${connections} connections`, [
    { what: 'after the start, at rest', value: inUnits(idle, 'MB'), ...floor(idle, 180, ' MB') },
    { what: 'at the end', value: inUnits(now, 'MB'), ...floor(now, 300, ' MB') },
    { what: 'at its highest', value: inUnits(highest, 'MB') },
  ]);
}

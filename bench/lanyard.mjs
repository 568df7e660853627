// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { compiled, dist, root } from '../scripts/paths.mjs';

export const adminPassword = 'bench-admin-password';
const startPatience = 60_000;
const stopPatience = 30_000;
/** Milliseconds between two looks at audit records. */
const sealingPause = 250;
/** Flags that `lanyard` gives Node.js, as its first line has them. */
export const flagsOfLanyard =
  readFileSync(join(root, 'bin/lanyard.mjs'), 'utf8')
    .split('\n', 1)[0]
    ?.match(/--\w\S*/g) ?? [];

/** A folder for the data of one run, removed when `work` is done. @template T @param {(folder: string) => Promise<T>} work */
export async function withDataDir(work) {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-bench-'));
  // Started as root, PostgreSQL runs as another user, who has to be able to pass.
  chmodSync(folder, 0o711);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `work` with a built server on loopback that has its own embedded PostgreSQL, and ends both. @template T @param {(server: Lanyard) => Promise<T>} work @param {{ variables?: Record<string, string>, port?: number, flags?: string[] }} [options] */
export function withLanyard(work, { variables = {}, port, flags = [] } = {}) {
  return withDataDir(async (dataDir) =>
    withServerIn(dataDir, { variables, flags, port: port ?? (await freePort()) }, work),
  );
}

/** Runs `work` with a built server whose data are in a folder, and ends it. @template T @param {string} dataDir @param {{ variables?: Record<string, string>, port: number, flags?: string[] }} options @param {(server: Lanyard) => Promise<T>} work */
export async function withServerIn(dataDir, options, work) {
  const server = await Lanyard.start(dataDir, options);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The built server as its own process. */
export class Lanyard {
  /** @private @param {import('node:child_process').ChildProcess} child @param {string} dataDir @param {number} port @param {number} startedIn */
  constructor(child, dataDir, port, startedIn) {
    this.child = child;
    this.dataDir = dataDir;
    this.origin = `http://127.0.0.1:${port}`;
    this.base = `${this.origin}/fhir/r4`;
    /** Seconds from spawning to the first answer of `/health/ready`. */
    this.startedIn = startedIn;
  }

  /** @param {string} dataDir @param {{ variables?: Record<string, string>, port: number, flags?: string[] }} options */
  static async start(dataDir, { variables = {}, port, flags = [] }) {
    const from = performance.now();
    const child = spawn(process.execPath, [...flagsOfLanyard, ...flagsAsked(), ...flags, join(dist, 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: String(port),
        HOST: '127.0.0.1',
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        DATA_DIR: dataDir,
        ADMIN_PASSWORD: adminPassword,
        LOGIN: 'on',
        // As `lanyard` has it.
        MALLOC_TRIM_THRESHOLD_: '131072',
        NODE_COMPILE_CACHE: compiled,
        ...variables,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const onExit = () => void child.kill('SIGTERM');
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    const server = new Lanyard(child, dataDir, port, 0);
    try {
      await server.ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    server.startedIn = (performance.now() - from) / 1000;
    return server;
  }

  get pid() {
    return this.child.pid ?? 0;
  }

  /** The embedded PostgreSQL: process id and how to connect. */
  get postgres() {
    const [pid, , , , socketFolder] = readFileSync(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split(
      '\n',
    );
    return {
      pid: Number(pid),
      connection: { host: socketFolder, port: 5432, user: 'lanyard', database: 'lanyard' },
    };
  }

  /** @param {string} sql @param {unknown[]} [values] @returns {Promise<any[]>} */
  async query(sql, values = []) {
    const client = new Client(this.postgres.connection);
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Audit records that are no AuditEvents yet. */
  async waitingRecords() {
    const [{ waiting }] = await this.query('SELECT count(*)::int AS waiting FROM audit_record');
    return /** @type {number} */ (waiting);
  }

  /** Until all audit records are AuditEvents. @param {number} patience milliseconds */
  async untilSealed(patience) {
    for (const end = performance.now() + patience; (await this.waitingRecords()) > 0; await sleep(sealingPause))
      if (performance.now() > end) throw new Error(`Audit records waited for ${patience / 1000} s.`);
  }

  /** A token of the admin user. */
  async logIn() {
    const credentials = Buffer.from(`admin:${adminPassword}`).toString('base64');
    const answer = await fetch(`${this.base}/login`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
    });
    if (answer.status !== 200) throw new Error(`The login answered ${answer.status}.`);
    return /** @type {{ access_token: string }} */ (await answer.json()).access_token;
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const forced = setTimeout(() => this.child.kill('SIGKILL'), stopPatience);
    await ended;
    clearTimeout(forced);
  }

  /** @private */
  async ready() {
    for (const end = performance.now() + startPatience; performance.now() < end; await sleep(10)) {
      if (this.child.exitCode !== null) throw new Error(`The server ended with code ${this.child.exitCode}.`);
      const answer = await fetch(`${this.origin}/health/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 200) return;
    }
    throw new Error('The server did not become ready.');
  }
}

/** `BENCH_NODE_FLAGS`, such as `--cpu-prof`, to look for the cause of a number. */
const flagsAsked = () => (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

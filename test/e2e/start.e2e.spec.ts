import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPostmasterOf, readPostmaster } from '../../src/database/embedded/postmaster-pid.js';
import { builtSource } from '../support/built-source.js';
import { freePort } from '../support/free-port.js';
import { freshDatabase } from '../support/postgres.js';

/** The server as a process, as `npm start` runs it. */
class ServerProcess {
  output = '';
  errors = '';
  readonly exit: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (this.errors += text.toString()));
    // `close` comes after the last output.
    this.exit = once(child, 'close').then((args) => args[0] as number | null);
  }

  async ready(): Promise<this> {
    const listens = () => {
      if (!this.output.includes('listens on')) throw new Error(`It does not listen yet: ${this.output}${this.errors}`);
    };
    await vi.waitFor(listens, { timeout: 60_000 });
    return this;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }
}

const running: ServerProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-start-'));
  await chmod(folder, 0o711);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function run(variables: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: join(folder, 'data'), ...variables };
  const server = new ServerProcess(
    spawn(process.execPath, [join(await builtSource(), 'main.js')], { env, cwd: folder }),
  );
  running.push(server);
  return server;
}

async function isPostgresRunning(): Promise<boolean> {
  const cluster = join(folder, 'data/postgres');
  const postmaster = await readPostmaster(cluster);
  return postmaster !== undefined && (await isPostmasterOf(postmaster.pid, cluster));
}

describe('npm start without any setting', () => {
  it('prints the generated password once and commands that work as they are pasted', async () => {
    const PORT = String(await freePort());
    const first = await (await run({ PORT })).ready();
    expect(first.output).toContain(
      `Lanyard listens on http://127.0.0.1:${PORT}. FHIR base: http://localhost:${PORT}/fhir/r4`,
    );
    expect(first.output).toMatch(/^The password of "admin", shown only this once: \S+$/m);
    // Each line is a write of its own: those after the one that tells the address may come later.
    const commands = await vi.waitFor(() => {
      const lines = first.output.split('\n').filter((line) => line.startsWith('  '));
      expect(lines).toHaveLength(3);
      expect(lines[2]).toMatch(/\/Patient$/);
      return lines;
    });
    const { stdout } = await promisify(execFile)('sh', ['-c', commands.join('\n')]);
    expect(stdout).toMatch(/"resourceType":"Bundle".*"resourceType":"Patient","id":/s);

    expect(await first.stop('SIGINT')).toBe(0);
    expect(await isPostgresRunning()).toBe(false);
    const second = await (await run({ PORT })).ready();
    expect(second.output).not.toContain('shown only this once');
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(await isPostgresRunning()).toBe(false);
    expect(first.errors + second.errors).toBe('');
  });

  it('stops once when one Ctrl-C arrives twice, from the terminal and from npm', async () => {
    const server = await (await run({ PORT: String(await freePort()) })).ready();
    void server.stop('SIGINT');
    expect(await server.stop('SIGINT')).toBe(0);
    expect(await isPostgresRunning()).toBe(false);
  });
});

describe('a start that cannot go on', () => {
  it('names PORT when it is in use, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const server = await run({ PORT: String(port) });
    expect(await server.exit).toBe(1);
    expect(server.errors).toBe(
      `PORT: ${port} is in use by another program. Stop it, or choose another: PORT=${port + 1}\n`,
    );
    expect(await isPostgresRunning()).toBe(false);
    other.close();
  });

  it('gives one line for each wrong setting', async () => {
    const server = await run({ PORT: 'x', LOGIN: 'maybe' });
    expect(await server.exit).toBe(1);
    expect(server.errors.trim().split('\n')).toEqual([
      expect.stringMatching(/^PORT: .* Example: PORT=3000$/),
      expect.stringMatching(/^LOGIN: .* Example: LOGIN=on$/),
    ]);
    expect(server.output).toBe('');
  });

  it('says in one line which database it cannot reach, without the password', async () => {
    const PORT = String(await freePort());
    const server = await run({ PORT, DATABASE_URL: 'postgres://ada:s3cret@127.0.0.1:1/clinic' });
    expect(await server.exit).toBe(1);
    expect(server.errors).toBe(
      'DATABASE_URL: cannot reach the database "clinic" at 127.0.0.1:1: nothing listens there.\n',
    );
  });

  it('refuses production with what is only good for development', async () => {
    const server = await run({ NODE_ENV: 'production' });
    expect(await server.exit).toBe(1);
    expect(server.errors.match(/ALLOW_INSECURE=/g)).toHaveLength(4);
  });
});

describe('two servers on one database', () => {
  it('start at once on an empty one: one migrates, and one password is printed', async () => {
    const database = await freshDatabase('empty');
    const settings = { DATABASE_URL: database.url, HOST: '127.0.0.1', LOGIN: 'on' };
    const servers = await Promise.all(
      [freePort(), freePort()].map(async (port) => run({ ...settings, PORT: String(await port) })),
    );
    await Promise.all(servers.map((server) => server.ready()));
    const passwords = servers.flatMap(({ output }) => output.match(/shown only this once: \S+/g) ?? []);
    expect(passwords).toHaveLength(1);
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
    await database.drop();
  });
});

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type CommandResult, lanyard, spawnLanyard, type Variables } from './command-line.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { freePort } from './free-port.js';

/** A server that `lanyard start` runs, a folder for files, and commands beside it. */
export class ServerBeside {
  private constructor(
    readonly database: FreshDatabase,
    readonly folder: string,
    readonly variables: Variables,
    private readonly child: ChildProcess,
  ) {}

  static async start(adminPassword: string): Promise<ServerBeside> {
    const database = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-cli-'));
    const port = String(await freePort());
    const variables = {
      DATABASE_URL: database.url,
      PORT: port,
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      LOGIN: 'on',
      ADMIN_PASSWORD: adminPassword,
    };
    const child = await spawnLanyard(variables, ['start']);
    await listening(child);
    return new ServerBeside(database, folder, variables, child);
  }

  /** The FHIR base. */
  get base(): string {
    return `${this.variables['PUBLIC_URL']}/fhir/r4`;
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    return lanyard(this.variables, args);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The answer of `/login`. */
  logIn(user: string, password: string): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return fetch(`${this.base}/login`, { method: 'POST', headers: { authorization } });
  }

  async accessToken(user: string, password: string): Promise<string> {
    return ((await (await this.logIn(user, password)).json()) as { readonly access_token: string }).access_token;
  }

  /** The status of a GET. */
  async read(address: string, token: string): Promise<number> {
    return (await fetch(`${this.base}/${address}`, { headers: { authorization: `Bearer ${token}` } })).status;
  }

  async close(): Promise<void> {
    await stop(this.child);
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function listening(child: ChildProcess): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (output += text.toString()));
  await vi.waitFor(
    () => {
      if (!output.includes('listens on')) throw new Error(`It does not listen yet: ${output}`);
    },
    { timeout: 60_000, interval: 50 },
  );
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}

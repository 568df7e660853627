import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { vi } from 'vitest';
import { builtSource } from './built-source.js';
import { freePort } from './free-port.js';
import type { FreshDatabase } from './postgres.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

export const processPassword = 'crash-test-password';

/** The server as a process of its own on a database that outlives it; `kill` is the end without a warning. */
export class ServerProcess {
  private output = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    }
    this.ended = once(child, 'close');
  }

  /** `variables`: settings on top of the usual ones, or others of the process. */
  static async start(
    database: Pick<FreshDatabase, 'url'>,
    variables?: Readonly<Record<string, string>>,
  ): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(database, variables);
    await server.listens();
    return server;
  }

  /** Does not wait until it is ready. `program`: the `main.js` of another build. */
  static async spawn(
    database: Pick<FreshDatabase, 'url'>,
    variables: Readonly<Record<string, string>> = {},
    program?: string,
  ): Promise<ServerProcess> {
    const port = Number(variables['PORT'] ?? (await freePort()));
    const env = {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: database.url,
      PORT: String(port),
      HOST: '127.0.0.1',
      // One URL for all processes of a database, as behind one address.
      PUBLIC_URL: 'http://localhost:3000',
      LOGIN: 'on',
      LOG_LEVEL: 'error',
      // A machine that is busy with other tests turns nobody away.
      EVENT_LOOP_DELAY: '0',
      AUTH_FAILURE_RATE: '0',
      SIGN_IN_RATE: '0',
      ADMIN_PASSWORD: processPassword,
      ...variables,
    };
    return new ServerProcess(spawn(process.execPath, [program ?? join(await builtSource(), 'main.js')], { env }), port);
  }

  async listens(timeout = 90_000): Promise<void> {
    await vi.waitFor(
      () => {
        if (!this.output.includes('listens on')) throw new Error(`It does not listen yet: ${this.output}`);
      },
      { timeout, interval: 25 },
    );
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The FHIR base as this process listens on it. */
  get base(): string {
    return `${this.origin}/fhir/r4`;
  }

  /** Output so far. */
  get said(): string {
    return this.output;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Bytes of memory that the process occupies. */
  memory(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.child.pid)], { encoding: 'utf8' })) * 1024;
  }

  /** Its exit code; null if it was killed. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    await this.ended;
    return this.child.exitCode;
  }

  /** `path` is below the FHIR base. Rejects when the process dies before it has answered. */
  call(method: string, path: string, token?: string, body?: object): Promise<HttpAnswer> {
    return callFhir(this.base, { method, path, ...(token !== undefined && { token }), ...(body && { body }) });
  }

  async logIn(): Promise<{ readonly access: string; readonly refresh: string }> {
    return logInAt(this.base);
  }
}

/** Rejects when the server or what is in front of it dies before it has answered. */
export async function callFhir(
  base: string,
  { method, path, token, body, headers = {} }: Request,
): Promise<HttpAnswer> {
  const answer = await fetch(`${base}${path === '' ? '' : `/${path}`}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'content-type': ['logout', 'refresh'].includes(path) ? 'application/json' : 'application/fhir+json',
      }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  // A proxy in front of a server may answer with a page of its own.
  const content: unknown = text === '' ? {} : text.startsWith('<') ? { page: text } : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body: content };
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the administrator. */
export async function logInAt(base: string): Promise<{ readonly access: string; readonly refresh: string }> {
  const authorization = `Basic ${Buffer.from(`admin:${processPassword}`).toString('base64')}`;
  const answer = await fetch(`${base}/login`, { method: 'POST', headers: { authorization } });
  const tokens = (await answer.json()) as { access_token: string; refresh_token: string };
  return { access: tokens.access_token, refresh: tokens.refresh_token };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { vi } from 'vitest';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

/** A program of an installed project that listens for HTTP. */
export class Program {
  private output = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.ended = once(child, 'close');
  }

  /** Waits until it says where it listens. `command`: the program of Node and its arguments. */
  static async start(
    [node, ...args]: readonly [string, ...string[]],
    cwd: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<Program> {
    const env = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...variables };
    const program = new Program(spawn(node, args, { cwd, env }));
    await vi.waitFor(
      () => {
        if (!/listen(?:s|ing) on/i.test(program.output)) throw new Error(`It does not listen: ${program.output}`);
      },
      { timeout: 90_000, interval: 50 },
    );
    return program;
  }

  /** Standard output and errors so far. */
  get said(): string {
    return this.output;
  }

  get url(): string {
    return /listen(?:s|ing) on (http:\/\/[^\s/]+?)[./]?(?:\s|$)/i.exec(this.output)?.[1] ?? '';
  }

  async ask(path: string, { headers, ...init }: RequestInit & { readonly token?: string } = {}): Promise<Answer> {
    const { token, ...rest } = init;
    const answer = await fetch(this.url + path, {
      ...rest,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(headers as object) },
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  /** Asks it to stop; its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill('SIGTERM');
    await this.ended;
    return this.child.exitCode;
  }
}

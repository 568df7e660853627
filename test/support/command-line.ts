import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtSource } from './built-source.js';

export interface CommandResult {
  readonly exitCode: number | null;
  /** Standard output, for scripts. */
  readonly output: string;
  /** Standard error, for the person at the terminal. */
  readonly remarks: string;
}

export type Variables = Readonly<Record<string, string>>;

/**
 * Runs `lanyard` with these variables and no others, in a process that has loaded the server once: loading takes longer than
 * most commands. One runs after the other; {@link lanyardProcess} is the whole command.
 */
export async function lanyard(variables: Variables, args: readonly string[], input = ''): Promise<CommandResult> {
  return send({ args, variables: { PATH: process.env['PATH'] ?? '', ...variables }, input });
}

/** Runs what `lanyard-client.mjs` asks for at a socket, as {@link lanyard} does, until it is closed. */
export async function listenForCommands(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let command = '';
    socket.setEncoding('utf8').on('data', (part) => (command += String(part)));
    socket.on('end', () => {
      send(JSON.parse(command) as Command).then(
        (result) => socket.end(JSON.stringify(result)),
        () => socket.destroy(),
      );
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

/** Runs `lanyard` as a process of its own. */
export async function lanyardProcess(variables: Variables, args: readonly string[]): Promise<CommandResult> {
  return finished(await spawnLanyard(variables, args));
}

interface Command {
  readonly args: readonly string[];
  readonly variables: Variables;
  readonly input: string;
  /** Where it runs; in the folder of the tests unless given. */
  readonly folder?: string;
}

interface Commands {
  send(command: Command): Promise<CommandResult>;
}

interface Waiting {
  resolve(result: CommandResult): void;
  reject(error: Error): void;
}

let commands: Promise<Commands> | undefined;

async function send(command: Command): Promise<CommandResult> {
  const host = await (commands ??= startCommands());
  return host.send(command);
}

/** Ends with the process of the tests. */
async function startCommands(): Promise<Commands> {
  const script = fileURLToPath(new URL('commands.child.mjs', import.meta.url));
  const child = fork(script, [await builtSource()], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  child.unref();
  child.channel?.unref();
  // Answers come in the order of the commands.
  const waiting: Waiting[] = [];
  child.on('message', (result: CommandResult) => waiting.shift()?.resolve(result));
  child.on('exit', () => {
    for (const command of waiting.splice(0)) command.reject(new Error('The process of the commands ended.'));
  });
  return {
    send: (command) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.send(command);
      }),
  };
}

export async function spawnLanyard(variables: Variables, args: readonly string[]): Promise<ChildProcess> {
  const env = { PATH: process.env['PATH'] ?? '', ...variables };
  return spawn(process.execPath, [join(await builtSource(), 'cli/main.js'), ...args], { env });
}

export async function finished(child: ChildProcess, input = ''): Promise<CommandResult> {
  let output = '';
  let remarks = '';
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (remarks += text.toString()));
  child.stdin?.end(input);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output: output.trim(), remarks: remarks.trim() };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { builtSource } from './built-source.js';

export interface CommandResult {
  readonly exitCode: number | null;
  /** Standard output, for scripts. */
  readonly output: string;
  /** Standard error, for the person at the terminal. */
  readonly remarks: string;
}

export type Variables = Readonly<Record<string, string>>;

/** Runs `lanyard` as a process of its own, with these variables and no others. */
export async function lanyard(variables: Variables, args: readonly string[], input?: string): Promise<CommandResult> {
  return finished(await spawnLanyard(variables, args), input);
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, totalmem } from 'node:os';
import { exitCodes } from './exit-codes.js';

/** https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib; V8 takes it when a process begins, and not later. */
const option = '--max-semi-space-size';
/** MiB: the young generation takes up to three times as much. */
const mostMebibytes = 64;
/** Part of the memory of the machine or the container. */
const partOfMemory = 16;

/**
 * Commands that load data. Their objects live as long as a transaction: more of them are dead when a young generation of this size is collected, and
 * fewer are copied (docs/adr/0148).
 */
const loads: readonly (string | undefined)[] = ['import'];

export const isLoad = (args: readonly string[]): boolean => loads.includes(args[0] === '--tenant' ? args[2] : args[0]);

/** True where who began the process has chosen the size. */
export const isSizeChosen = (
  given: string = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' '),
): boolean => given.replaceAll('_', '-').includes(option);

/** Runs this command line in a process with a larger young generation; returns its exit code. It ends when this process does. */
export async function runWithYoungGeneration(): Promise<number> {
  const args = [`${option}=${semiSpaceFor(memory())}`, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // A terminal tells both of Ctrl-C, and the child ends by it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', (signal) => child.kill(signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal ? 128 + constants.signals[signal] : exitCodes.failed);
}

/** In the process that {@link runWithYoungGeneration} begins: ends it when the one that began it has gone. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(exitCodes.failed));
  process.channel?.unref();
}

/** MiB of a semi-space for so many bytes of memory. */
export const semiSpaceFor = (bytes: number): number =>
  Math.max(1, Math.min(mostMebibytes, Math.floor(bytes / 2 ** 20 / partOfMemory)));

/** Bytes that this process may have. */
function memory(): number {
  const constrained = process.constrainedMemory();
  return constrained ? Math.min(constrained, totalmem()) : totalmem();
}

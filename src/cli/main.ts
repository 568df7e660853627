import 'reflect-metadata';
import { exitCodes } from './exit-codes.js';
import { runCommand } from './run-command.js';

// A reader of the beginning only, such as `head`, ends the command.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
  process.exit(code === 'EPIPE' ? exitCodes.done : exitCodes.failed),
);

await runCommand(process.argv.slice(2));

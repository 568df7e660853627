import 'reflect-metadata';
import { exitCodes } from './exit-codes.js';
import { runCommand } from './run-command.js';
import { endWithParent, isLoad, isSizeChosen, runWithYoungGeneration } from './young-generation.js';

// A reader of the beginning only, such as `head`, ends the command.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
  process.exit(code === 'EPIPE' ? exitCodes.done : exitCodes.failed),
);

const args = process.argv.slice(2);
const hasParent = process.channel !== undefined && process.channel !== null;
if (isLoad(args) && !hasParent && !isSizeChosen()) process.exitCode = await runWithYoungGeneration();
else {
  if (isLoad(args) && hasParent) endWithParent();
  await runCommand(args);
}

import { CommanderError } from 'commander';
import { StartRefused } from '../config/checks/start-refused.js';
import { FhirError } from '../r4/errors/fhir-error.js';
import { addExtensionCommands } from './extension-commands.js';
import { forChosenTenant } from './chosen-tenant.js';
import { CommandFailed } from './command-failed.js';
import { exitCodes } from './exit-codes.js';
import { fileFailure } from './file-failure.js';
import { lanyard } from './program.js';
import { remark } from './terminal.js';

/** Runs one command; sets the exit code of the process, and says why if it fails. */
export async function runCommand(given: readonly string[]): Promise<void> {
  try {
    await forChosenTenant(given, async (args) => {
      const program = lanyard();
      const explainFor = await addExtensionCommands(program, args);
      await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => {
        throw explainFor(error);
      });
    });
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** Says what went wrong, and answers with the exit code for it. */
function explain(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof CommandFailed) {
    remark(...error.lines);
    return error.exitCode;
  }
  if (error instanceof StartRefused) remark(...error.lines);
  else if (error instanceof FhirError) remark(...error.issues.map(({ diagnostics }) => diagnostics ?? error.message));
  else remark(fileFailure(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return exitCodes.failed;
}

import type { Command } from 'commander';
import type { PurgeOptions } from '../actions/patient-purge.js';

export function patientCommand(program: Command): void {
  const patient = program.command('patient').description('the whole record of one person');
  patient
    .command('purge <id>')
    .description('erase the record of a Patient with its history and content for good')
    .option('--preview', 'say what would go and what would stay, and erase nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
What other records hold as well stays, and is named. The audit trail stays: who saw the record, and that it was erased.
  lanyard patient purge p1 --preview
  lanyard patient purge p1`,
    )
    .action(async (id: string, options: PurgeOptions) =>
      (await import('../actions/patient-purge.js')).purge(id, options),
    );
}

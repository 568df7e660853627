import type { Command } from 'commander';
import type { PurgeOptions } from '../actions/patient-purge.js';

export function patientCommand(program: Command): void {
  const patient = program.command('patient').description('the whole record of one person');
  patient
    .command('export <id> <folder>')
    .description('write all that is stored of a Patient, and who saw it, into a folder')
    .addHelpText(
      'after',
      `
A file of NDJSON for each type, history.ndjson with the versions of before, document.json with all of it as a FHIR document, and
disclosures.csv. The folder has to be empty, or not there.
  lanyard patient export p1 ./record-of-p1`,
    )
    .action(async (id: string, folder: string) =>
      (await import('../actions/patient-export.js')).exportPatient(id, folder),
    );
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

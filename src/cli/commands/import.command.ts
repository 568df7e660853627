import type { Command } from 'commander';
import type { ImportOptions } from '../actions/import.js';

export function importCommand(program: Command): void {
  program
    .command('import <place>')
    .description(
      'store the resources of a file, of all files of a folder or of an address: NDJSON, Bundles, each also as .gz or in a .zip',
    )
    .option('--errors <file>', 'write an OperationOutcome for each resource that was not stored, as NDJSON')
    .option('--batch <count>', 'resources of one transaction', '500')
    .option(
      '--validate <how>',
      'strict or structure, in place of the setting VALIDATION, or none: only what the server itself rests on',
    )
    .option(
      '--conditional',
      'find resources that are here already by their first identifier, and keep the ids of those',
    )
    .option('--dry-run', 'judge everything, and store nothing')
    .addHelpText(
      'after',
      `
Resources keep their ids; those of Bundles that name each other by urn:uuid get these as ids, and those without any get one that follows
from their content. So running it again stores nothing twice: what did not change gets no version, and what was missing is added.
Exit code 1 if some resource was not stored; --errors says which, with file and line.
  lanyard import ./synthea/output/fhir
With --conditional, what has the first identifier (system and value) of a resource here is stored at its id, and references lead there; the files are
read twice.
  lanyard import ./other-server --conditional --errors errors.ndjson
With --dry-run, each transaction is undone: references to what an earlier one would have stored do not count then.
  lanyard import Patient.ndjson.gz --errors errors.ndjson
  lanyard import https://files.example.org/Patient.ndjson --dry-run`,
    )
    .action(async (place: string, options: ImportOptions) =>
      (await import('../actions/import.js')).importFiles(place, options),
    );
}

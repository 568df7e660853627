import type { Command } from 'commander';
import type { ExportOptions } from '../actions/export.js';

export function exportCommand(program: Command): void {
  program
    .command('export <folder>')
    .description('write all resources of one moment into a folder, a file of NDJSON for each type')
    .option('--type <type...>', 'only these resource types')
    .option('--gzip', 'compress the files')
    .addHelpText(
      'after',
      `
The folder is made, or is empty. "lanyard import FOLDER" takes it in again, on an empty server as well.
  lanyard export ./all
  lanyard export ./patients --type Patient Observation --gzip`,
    )
    .action(async (folder: string, options: ExportOptions) =>
      (await import('../actions/export.js')).exportAll(folder, options),
    );
}

import type { Command } from 'commander';
import type { ExtensionsOptions } from '../actions/extensions.js';

export function extensionsCommand(program: Command): void {
  program
    .command('extensions')
    .description('list the extensions of this server, with all that they bring')
    .option('--server <address>', 'list those of a running server (its PUBLIC_URL), with calls, errors and times')
    .option('--token <token>', 'an access token for it with the right admin/Job.r; - reads it from the standard input')
    .option('--json', 'print the list for machines')
    .addHelpText(
      'after',
      `
Extensions are named by the setting EXTENSIONS; their settings are listed with their texts.
  EXTENSIONS=@acme/cardio lanyard extensions
  lanyard extensions --server https://fhir.example --token - < token.txt`,
    )
    .action(async (options: ExtensionsOptions) => (await import('../actions/extensions.js')).listExtensions(options));
}

import type { Command } from 'commander';

export function extensionsCommand(program: Command): void {
  program
    .command('extensions')
    .description('list the extensions of this server, with all that they bring')
    .option('--json', 'print the list for machines')
    .addHelpText(
      'after',
      `
Extensions are named by the setting EXTENSIONS; their settings are listed with their texts.
  EXTENSIONS=@acme/cardio lanyard extensions`,
    )
    .action(async (options: { readonly json?: true }) =>
      (await import('../actions/extensions.js')).listExtensions(options),
    );
}

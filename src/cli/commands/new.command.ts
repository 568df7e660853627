import type { Command } from 'commander';

export function newCommand(program: Command): void {
  program
    .command('new')
    .description('write the beginning of something of your own')
    .command('extension')
    .argument('<name>', 'name of the package, such as cardio or @acme/cardio')
    .description('an extension of this server: an operation, a hook, a policy, a search parameter, and their tests')
    .addHelpText(
      'after',
      `
Writes a folder with the last part of the name into the working directory, and asks no network.
  lanyard new extension @acme/cardio
  cd cardio && npm install && npm test`,
    )
    .action(async (name: string) => (await import('../actions/new-extension.js')).newExtension(name));
}

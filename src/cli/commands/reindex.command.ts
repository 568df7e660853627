import type { Command } from 'commander';
import type { ReindexOptions } from '../actions/reindex.js';

export function reindexCommand(program: Command): void {
  program
    .command('reindex')
    .description('index the stored resources anew, while the server goes on')
    .option('--type <type...>', 'only these resource types')
    .option('--verify', 'index nothing; only look whether a sample is right')
    .addHelpText(
      'after',
      `
Waits until it is done, and then looks at a sample again: exit code 1 if the index of any differs from its data.
Stopping the command loses nothing: a running server goes on with it, or the next one that starts.
  lanyard reindex --type Patient Observation`,
    )
    .action(async (options: ReindexOptions) => (await import('../actions/reindex.js')).reindex(options));
}

import { type Command, Option } from 'commander';
import type { MigrateOptions } from '../actions/migrate.js';

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema of the database up to date with this release')
    .option('--plan', 'show what would be done and which locks it takes, and change nothing')
    .addOption(
      new Option('--distribute', 'spread the tables of tenants over the nodes of Citus as well').conflicts('plan'),
    )
    .option('--json', 'print the result for machines')
    .addHelpText(
      'after',
      `
The server does it by itself when it starts, unless MIGRATIONS=manual. Servers of this release and of the one before it may
run meanwhile. Of several at once, one migrates and the others wait. Behind a pooler, DATABASE_DIRECT_URL leads past it.
  lanyard migrate --plan
  lanyard migrate
  lanyard migrate --distribute

With --distribute no server may run: a table is distributed with a lock that keeps others out as long as its rows are copied.
What it has done stays done, and whoever runs it again goes on. Afterwards each migration distributes what it makes.

Exit codes: 0 the schema is up to date (now), 1 failed, 2 written wrong, 3 --plan found something to do.`,
    )
    .action(async (options: MigrateOptions) => (await import('../actions/migrate.js')).migrateDatabase(options));
}

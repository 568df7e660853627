import type { Command } from 'commander';

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('start the server, as "npm start" does')
    .addHelpText(
      'after',
      `
Without DATABASE_URL it brings its own PostgreSQL and keeps it under DATA_DIR (./data).
  PORT=8080 lanyard start
  DATABASE_URL=postgres://lanyard:…@db.example/lanyard PUBLIC_URL=https://fhir.example lanyard start`,
    )
    .action(async () => (await import('../../app/start/process.js')).runServer());
}

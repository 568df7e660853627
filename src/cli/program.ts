import { Command } from 'commander';
import { serverVersion } from '../config/server-version.js';
import { applyCommand } from './commands/apply.command.js';
import { auditCommand } from './commands/audit.command.js';
import { clientCommand } from './commands/client.command.js';
import { doctorCommand } from './commands/doctor.command.js';
import { extensionsCommand } from './commands/extensions.command.js';
import { launchCommand } from './commands/launch.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { newCommand } from './commands/new.command.js';
import { packageCommand } from './commands/package.command.js';
import { validationCommand } from './commands/validation.command.js';
import { patientCommand } from './commands/patient.command.js';
import { jobsCommand } from './commands/jobs.command.js';
import { exportCommand } from './commands/export.command.js';
import { importCommand } from './commands/import.command.js';
import { outboxCommand } from './commands/outbox.command.js';
import { openapiCommand } from './commands/openapi.command.js';
import { policyCommand } from './commands/policy.command.js';
import { quickstartCommand } from './commands/quickstart.command.js';
import { reindexCommand } from './commands/reindex.command.js';
import { startCommand } from './commands/start.command.js';
import { tenantCommand } from './commands/tenant.command.js';
import { terminologyCommand } from './commands/terminology.command.js';
import { tokenCommand } from './commands/token.command.js';
import { userCommand } from './commands/user.command.js';

const commands = [
  startCommand,
  doctorCommand,
  tenantCommand,
  extensionsCommand,
  migrateCommand,
  userCommand,
  clientCommand,
  launchCommand,
  tokenCommand,
  applyCommand,
  policyCommand,
  quickstartCommand,
  exportCommand,
  importCommand,
  patientCommand,
  jobsCommand,
  reindexCommand,
  outboxCommand,
  packageCommand,
  validationCommand,
  terminologyCommand,
  auditCommand,
  openapiCommand,
  newCommand,
];

/** The command line. Commands that need the database take the settings of the server from the same environment. */
export function lanyard(): Command {
  const program = new Command('lanyard')
    .description('A FHIR R4 server with its own SMART on FHIR authorization server.')
    .version(serverVersion)
    // "--version" after a command is an option of the command.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(add --help to see how it is written)')
    .addHelpText(
      'after',
      `
Settings come from the environment and .env, as for the server itself: DATABASE_URL or DATA_DIR, PUBLIC_URL …
lanyard --tenant NAME user …, and so for other commands of one tenant (TENANTS=path).
Commands work beside a running server; a change reaches it within 5 seconds.

Exit codes: 0 done, 1 failed, 2 the command is written wrong, 3 "apply --dry-run" or "migrate --plan"
found something to change.

Begin with:
  lanyard start                                  the server, with a database of its own
  lanyard doctor                                 whether everything is as it should be
  lanyard user add jane --grants "user/*.rs"     somebody who may log in
  lanyard client add --help                      an app, or a backend service`,
    );
  for (const command of commands) command(program);
  return program;
}

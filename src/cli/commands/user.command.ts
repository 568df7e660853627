import type { Command } from 'commander';
import type { AccessOptions } from '../actions/access.js';
import type { UserOptions } from '../actions/user.js';
import { userLinkCommands } from './user-link.command.js';
import { userPasswordCommand } from './user-password.command.js';

const actions = () => import('../actions/user.js');

const grantsHelp =
  'what the user may do at most: SMART scopes such as "user/*.rs" or "user/Patient.rs user/Observation.rs", and rights to administer such as "admin/User.u" or "admin/Policy.cruds"';
const administratorHelp = 'let the user administer everything: the same as admin/*.cruds among the grants';
const fhirUserHelp = 'who the user is in the data, such as Practitioner/p1 or Patient/p1';
const clearanceHelp = 'the highest confidentiality the user may see: U, L, M, N, R or V';
const breakGlassHelp = 'let the user lift Consents in an emergency (X-Purpose-Of-Use: BTG; reason="…")';
const consentExemptHelp = 'Consents do not count for the user at all, reading included';
const ownIdsHelp = 'the user may create at ids of their own (PUT) although Consents deny something: to load data';
const passwordHelp = 'read the password from this file; - is the standard input';

export function userCommand(program: Command): void {
  const user = program.command('user').description('the users that log in to this server');
  user
    .command('add <name>')
    .description('add a user; without --password-file a password is made and shown once')
    .option('--grants <scopes>', grantsHelp)
    .option('--administrator', administratorHelp)
    .option('--fhir-user <reference>', fhirUserHelp)
    .option('--clearance <code>', clearanceHelp)
    .option('--break-glass', breakGlassHelp)
    .option('--consent-exempt', consentExemptHelp)
    .option('--own-ids', ownIdsHelp)
    .option('--password-file <path>', passwordHelp)
    .addHelpText(
      'after',
      `
An app acts within what its user may do. A user linked to a Patient sees that patient's record only.
  lanyard user add dr-jane --grants "user/*.cruds" --fhir-user Practitioner/p1
  lanyard user add peter --grants "user/*.rs" --fhir-user Patient/p1 --password-file - < password.txt
To administer is a right of its own, and no scope for resources implies it:
  lanyard user add root --administrator --grants "user/*.cruds"
  lanyard user add helpdesk --grants admin/User.u
  lanyard user add officer --grants admin/Policy.cruds`,
    )
    .action(async (name: string, options: UserOptions) => (await actions()).add(name, options));
  user
    .command('list')
    .description('show all users')
    .option('--json', 'as JSON')
    .action(async (options: { readonly json?: true }) => (await actions()).list(options));
  setCommand(user);
  user
    .command('disable <name>')
    .description('stop a user from logging in; ends sessions and apps at once')
    .action(async (name: string) => (await actions()).change(name, { disabled: true }));
  user
    .command('end-sessions <name>')
    .description('end what a user is logged in to, in browsers and in apps')
    .action(async (name: string) => (await actions()).endSessions(name));
  accessCommand(user);
  userPasswordCommand(user);
  userLinkCommands(user);
}

function accessCommand(user: Command): void {
  user
    .command('access <name>')
    .description('what a user may do, type by type, or what they would be shown of the record of a patient')
    .option('--client <id>', 'by the token that this app would get for the user; without it: that of a login')
    .option('--scope <scopes>', 'with these scopes alone')
    .option('--patient <id>', 'count the record of this Patient, and say what keeps the rest back')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
No token is made: the functions that decide requests decide the answer. Each question is written down in the audit trail.
  lanyard user access dr-jane
  lanyard user access dr-jane --client growth-chart --patient p1`,
    )
    .action(async (name: string, options: AccessOptions) =>
      (await import('../actions/access.js')).userAccess(name, options),
    );
}

function setCommand(user: Command): void {
  user
    .command('set <name>')
    .description('change a user; ends what the user is logged in to')
    .option('--grants <scopes>', grantsHelp)
    .option('--administrator', administratorHelp)
    .option('--no-administrator', 'take all rights to administer from the user')
    .option('--fhir-user <reference>', fhirUserHelp)
    .option('--no-fhir-user', 'the user is nobody in the data any more')
    .option('--clearance <code>', clearanceHelp)
    .option('--no-clearance', 'the user has the clearance of the setting CLEARANCE again')
    .option('--break-glass', breakGlassHelp)
    .option('--no-break-glass', 'the user may not lift Consents any more')
    .option('--consent-exempt', consentExemptHelp)
    .option('--own-ids', ownIdsHelp)
    .option('--no-consent-exempt', 'Consents count for the user again')
    .option('--no-own-ids', 'the user creates by POST only while Consents deny something')
    .option('--password-file <path>', passwordHelp)
    .option('--generate-password', 'make a new password and show it once')
    .option('--enable', 'let a disabled user log in again')
    .action(async (name: string, options: UserOptions) => (await actions()).set(name, options));
}

import type { Command } from 'commander';
import type { CreateOptions, LookOptions, SettingsOptions } from '../actions/tenant.js';

const actions = () => import('../actions/tenant.js');

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function tenantCommand(program: Command): void {
  const tenant = program
    .command('tenant')
    .description('the tenants of this server (TENANTS=path or host), for its operator');
  tenant
    .command('create <name>')
    .description('make a tenant and its first administrator, whose password is shown once')
    .option('--administrator <user>', 'name of that user; ADMIN_USER when absent')
    .option('--password-file <path>', 'read the password from this file; - is the standard input')
    .option(
      '--from <path>',
      'make what this file or folder declares for it: users, apps, policies, as "lanyard apply" does',
    )
    .addHelpText(
      'after',
      `
A tenant is a server of its own below $PUBLIC_URL/t/NAME, or at a host of its own with TENANTS=host: data, users,
apps, keys and audit are no other's.
Names are 3 to 40 lower case letters, digits and hyphens. Running servers answer for it within 5 seconds.
  lanyard tenant create north-hospital --from north-hospital.yaml
Commands for one tenant name it first:
  lanyard --tenant north-hospital user add jane --grants "user/*.rs"`,
    )
    .action(async (name: string, options: CreateOptions) => (await actions()).create(name, options));
  tenant
    .command('list')
    .description('show all tenants')
    .option('--json', 'as JSON')
    .action(async (options: { readonly json?: true }) => (await actions()).list(options));
  tenant
    .command('show <name>')
    .description('show a tenant and its addresses')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { readonly json?: true }) => (await actions()).show(name, options));
  limitsCommand(tenant);
  settingsCommand(tenant);
  eraseCommand(tenant);
  transferCommands(tenant);
  breakGlassCommand(tenant);
  tenant
    .command('suspend <name>')
    .description('let its addresses answer as if there were no such tenant; nothing of it is lost')
    .action(async (name: string) => (await actions()).setState(name, 'suspended'));
  tenant
    .command('resume <name>')
    .description('let a suspended tenant answer again')
    .action(async (name: string) => (await actions()).setState(name, 'active'));
}

function eraseCommand(tenant: Command): void {
  tenant
    .command('erase <name>')
    .description('remove all that a suspended tenant holds, for good')
    .option('--yes', 'do not ask for the name')
    .addHelpText(
      'after',
      `
Data, users, apps, keys, jobs, audit and contents of Binaries are gone afterwards. What is left is one row of the operator's: that there
was a tenant, from when to when. Its name is free again. Backups keep what they have.
  lanyard tenant suspend north-hospital
  lanyard tenant erase north-hospital`,
    )
    .action(async (name: string, options: { readonly yes?: true }) => (await actions()).erase(name, options));
}

function breakGlassCommand(tenant: Command): void {
  tenant
    .command('break-glass <name>')
    .description('print a token to look into a tenant for a quarter of an hour; its audit names you and your reason')
    .requiredOption('--operator <name>', 'who looks inside')
    .requiredOption('--reason <text>', 'what for, such as a ticket')
    .option('--scope <scopes>', 'read with these only, such as "user/Patient.rs"')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
The token reads, and changes nothing. Policies, Consents and labels of the tenant hold for it. Administrators of the tenant see the
account "Operator:NAME" and each of its reads, and end it by disabling that account.
  lanyard tenant break-glass north-hospital --operator jane --reason "ticket 4711: searches are slow"`,
    )
    .action(async (name: string, options: LookOptions) => (await actions()).breakGlass(name, options));
}

function transferCommands(tenant: Command): void {
  tenant
    .command('export <name> <file>')
    .description('write all that a tenant holds into a file: data with its history, accounts, apps, keys, audit')
    .option('--without-contents', 'contents of Binaries that lie in another store are brought along by other means')
    .addHelpText(
      'after',
      `
The file is what the tenant was at one moment. Suspend it first where it moves, so that nothing is written afterwards.
  lanyard tenant suspend north-hospital
  lanyard tenant export north-hospital north-hospital.lanyard.gz`,
    )
    .action(async (name: string, file: string, options: { readonly withoutContents?: boolean }) =>
      (await actions()).exportTo(name, file, options),
    );
  tenant
    .command('import <file>')
    .description('make a tenant of such a file, of a server of the same release; all of it, or nothing')
    .option('--as <name>', 'under another name')
    .addHelpText(
      'after',
      `
Base and issuer are those of this server and the name. Where they are others than before, tokens of before do not count, and apps
need the new addresses. Limits, and settings of its own, do not come along.
  lanyard tenant import north-hospital.lanyard.gz --as north-clinic`,
    )
    .action(async (file: string, options: { readonly as?: string }) => (await actions()).importFrom(file, options));
}

function limitsCommand(tenant: Command): void {
  tenant
    .command('limits <name>')
    .description('show what the tenant may use, or set it; beyond it, requests are answered 429 or 507')
    .option('--set <limit=value>', 'may be given several times; off takes the limit away', collect)
    .addHelpText(
      'after',
      `
  requests    requests a second that one server process answers
  resources   live resources, AuditEvents apart
  bytes       bytes of all versions and of contents of Binaries, such as 50G
  jobs        jobs under way at once
  exports     bytes of the files of exports that are kept
  lanyard tenant limits north-hospital --set bytes=50G --set requests=200`,
    )
    .action(async (name: string, options: { readonly set?: readonly string[] }) =>
      (await actions()).limits(name, options),
    );
}

function settingsCommand(tenant: Command): void {
  tenant
    .command('settings <name>')
    .description(
      'show the settings that a tenant has of its own, or change them; those of the process count for the rest',
    )
    .option('--set <NAME=value>', 'may be given several times; as in the environment, an empty value is none', collect)
    .option('--unset <NAME>', 'let that of the process count again; may be given several times', collect)
    .option('--reset', 'take away all that it has of its own before, also where KEY_ENCRYPTION_SECRET does not open it')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Whom the tenant trusts, the look of its pages, what its content has to be, and how it is searched. What is in a file of this machine is
stored with the tenant: JSON, secrets of login providers, a logo. Secrets are not shown again.
  lanyard tenant settings north-hospital --set VALIDATION=structure --set ORGANISATION_NAME="Northern Hospital"
  lanyard tenant settings north-hospital --set TRUSTED_ISSUERS=@issuers.json --set ORGANISATION_LOGO=logo.png`,
    )
    .action(async (name: string, options: SettingsOptions) => (await actions()).settings(name, options));
}

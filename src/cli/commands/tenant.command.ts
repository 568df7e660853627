import type { Command } from 'commander';
import type { CreateOptions } from '../actions/tenant.js';

const actions = () => import('../actions/tenant.js');

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function tenantCommand(program: Command): void {
  const tenant = program.command('tenant').description('the tenants of this server (TENANTS=path), for its operator');
  tenant
    .command('create <name>')
    .description('make a tenant and its first administrator, whose password is shown once')
    .option('--administrator <user>', 'name of that user; ADMIN_USER when absent')
    .option('--password-file <path>', 'read the password from this file; - is the standard input')
    .addHelpText(
      'after',
      `
A tenant is a server of its own below $PUBLIC_URL/t/NAME: data, users, apps, keys and audit are no other's.
Names are 3 to 40 lower case letters, digits and hyphens. Running servers answer for it within 5 seconds.
  lanyard tenant create north-hospital
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
  tenant
    .command('suspend <name>')
    .description('let its addresses answer as if there were no such tenant; nothing of it is lost')
    .action(async (name: string) => (await actions()).setState(name, 'suspended'));
  tenant
    .command('resume <name>')
    .description('let a suspended tenant answer again')
    .action(async (name: string) => (await actions()).setState(name, 'active'));
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
  lanyard tenant limits north-hospital --set bytes=50G --set requests=200`,
    )
    .action(async (name: string, options: { readonly set?: readonly string[] }) =>
      (await actions()).limits(name, options),
    );
}

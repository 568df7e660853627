import type { Command } from 'commander';
import type { CreateOptions } from '../actions/tenant.js';

const actions = () => import('../actions/tenant.js');

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
  tenant
    .command('suspend <name>')
    .description('let its addresses answer as if there were no such tenant; nothing of it is lost')
    .action(async (name: string) => (await actions()).setState(name, 'suspended'));
  tenant
    .command('resume <name>')
    .description('let a suspended tenant answer again')
    .action(async (name: string) => (await actions()).setState(name, 'active'));
}

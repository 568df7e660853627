import { TenantAdministration } from '../../app/tenants/tenant-administration.js';
import { tenantAnswer } from '../../app/tenants/tenant-answer.js';
import { type LimitChanges, limitNames, readLimitChange } from '../../database/tenants/tenant-limits.js';
import { changeServer } from '../audited.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { type OpenServer, withServer } from '../open-server.js';
import { readSecret } from '../read-text.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface CreateOptions {
  readonly administrator?: string;
  readonly passwordFile?: string;
}

interface Shown {
  readonly json?: true;
}

export async function create(name: string, { administrator, passwordFile }: CreateOptions): Promise<void> {
  const password = passwordFile === undefined ? undefined : await readSecret(passwordFile);
  await changeServer({ command: 'tenant create', on: `tenant ${name}` }, async (server) => {
    requireTenants(server);
    const first = { name: administrator ?? server.config.adminUser, ...(password !== undefined && { password }) };
    const { tenant, generatedPassword } = await server.get(TenantAdministration).create(name, first);
    remark(`The tenant "${name}" is there: ${tenantAnswer(tenant, server.config).fhirBase}`);
    remark(
      `"${first.name}" administers it${generatedPassword === undefined ? '.' : '. The password, shown only this once:'}`,
    );
    if (generatedPassword !== undefined) print(generatedPassword);
  });
}

export async function list({ json }: Shown): Promise<void> {
  await withServer(async (server) => {
    requireTenants(server);
    const tenants = await server.get(TenantAdministration).registry.list();
    if (json) return printJson(tenants.map((one) => tenantAnswer(one, server.config)));
    printTable(
      ['NAME', 'STATE', 'SINCE', 'FHIR BASE'],
      tenants.map((one) => [one.name, one.state, one.created.toISOString(), tenantAnswer(one, server.config).fhirBase]),
    );
  });
}

export async function show(name: string, { json }: Shown): Promise<void> {
  await withServer(async (server) => {
    requireTenants(server);
    const tenant = await server.get(TenantAdministration).registry.get(name);
    const usage = await server.get(TenantAdministration).registry.usage(tenant);
    const answer = tenantAnswer(tenant, server.config, usage);
    if (json) return printJson(answer);
    const { limits: allowed, usage: used, ...others } = answer;
    print(...Object.entries(others).map(([member, value]) => `${member}: ${value}`));
    for (const one of limitNames) if (allowed[one] !== undefined) print(`limit of ${one}: ${allowed[one]}`);
    if (used) print(`stored: ${used.resources} resources, ${used.bytes} bytes`);
  });
}

/** Sets limits; without any to set, it shows them. */
export async function limits(name: string, { set = [] }: { readonly set?: readonly string[] }): Promise<void> {
  const changes = set.reduce<LimitChanges>((all, text) => ({ ...all, ...readChange(text) }), {});
  if (set.length === 0) return show(name, {});
  await changeServer({ command: 'tenant limits', on: `tenant ${name}` }, async (server) => {
    requireTenants(server);
    const { limits: now } = await server.get(TenantAdministration).registry.setLimits(name, changes);
    const told = limitNames.flatMap((one) => (now[one] === undefined ? [] : [`${one} ${now[one]}`]));
    remark(`Limits of "${name}": ${told.join(', ') || 'none'}. Running servers know them within 5 seconds.`);
  });
}

function readChange(text: string): LimitChanges {
  const read = readLimitChange(text);
  if (typeof read === 'string') throw wrongUsage(read);
  return read;
}

export async function setState(name: string, state: 'active' | 'suspended'): Promise<void> {
  const command = state === 'active' ? 'tenant resume' : 'tenant suspend';
  await changeServer({ command, on: `tenant ${name}` }, async (server) => {
    requireTenants(server);
    await server.get(TenantAdministration).registry.setState(name, state);
    remark(`The tenant "${name}" is ${state}; running servers know it within 5 seconds.`);
  });
}

function requireTenants({ config }: OpenServer): void {
  if (config.tenants === 'off')
    throw new CommandFailed(['TENANTS: is off, so there is one server and no tenants. Example: TENANTS=path']);
}

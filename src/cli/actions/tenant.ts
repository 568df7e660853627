import { BreakGlass } from '../../app/tenants/break-glass.js';
import { TenantAdministration } from '../../app/tenants/tenant-administration.js';
import { requireOwnSetting, type SettingChanges, TenantSettings } from '../../app/tenants/tenant-settings.js';
import { tenantAnswer } from '../../app/tenants/tenant-answer.js';
import { TenantTransfer } from '../../app/tenants/transfer/tenant-transfer.js';
import { TenantErasure } from '../../app/tenants/tenant-erasure.js';
import { type LimitChanges, limitNames, readLimitChange } from '../../database/tenants/tenant-limits.js';
import { type Declarations, readDeclarations } from '../apply/declarations.js';
import { changeServer } from '../audited.js';
import { asChosen } from '../chosen-tenant.js';
import { commandLine } from '../command-line-user.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { applyDeclarations } from './apply.js';
import { confirm } from '../confirm.js';
import { type OpenServer, withServer } from '../open-server.js';
import { readSecret } from '../read-text.js';
import { settingValue, shownSettings } from '../setting-values.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface CreateOptions {
  readonly administrator?: string;
  readonly passwordFile?: string;
  /** File of declarations, or a folder of them, as of `lanyard apply`. */
  readonly from?: string;
}

interface Shown {
  readonly json?: true;
}

export async function create(name: string, { administrator, passwordFile, from }: CreateOptions): Promise<void> {
  const declarations = from === undefined ? undefined : await readForTenant(from);
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
  if (!declarations) return;
  try {
    await asChosen(name, () => applyDeclarations(declarations));
  } catch (error) {
    remark(`The tenant "${name}" stays. What ${from} declares is made by: lanyard --tenant ${name} apply -f ${from}`);
    throw error;
  }
}

/** Read before there is a tenant: mistakes of the file leave nothing. */
async function readForTenant(path: string): Promise<Declarations> {
  const declarations = await readDeclarations([path]);
  const [first] = declarations.tenants;
  if (first) throw new CommandFailed([`${first.place}: a tenant has no tenants of its own. Leave "tenants" out.`]);
  return declarations;
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
    const own = Object.keys(await server.get(TenantSettings).read(tenant));
    const answer = tenantAnswer(tenant, server.config, usage);
    if (json) return printJson({ ...answer, settings: own });
    const { limits: allowed, usage: used, ...others } = answer;
    print(...Object.entries(others).map(([member, value]) => `${member}: ${value}`));
    for (const one of limitNames) if (allowed[one] !== undefined) print(`limit of ${one}: ${allowed[one]}`);
    if (own.length > 0) print(`settings of its own: ${own.join(', ')}`);
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

export interface SettingsOptions {
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly reset?: true;
  readonly json?: true;
}

/** Sets settings of its own, or takes them away; without any to change, it shows them, without secrets. */
export async function settings(name: string, options: SettingsOptions): Promise<void> {
  const { set = [], unset = [], reset, json } = options;
  const changes = readSettings(set, unset);
  const names = [...(reset ? ['all taken away'] : []), ...Object.keys(changes)].join(', ');
  if (names === '') return showSettings(name, json);
  await changeServer(
    { command: 'tenant settings', on: `tenant ${name}`, details: [['change', names]] },
    async (server) => {
      requireTenants(server);
      const change = { caller: { subject: commandLine() }, ...(reset && { reset }) };
      await server.get(TenantSettings).change(name, changes, change);
      remark(`Settings of "${name}" are changed: ${names}. Running servers know them within 5 seconds.`);
    },
  );
}

function readSettings(set: readonly string[], unset: readonly string[]): SettingChanges {
  const given = set.map((text) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw wrongUsage(`"${text}" sets nothing. Example: --set VALIDATION=structure`);
    return settingValue(name, value, process.cwd());
  });
  const taken = unset.map((name) => {
    requireOwnSetting(name);
    return [name, null] as const;
  });
  return Object.fromEntries([...given, ...taken]);
}

const showSettings = (name: string, json?: true): Promise<void> =>
  withServer(async (server) => {
    requireTenants(server);
    const tenant = await server.get(TenantAdministration).registry.get(name);
    const shown = shownSettings(await server.get(TenantSettings).read(tenant));
    if (json) return printJson(shown);
    print(...Object.entries(shown).map(([setting, value]) => `${setting}=${value}`));
    if (Object.keys(shown).length === 0) remark(`"${name}" has no settings of its own: those of the process count.`);
  });

export async function erase(name: string, { yes }: { readonly yes?: true }): Promise<void> {
  if (!yes)
    await confirm(name, {
      loss: `All data, users, keys and audit of "${name}" will be gone; nothing brings them back but a backup.`,
      question: 'Type the name of the tenant to erase it: ',
    });
  await changeServer({ command: 'tenant erase', on: `tenant ${name}` }, async (server) => {
    requireTenants(server);
    const erasure = server.get(TenantErasure);
    const tenant = await erasure.begin(name);
    remark('Erasing. Should this stop, a running server goes on, and so does the same command.');
    const rows = await erasure.finish(tenant);
    remark(`The tenant "${name}" is erased: ${rows} rows, and its contents. That there was one is all that is left.`);
  });
}

export async function exportTo(
  name: string,
  path: string,
  { withoutContents = false }: { readonly withoutContents?: boolean },
): Promise<void> {
  await changeServer({ command: 'tenant export', on: `tenant ${name}` }, async (server) => {
    requireTenants(server);
    const tenant = await server.get(TenantAdministration).registry.getWhole(name);
    const { fhirBase, issuer } = tenantAnswer(tenant, server.config);
    const rows = await server.get(TenantTransfer).export({ tenant, path, withoutContents, fhirBase, issuer });
    remark(
      `${path} has the ${rows} rows of "${name}", and with them its keys and the hashes of its passwords: keep it as you keep those.`,
      ...(tenant.state === 'active' ? ['It still answers: what is written from now on is not in the file.'] : []),
    );
  });
}

export async function importFrom(path: string, { as }: { readonly as?: string }): Promise<void> {
  await changeServer({ command: 'tenant import', on: `tenant ${as ?? path}` }, async (server) => {
    requireTenants(server);
    const { tenant, rows, header } = await server.get(TenantTransfer).import(path, as);
    const { fhirBase, issuer } = tenantAnswer(tenant, server.config);
    remark(`The tenant "${tenant.name}" is there, with ${rows} rows: ${fhirBase}`);
    if (issuer !== header.issuer)
      remark(
        `Its issuer was ${header.issuer} and is ${issuer}: tokens and refresh tokens of before do not count, everybody logs in again,`,
        'apps need the new addresses, and passkeys count only where the host is the same.',
      );
  });
}

export interface LookOptions {
  readonly operator: string;
  readonly reason: string;
  readonly scope?: string;
  readonly json?: true;
}

export async function breakGlass(name: string, { operator, reason, scope, json }: LookOptions): Promise<void> {
  const change = { command: 'tenant break-glass', on: `tenant ${name}`, details: [['reason', reason]] } as const;
  await changeServer(change, async (server) => {
    requireTenants(server);
    const look = { operator, knownBy: commandLine(), reason, scope };
    const given = await server.get(BreakGlass).open(name, look);
    if (json) return printJson(given);
    remark(
      `A token for ${given.fhirBase} that reads as "${given.sub}" for ${given.expires_in / 60} minutes: ${given.scope}`,
      'The audit of the tenant has your reason, and each of your reads; its administrators can end it.',
    );
    print(given.access_token);
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

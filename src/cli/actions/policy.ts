import { FhirError } from '../../r4/errors/fhir-error.js';
import { AccessPolicies } from '../../fhir/storage/policies/access-policies.js';
import { readDeclarations } from '../apply/declarations.js';
import { planPolicies } from '../apply/plan-policies.js';
import { audited, auditLogOf, changeServer } from '../audited.js';
import { commandLine } from '../command-line-user.js';
import { CommandFailed } from '../command-failed.js';
import { withServer } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export async function list({ json }: { readonly json?: true }): Promise<void> {
  await withServer(async (server) => {
    const policies = server.get(AccessPolicies);
    const found = await policies.list();
    if (json) return printJson({ policies: found, groups: await policies.listGroups() });
    printTable(
      ['POLICY', 'VERSION', 'CHANGED', 'BY', 'WHY'],
      found.map(({ name, version, changedAt, changedBy, description }) => [
        name,
        String(version),
        changedAt,
        changedBy,
        description,
      ]),
    );
  });
}

export async function show(name: string): Promise<void> {
  await withServer(async (server) => {
    const found = (await server.get(AccessPolicies).list()).find((policy) => policy.name === name);
    if (!found) throw new CommandFailed([`There is no policy "${name}". "lanyard policy list" shows all.`]);
    printJson(found);
  });
}

export async function history(name: string): Promise<void> {
  await withServer(async (server) => {
    const versions = await server.get(AccessPolicies).versions('policy', name);
    if (versions.length === 0) throw new CommandFailed([`There was never a policy "${name}".`]);
    printTable(
      ['VERSION', 'CHANGED', 'BY', 'CONTENT'],
      versions.map(({ version, changedAt, changedBy, body }) => [
        String(version),
        changedAt,
        changedBy,
        body ?? 'removed',
      ]),
    );
  });
}

/** Puts the policies and groups of files in place; others stay. */
export async function set(files: readonly string[]): Promise<void> {
  const declarations = await readDeclarations(files);
  await withServer(async (server) => {
    const changes = await planPolicies(server, declarations);
    for (const change of changes) {
      const { sign, what: on, details: lines } = change;
      const details = lines.map((line) => ['change', `${sign} ${line}`] as const);
      await audited(auditLogOf(server), { command: 'policy set', on, details }, () => change.apply());
      print(`${change.sign} ${change.what}`);
    }
    if (changes.length === 0) print('Nothing to change.');
  });
}

export async function check(files: readonly string[]): Promise<void> {
  const declarations = await readDeclarations(files);
  await withServer(async (server) => {
    const changes = await planPolicies(server, declarations);
    print(`${declarations.policies.length} policies are as they should be; ${changes.length} would change.`);
  });
}

export async function remove(name: string, { group }: { readonly group?: true }): Promise<void> {
  const kind = group ? 'group' : 'policy';
  await changeServer({ command: 'policy remove', on: `${kind} ${name}` }, async (server) => {
    try {
      await server.get(AccessPolicies).remove(kind, name, commandLine());
    } catch (error) {
      throw error instanceof FhirError ? new CommandFailed([error.message]) : error;
    }
    remark(`The ${kind} "${name}" is removed; its versions stay.`);
  });
}

import { CommandFailed } from '../command-failed.js';
import { type Declarations, readDeclarations } from '../apply/declarations.js';
import { planClients } from '../apply/plan-clients.js';
import { planPolicies } from '../apply/plan-policies.js';
import { planSuppressions } from '../apply/plan-suppressions.js';
import { planUsers } from '../apply/plan-users.js';
import { planTenants } from '../apply/plan-tenants.js';
import type { PlannedChange } from '../apply/planned-change.js';
import { exitCodes } from '../exit-codes.js';
import { audited, auditLogOf } from '../audited.js';
import { type OpenServer, withServer } from '../open-server.js';
import { harmless, print, remark } from '../terminal.js';

export interface ApplyOptions {
  readonly file: readonly string[];
  readonly dryRun?: true;
  readonly prune?: true;
}

export async function apply({ file, ...options }: ApplyOptions): Promise<void> {
  await applyDeclarations(await readDeclarations(file), options);
}

export async function applyDeclarations(
  declarations: Declarations,
  { dryRun, prune }: Omit<ApplyOptions, 'file'> = {},
): Promise<void> {
  const options = { prune: prune === true };
  const exitCode = await withServer(async (server) => {
    const changes = [
      ...(await planTenants(server, declarations.tenants)),
      ...(await planUsers(server, declarations.users)),
      ...(await planPolicies(server, declarations)),
      ...(await planSuppressions(server, declarations.suppressionRules, options)),
      ...(await planClients(server, declarations.clients, options)),
    ];
    if (changes.length === 0) {
      print('Nothing to change.');
      return exitCodes.done;
    }
    return dryRun ? announce(changes) : carryOut(server, changes);
  });
  process.exitCode = exitCode;
}

function announce(changes: readonly PlannedChange[]): number {
  for (const change of changes) show(change);
  print(`${changes.length} to change. Nothing was changed (--dry-run).`);
  return exitCodes.wouldChange;
}

async function carryOut(server: OpenServer, changes: readonly PlannedChange[]): Promise<number> {
  const secrets: string[] = [];
  try {
    for (const change of changes) {
      const { sign, what: on, details: lines } = change;
      const details = lines.map((line) => ['change', `${sign} ${line}`] as const);
      secrets.push(...(await audited(auditLogOf(server), { command: 'apply', on, details }, () => change.apply())));
      show(change);
    }
  } catch (error) {
    remark('Stopped at the first change that failed. Those above are made; run it again for the rest.');
    throw error instanceof Error ? error : new CommandFailed([String(error)]);
  } finally {
    if (secrets.length > 0) print('Shown only this once:', ...secrets.map((line) => `  ${line}`));
  }
  print(`${changes.length} changed.`);
  return exitCodes.done;
}

const show = ({ sign, what, details }: PlannedChange): void =>
  print(`${sign} ${harmless(what)}`, ...details.map((line) => `    ${harmless(line)}`));

import { FhirError } from '../../r4/errors/fhir-error.js';
import { PolicyTrials } from '../../fhir/operations/caller/policy-trials.js';
import type { TrialSummary } from '../../scope/trials/trial-report.js';
import { AccessPolicies } from '../../fhir/storage/policies/access-policies.js';
import { readDeclarations } from '../apply/declarations.js';
import { planPolicies, readPolicies } from '../apply/plan-policies.js';
import { audited, auditLogOf, changeServer } from '../audited.js';
import { commandLine } from '../command-line-user.js';
import { CommandFailed } from '../command-failed.js';
import { withServer } from '../open-server.js';
import { harmless, print, printJson, printTable, remark } from '../terminal.js';

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

export interface TryOptions {
  readonly remove?: readonly string[];
  readonly json?: true;
}

/** Tries the policies of files on what was decided lately. */
export async function tryOut(files: readonly string[], { remove: names = [], json }: TryOptions): Promise<void> {
  if (files.length + names.length === 0)
    throw new CommandFailed(['Nothing to try: name files with policies, or --remove with the name of a policy.']);
  const declarations = await readDeclarations(files);
  await withServer(async (server) => {
    const { policies, groups } = await readPolicies(server, declarations);
    const summary = await told(server.get(PolicyTrials).try({ policies, groups, remove: names }));
    if (json) return printJson(summary);
    printTrial(summary);
  });
}

function printTrial({ tried, changes, examples, notes }: TrialSummary): void {
  const { shapes, requests, failed, since, isFull, leftOut = 0 } = tried;
  if (shapes === 0)
    return print(
      'No requests were seen yet, so nothing can be tried. Running servers write them down every few seconds.',
    );
  print(`${shapes} shapes of ${requests} requests since ${since}:`);
  printTable(
    ['EFFECT', 'SHAPES', 'REQUESTS'],
    Object.entries(changes).map(([effect, { shapes: some, requests: times }]) => [effect, String(some), String(times)]),
  );
  if (examples.length > 0) print('', ...examples.map(({ words }) => `  ${harmless(words)}`));
  if (failed > 0) remark(`${failed} shapes could not be decided again.`);
  if (leftOut > 0) remark(`${leftOut} more shapes, seen longer ago, were not tried: one trial does no more work.`);
  if (isFull) remark('Only the shapes seen last are kept: what was asked before them is not among them.');
  remark(...notes);
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof FhirError ? new CommandFailed([error.message]) : error;
  }
}

export async function remove(name: string, { group }: { readonly group?: true }): Promise<void> {
  const kind = group ? 'group' : 'policy';
  await changeServer({ command: 'policy remove', on: `${kind} ${name}` }, async (server) => {
    await told(server.get(AccessPolicies).remove(kind, name, commandLine()));
    remark(`The ${kind} "${name}" is removed; its versions stay.`);
  });
}

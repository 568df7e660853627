import { isDeepStrictEqual } from 'node:util';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { AccessPolicies, type Kept } from '../../fhir/storage/policies/access-policies.js';
import type { StoredPolicy } from '../../scope/policies/stored-policy.js';
import { type PolicyGroup, readPolicyGroup } from '../../scope/policies/read-stored-policy.js';
import { commandLine } from '../command-line-user.js';
import { CommandFailed } from '../command-failed.js';
import type { OpenServer } from '../open-server.js';
import type { Declarations, Declared } from './declarations.js';
import { describeDifference } from './describe-difference.js';
import { requireDifferent } from './plan-clients.js';
import type { PlannedChange } from './planned-change.js';

type Members = Readonly<Record<string, unknown>>;

interface Named {
  readonly name: string;
}

/** Plans the changes of policies and groups to the declared ones. Others stay. */
export async function planPolicies(
  server: OpenServer,
  declarations: Pick<Declarations, 'policies' | 'policyGroups'>,
): Promise<readonly PlannedChange[]> {
  const store = server.get(AccessPolicies);
  const { policies: wanted, groups } = await readPolicies(server, declarations);
  return [
    ...plan('policy group', groups, await store.listGroups(), (group) => store.putGroup(group, commandLine())),
    ...plan('policy', wanted, await store.list(), (policy) => store.put(policy, commandLine())),
  ];
}

/** Reads the declared policies and groups; throws with all that is wrong with any. */
export async function readPolicies(
  server: OpenServer,
  { policies, policyGroups }: Pick<Declarations, 'policies' | 'policyGroups'>,
): Promise<{ readonly policies: readonly StoredPolicy[]; readonly groups: readonly PolicyGroup[] }> {
  const groups = await readAll(policyGroups, readPolicyGroup);
  return { groups, policies: await readAll(policies, (form) => server.get(AccessPolicies).check(form)) };
}

async function readAll<T extends Named>(
  declared: readonly Declared[],
  read: (form: unknown) => T | Promise<T>,
): Promise<readonly T[]> {
  const problems: string[] = [];
  const found: T[] = [];
  for (const { place, form } of declared) {
    try {
      found.push(await read(form));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      problems.push(...error.issues.map(({ diagnostics }) => `${place}: ${diagnostics}`));
    }
  }
  if (problems.length > 0) throw new CommandFailed(problems);
  requireDifferent(
    found.map(({ name }) => name),
    declared,
  );
  return found;
}

function plan<T extends Named>(
  kind: string,
  wanted: readonly T[],
  stored: readonly Kept<T>[],
  put: (one: T) => Promise<unknown>,
): readonly PlannedChange[] {
  return wanted.flatMap((one) => {
    const before = stored.find(({ name }) => name === one.name);
    const there = before && contentOf(before);
    if (isDeepStrictEqual(there, JSON.parse(JSON.stringify(one)))) return [];
    const apply = async (): Promise<readonly string[]> => {
      await put(one);
      return [];
    };
    const details = there ? describeDifference(there as Members, one as unknown as Members) : [];
    return [{ sign: there ? '~' : '+', what: `${kind} ${one.name}`, details, apply } as const];
  });
}

const contentOf = ({ version: _version, changedBy: _by, changedAt: _at, ...content }: Kept<object>): object => content;

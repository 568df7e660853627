import type { Principal } from '../../auth/principal.js';
import { readMaskPath } from '../../r4/model/mask-path.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import type { Permission } from '../grammar/permission.js';
import { notUnderstood } from './judge-policies.js';
import { fillPlaceholders, samplesOf } from './placeholders.js';
import { abstain, type AccessDecision, type AccessPolicy, type AccessQuery, constrain, deny, mask } from './policy.js';
import type { PolicyExpressions } from './policy-expressions.js';

/** One rule of a stored policy, for requests to some types. */
export interface StoredRule {
  /** Absent for masks, whose paths name their type. */
  readonly types?: readonly string[] | undefined;
  /** All when absent. */
  readonly permissions?: readonly Permission[] | undefined;
  readonly constrain?: string | undefined;
  readonly deny?: string | undefined;
  readonly mask?: readonly string[] | undefined;
}

/** Callers a policy applies to: everybody who is named in one of the lists. */
export interface Assignment {
  readonly everyone?: boolean | undefined;
  /** Names (`sub`) of users. */
  readonly users?: readonly string[] | undefined;
  readonly clients?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** A policy as it is stored. */
export interface StoredPolicy {
  readonly name: string;
  /** Purpose of the policy; callers see it. */
  readonly description: string;
  readonly assignedTo: Assignment;
  readonly rules: readonly StoredRule[];
}

/** The groups that a caller is in; undefined where the token says that there are some, and not which. */
export type GroupsOf = (principal: Principal) => readonly string[] | undefined;

/** One policy for each rule, since each has a verdict of its own. */
export const accessPoliciesOf = (
  policy: StoredPolicy,
  groupsOf: GroupsOf,
  expressions: PolicyExpressions,
): readonly AccessPolicy[] =>
  policy.rules.map((rule) => {
    const decisionOn = decisionOf(rule, policy.description, expressions);
    return {
      name: policy.name,
      terminology: terminologyOf(rule),
      expressions: expressionsOf(rule),
      decide: (query) => {
        const assigned = concerns(rule, query) && isAssigned(policy.assignedTo, query.principal, groupsOf);
        if (assigned === 'unknown') return groupsUnknown;
        return assigned ? decisionOn(query) : abstain();
      },
    };
  });

const groupsUnknown = deny(
  'groups-unknown',
  'A policy is for groups, and the token leaves out which ones its user is in, because there are too many.',
  'Have the authorization server send fewer groups in the token (Entra ID: groups assigned to the application), or ask the operator of this server to assign the policy to clients or to everyone.',
);

/** Placeholders stand in no value set and no hierarchy, so that whatever fills them shows the same ones; every modifier has a colon. */
const terminologyOf = (rule: StoredRule): readonly string[] =>
  /:|%3a/i.test(rule.constrain ?? '') ? expressionsOf(rule) : [];

/** With stand-ins for placeholders. */
function expressionsOf({ types = [], constrain: expression }: StoredRule): readonly string[] {
  if (expression === undefined) return [];
  const [, query = expression] = /^[A-Za-z]+\?(.*)$/s.exec(expression) ?? [];
  const named = types.includes('*') ? [...resourceTypes] : types;
  return named.flatMap((type) => samplesOf(query).map((sample) => `${type}?${sample}`));
}

function concerns({ types, permissions, mask: masked }: StoredRule, { type, permission }: AccessQuery): boolean {
  if (masked) return true;
  const isOfType = types!.includes(type) || types!.includes('*');
  return isOfType && (permissions === undefined || permissions.includes(permission));
}

function isAssigned(
  { everyone, users, clients, groups = [] }: Assignment,
  who: Principal,
  groupsOf: GroupsOf,
): boolean | 'unknown' {
  if (everyone === true) return true;
  if (who.kind === 'user' && users?.includes(who.subject)) return true;
  if (who.clientId !== undefined && clients?.includes(who.clientId)) return true;
  return groups.length > 0 && isMember(groups, groupsOf(who));
}

const isMember = (wanted: readonly string[], groups: readonly string[] | undefined): boolean | 'unknown' =>
  groups?.some((group) => wanted.includes(group)) ?? 'unknown';

/** What denies or masks says the same whoever asks. */
function decisionOf(
  rule: StoredRule,
  description: string,
  expressions: PolicyExpressions,
): (query: AccessQuery) => AccessDecision {
  const fixed = rule.deny === undefined ? rule.mask && maskOf(rule.mask, description) : deny('denied', rule.deny);
  return fixed ? () => fixed : (query) => limitOf(rule.constrain!, description, query, expressions);
}

function limitOf(
  constraint: string,
  description: string,
  { type, principal }: AccessQuery,
  expressions: PolicyExpressions,
): AccessDecision {
  const filled = fillPlaceholders(constraint, principal);
  if ('why' in filled) return deny('value-missing', `A policy limits what you see, and ${filled.why}.`);
  // A dependency of the policy may be gone since it was stored: the policy denies then, it is not skipped.
  const read = expressions.read(type, filled.ok);
  return 'ok' in read ? constrain(filled.ok, description) : deny('broken', notUnderstood(read.why));
}

function maskOf(elements: readonly string[], description: string): AccessDecision {
  const wrong = elements.map(readMaskPath).find((read) => 'why' in read);
  return wrong && 'why' in wrong
    ? deny('broken', `A policy masks what cannot be masked: ${wrong.why}`)
    : mask(elements, description);
}

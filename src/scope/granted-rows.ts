import type { Principal } from '../auth/principal.js';
import { resourceTypes } from '../r4/model/resource-types.js';
import type { Refusal } from '../refusal/refusal.js';
import type { AccessRules } from './access-rules.js';
import { type Grant, isUnlimited, simplify, type Source } from './grant.js';
import { whyMasked } from './policies/masked-constraints.js';
import type { Permission } from './grammar/permission.js';
import { judgePolicies, masksOf } from './policies/judge-policies.js';
import type { PolicyAnswers } from './policies/policy-answers.js';
import { grantsOf, identityGrants, namedGrants, type Obstacle, type ScopeQuery } from './scope-grants.js';
import { explainScopes } from './explain/scope-refusals.js';
import { covers } from './grammar/smart-scope.js';
import type { TokenScopes, UsableScope } from './grammar/token-scopes.js';
import { plainTypes, type Reach, sourcesOf } from './visible-sources.js';
import { boundToConsents, withheldFrom } from './consent/withheld.js';

/** Inputs of a decision beside the question. */
export interface Deciding {
  readonly rules: AccessRules;
  /** Scopes of the caller, read once. */
  readonly scopes: TokenScopes;
  /** What policies said about the caller. */
  readonly answers: PolicyAnswers;
  /** Asked for types whose visibility is derived. */
  readonly reach: Reach;
  /** Rows that the caller may know, of types that are judged by themselves, by permission; found on first use. */
  readonly known: Map<Permission, readonly Source[]>;
}

interface Query {
  readonly principal: Principal;
  readonly type: string;
  readonly permission: Permission;
}

/**
 * Rows of a type that the caller may be told to exist: what they may read, and what their token names. Labels and Consents
 * withhold of them what they withhold from `permission`. A policy that hides a row hides it from who is named in the token too.
 */
export function knownOf({ principal, type, permission }: Query, deciding: Deciding): readonly Grant[] {
  const query = { principal, type, permission };
  return known(query, deciding, () => pointable(query, deciding));
}

/** Labels and Consents withhold some of the granted rows, by whatever rule they are granted. */
export function withhold(grants: readonly Grant[], query: Query, deciding: Deciding): readonly Grant[] {
  const found = withholdKnowing(grants, query, deciding.rules, () => pointable(query, deciding));
  const limited = boundToConsents(query.principal, query, deciding.rules.withholding);
  return limited ? found.map((grant) => ({ ...grant, withheld: { ...grant.withheld, limited } })) : found;
}

export const narrow = (grants: readonly Grant[], rules: NonNullable<Grant['rules']>): readonly Grant[] =>
  rules.length === 0 ? grants : grants.map((grant) => ({ ...grant, rules }));

/**
 * Rows that a resource may point at if it is judged by what it points at (ADR 43). A Provenance may be about others
 * that are judged so, one step far and outside records: within one, the targets of the targets would count, too.
 */
function pointable(query: Query, deciding: Deciding): readonly Source[] {
  const plain = plainSources(query, deciding);
  if (query.type !== 'Provenance') return plain;
  const derived = [...resourceTypes].filter((type) => !plainTypes.has(type));
  const grants = (type: string) => known({ ...query, type }, deciding, () => plain).filter(({ within }) => !within);
  return [...plain, ...sourcesOf(derived, { grants, isAll: isUnlimited })];
}

function plainSources(query: Query, deciding: Deciding): readonly Source[] {
  let found = deciding.known.get(query.permission);
  if (!found) {
    const grants = (type: string) => known({ ...query, type }, deciding, () => []);
    found = sourcesOf(plainTypes, { grants, isAll: isUnlimited });
    deciding.known.set(query.permission, found);
  }
  return found;
}

type Knowing = () => readonly Source[];

function known(query: Query, deciding: Deciding, knowing: Knowing): readonly Grant[] {
  const { principal, type } = query;
  const { rules } = deciding;
  const reading = { principal, type, permission: 'r' } as const;
  const grants = [...grantsOfScopes(reading, deciding).grants, ...namedGrants(principal, type)];
  if (grants.length === 0) return [];
  const policies = judgePolicies(reading, rules, deciding.answers);
  if (policies.refusals.length > 0) return [];
  return simplify(withholdKnowing(narrow(grants, policies.rules), query, rules, knowing));
}

function withholdKnowing(
  grants: readonly Grant[],
  { principal, ...asked }: Query,
  rules: AccessRules,
  knowing: Knowing,
): readonly Grant[] {
  const withheld = withheldFrom(principal, asked, rules.withholding, knowing);
  return withheld ? grants.map((grant) => ({ ...grant, withheld })) : grants;
}

interface Granted {
  readonly grants: readonly Grant[];
  /** Empty exactly when there are grants. */
  readonly refusals: () => readonly Refusal[];
}

/** Returns the union of what the scopes grant. */
export function grantsOfScopes(asked: Query, deciding: Omit<Deciding, 'known'>): Granted {
  const { usable } = deciding.scopes;
  const identity = identityGrants(asked);
  const isCovered = usable.some((scope) => covers(scope, asked.type, asked.permission));
  return isCovered ? grantsOfCovering(asked, identity, deciding) : withoutScope(asked, identity, deciding);
}

const scopeQuery = (asked: Query, { rules, reach }: Omit<Deciding, 'known'>): ScopeQuery => ({
  ...asked,
  search: rules,
  reach,
});

/** What is refused for want of a scope is asked about more often than told. */
const withoutScope = (asked: Query, grants: readonly Grant[], deciding: Omit<Deciding, 'known'>): Granted => ({
  grants,
  refusals: () => (grants.length > 0 ? [] : explainScopes(scopeQuery(asked, deciding), deciding.scopes, [])),
});

function grantsOfCovering(asked: Query, identity: readonly Grant[], deciding: Omit<Deciding, 'known'>): Granted {
  const { scopes } = deciding;
  const query = scopeQuery(asked, deciding);
  const grants: Grant[] = [...identity];
  const obstacles: Obstacle[] = [];
  for (const scope of scopes.usable) {
    if (!covers(scope, query.type, query.permission)) continue;
    const granted = maskedCriteria(scope, query, deciding) ?? grantsOf(scope, query);
    if ('code' in granted) obstacles.push(granted);
    else grants.push(...granted);
  }
  return { grants, refusals: () => (grants.length > 0 ? [] : explainScopes(query, scopes, obstacles)) };
}

/** Obstacle of a scope for every type whose criteria, on this type, look at a masked element. */
function maskedCriteria(
  { constraints, ...scope }: UsableScope,
  { type }: ScopeQuery,
  { rules, answers }: Pick<Deciding, 'rules' | 'answers'>,
): Obstacle | undefined {
  if (constraints.length === 0) return undefined;
  const why = whyMasked(constraints, type, (one) => masksOf(one, answers), rules.parameters);
  return why === undefined ? undefined : { code: 'element-masked', scope: { ...scope, constraints }, fact: `${why}.` };
}

import type { Interaction, InteractionKind } from '../fhir/model/interaction.js';
import { compartmentMembers } from '../fhir/model/compartments.js';
import { patientCompartmentParameters } from '../fhir/model/patient-compartment.js';
import { isResourceType, resourceTypes } from '../fhir/model/resource-types.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import { mismatchOf, reachesRecord, recordMismatch } from './patient-mismatch.js';
import type { Permission } from './permission.js';
import { permissionsFor } from './permissions.js';
import type { RequestContext } from './request-context.js';
import { type Need, noScopeRefusal } from './scope-refusals.js';
import { covers, parseScope, type ScopeContext } from './smart-scope.js';

/** What an operation declares: a valid token is enough, or permissions on its type (default: the addressed one). */
export type DeclaredAccess = 'any-token' | readonly { readonly permission: Permission; readonly type?: string }[];

/**
 * Refuses, with every reason, what token and request line alone decide (decision 4 of the architecture); stored data is
 * not consulted. A type that is not R4's is left to the caller's 404. An operation without declared access is refused.
 */
export function decideRequest(context: RequestContext, interaction: Interaction, declared?: DeclaredAccess): void {
  const refusals = refusalsOf(context, interaction, declared);
  if (refusals.length > 0) throw new Refused(refusals as [Refusal, ...Refusal[]]);
}

type Decide = (context: RequestContext, interaction: Interaction, declared?: DeclaredAccess) => readonly Refusal[];

/** What does not simply need its permissions on one type. */
const decisionsOfTheirOwn: Partial<Record<InteractionKind, Decide>> = {
  bundle: () => [],
  capabilities: () => [],
  operation: refusalsOfOperation,
  'search-system': refusalsOfSystemSearch,
  'history-system': (context) => refusalsOfTypes(context, []),
  'search-compartment': refusalsOfCompartment,
};

function refusalsOf(context: RequestContext, interaction: Interaction, declared?: DeclaredAccess): readonly Refusal[] {
  const { type, kind } = interaction;
  if (type !== undefined && !isResourceType(type)) return [];
  const decide = decisionsOfTheirOwn[kind];
  if (decide) return decide(context, interaction, declared);
  const needs = permissionsFor(interaction).map((permission) => ({ type: type ?? '*', permission }));
  return refusalsOfNeeds(context, interaction, needs);
}

function refusalsOfNeeds(
  context: RequestContext,
  interaction: Interaction,
  needs: readonly Need[],
): readonly Refusal[] {
  if (needs.some(({ type, permission }) => !context.may(type, permission))) {
    return needs.flatMap(({ type, permission }) => refusalsOfAccess(context, type, permission));
  }
  const asked = { ...interaction, query: interaction.condition ?? interaction.query };
  for (const { type, permission } of needs) {
    const mismatch = mismatchOf(context.accessTo(type, permission), asked, context.rules.base);
    if (mismatch) return [mismatch];
  }
  return [];
}

function refusalsOfAccess(context: RequestContext, type: string, permission: Permission): readonly Refusal[] {
  try {
    context.accessTo(type, permission);
    return [];
  } catch (error) {
    if (error instanceof Refused) return error.refusals;
    throw error;
  }
}

function refusalsOfOperation(
  context: RequestContext,
  interaction: Interaction,
  declared: DeclaredAccess | undefined,
): readonly Refusal[] {
  if (declared === 'any-token') return [];
  if (declared === undefined) {
    const fact = `$${interaction.operation} declares no access, so no token is granted it.`;
    return [{ code: 'operation-not-granted', fact, cure: 'Use an operation that /metadata lists.' }];
  }
  const needs = declared.map(({ type = interaction.type ?? '*', permission }) => ({ type, permission }));
  const known = needs.filter(({ type }) => type !== '*');
  const anywhere = needs.filter(({ type, permission }) => type === '*' && !mayAnywhere(context, permission));
  const missing = anywhere.map((need) => noScopeRefusal(context.principal.scopes, contextOf(context), need));
  return [...missing, ...refusalsOfNeeds(context, interaction, known)];
}

/** System level: every named type needs `s`; when none is named, some type has to. */
function refusalsOfTypes(context: RequestContext, types: readonly string[]): readonly Refusal[] {
  if (types.length > 0) return types.flatMap((type) => refusalsOfAccess(context, type, 's'));
  return mayAnywhere(context, 's') ? [] : [nothingToSearch(context)];
}

/** A search of one type is that of the type. */
function refusalsOfSystemSearch(context: RequestContext, interaction: Interaction): readonly Refusal[] {
  const types = namedTypes(interaction.query);
  const [type] = types;
  return type !== undefined && types.length === 1
    ? refusalsOfNeeds(context, { ...interaction, type }, [{ type, permission: 's' }])
    : refusalsOfTypes(context, types);
}

const namedTypes = (query: URLSearchParams): readonly string[] =>
  query.getAll('_type').flatMap((value) => value.split(',').filter(isResourceType));

const nothingToSearch = (context: RequestContext): Refusal =>
  noScopeRefusal(context.principal.scopes, contextOf(context), { type: '*', permission: 's' });

const contextOf = ({ principal }: RequestContext): ScopeContext => {
  if (principal.kind === 'machine') return 'system';
  return principal.patient === undefined ? 'user' : 'patient';
};

const mayAnywhere = (context: RequestContext, permission: Permission): boolean =>
  [...resourceTypes].some((type) => context.may(type, permission));

const isMember = (type: string): boolean => patientCompartmentParameters(type).length > 0;

/** `Patient/p2/…` for a token of Patient/p1 is refused before any look-up (authorization.md B10). */
function refusalsOfCompartment(context: RequestContext, { type, id, member, query }: Interaction): readonly Refusal[] {
  const named = member === undefined || member === '*' ? namedTypes(query) : [member].filter(isResourceType);
  const refusals = named.length > 0 ? refusalsOfTypes(context, named) : refusalsOfMembers(context, type);
  return refusals.length === 0 && type === 'Patient' && id !== undefined
    ? refusalsOfRecord(context, id, named)
    : refusals;
}

/** When no type is named, some type of the compartment has to be permitted. */
const refusalsOfMembers = (context: RequestContext, owner = ''): readonly Refusal[] =>
  compartmentMembers(owner).some((type) => context.may(type, 's')) ? [] : [nothingToSearch(context)];

function refusalsOfRecord(context: RequestContext, id: string, named: readonly string[]): readonly Refusal[] {
  const searched = named.length > 0 ? named : [...resourceTypes].filter(isMember);
  const accesses = searched.filter((one) => context.may(one, 's')).map((one) => context.accessTo(one, 's'));
  return accesses.length === 0 || accesses.some((access) => reachesRecord(access, id))
    ? []
    : [recordMismatch(accesses, id)];
}

/**
 * What the scopes of a token that was refused for other reasons lack for this request line, so that one answer names it
 * all. The scopes are unverified: this only adds reasons, it never decides.
 */
export function explainUnverifiedScopes(scopes: readonly string[], interaction: Interaction): readonly Refusal[] {
  const type = interaction.member ?? interaction.type ?? '*';
  if (type !== '*' && !isResourceType(type)) return [];
  const read = scopes.map(parseScope).flatMap((parsed) => ('ok' in parsed ? [parsed.ok] : []));
  return permissionsFor(interaction)
    .filter((permission) => !read.some((scope) => type === '*' || covers(scope, type, permission)))
    .map((permission) => noScopeRefusal(scopes, read[0]?.context ?? 'user', { type, permission }));
}

import type { NotAuthenticated } from '../auth/authentication.js';
import { compartmentMembers } from '../r4/model/compartments.js';
import type { Interaction } from '../r4/rest/interaction.js';
import { patientCompartmentParameters } from '../r4/model/patient-compartment.js';
import { isResourceType, resourceTypes } from '../r4/model/resource-types.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import {
  type AccessRequest,
  type Caller,
  type DeclaredAccess,
  type DeclaredNeed,
  Decision,
  isKnown,
} from './decision.js';
import { type InteractionRule, interactionRules, isConditional, permissionsFor } from './interaction-rules.js';
import { OwnAudit } from './own-audit.js';
import { administers, missingRight } from './administration/admin-rights.js';
import { rightText } from './grammar/admin-scope.js';
import { refusalsOfUsers } from './explain/machines-only.js';
import { mismatchOf, reachesRecord, recordMismatch } from './explain/patient-mismatch.js';
import { type Permission, permissionWords } from './grammar/permission.js';
import { refusalsOfPurpose } from './consent/purpose-of-use.js';
import type { RequestContext } from './request-context.js';
import { explainNowhere, type Need, noScopeRefusal } from './explain/scope-refusals.js';
import { covers, parseScope } from './grammar/smart-scope.js';

/**
 * The one decision about a request: every reason against it that token and request line alone give
 * (docs/adr/0005); stored data is not consulted. An address that is not R4's is left to the caller's 404. An operation without
 * declared access is refused.
 */
export function decide(caller: Caller, request: AccessRequest): Decision {
  if (!isKnown(caller)) return decideUnauthenticated(caller, request);
  const { interaction, declared, purpose } = request;
  const asked = interaction.kind === 'none' ? nothing : askedOf(caller, interaction, declared);
  return new Decision(caller, request, asked.needs, [
    ...refusalsOfPurpose(caller.principal, purpose),
    ...asked.refusals,
    ...(interaction.kind === 'none' ? [] : refusalsOfExplain(caller, interaction)),
  ]);
}

/** Needs of a request, and every reason against it. */
interface Asked {
  readonly needs: readonly Need[];
  readonly refusals: readonly Refusal[];
}

const nothing: Asked = { needs: [], refusals: [] };

/** All failing checks in one answer: those of the credentials, and the scope that the request would need. */
function decideUnauthenticated(caller: NotAuthenticated, request: AccessRequest): Decision {
  const { refusals, unverifiedScopes } = caller;
  const { interaction } = request;
  const missing =
    unverifiedScopes && interaction.kind !== 'none' ? explainUnverifiedScopes(unverifiedScopes, interaction) : [];
  return new Decision(caller, request, [], [...refusals, ...missing]);
}

type Decide = (context: RequestContext, interaction: Interaction, declared?: DeclaredAccess) => Asked;

const byPlace: Readonly<Record<InteractionRule['on'], Decide>> = {
  nothing: () => nothing,
  declared: askedOfOperation,
  'addressed-type': askedOfType,
  'named-types': askedOfSystem,
  compartment: askedOfCompartment,
};

function askedOf(context: RequestContext, interaction: Interaction, declared?: DeclaredAccess): Asked {
  const { type, kind } = interaction;
  if (type !== undefined && !isResourceType(type)) return nothing;
  return byPlace[interactionRules[kind].on](context, interaction, declared);
}

function askedOfType(context: RequestContext, interaction: Interaction): Asked {
  const { type = '*' } = interaction;
  const needs = permissionsFor(interaction).map((permission) => ({ type, permission }));
  return { needs, refusals: refusalsOfNeeds(context, interaction, needs) };
}

function refusalsOfNeeds(
  context: RequestContext,
  interaction: Interaction,
  needs: readonly Need[],
): readonly Refusal[] {
  if (needs.some(({ type, permission }) => !context.may(type, permission))) {
    return [...needs, ...perhapsNeeded(interaction)].flatMap(({ type, permission }) =>
      refusalsOfAccess(context, type, permission),
    );
  }
  for (const { type, permission } of needs) {
    const access = context.accessTo(type, permission);
    if (access.unrestricted) continue;
    const asked = { ...interaction, query: interaction.condition ?? interaction.query };
    const mismatch = mismatchOf(access, asked, context.rules.base);
    if (mismatch) return [mismatch];
  }
  return [];
}

/** Needs of the case that nothing matches: named with the rest, so that the next token suffices. */
const perhapsNeeded = (interaction: Interaction): readonly Need[] =>
  interaction.kind === 'update' && isConditional(interaction) && interaction.type !== undefined
    ? [{ type: interaction.type, permission: 'c' }]
    : [];

function refusalsOfAccess(context: RequestContext, type: string, permission: Permission): readonly Refusal[] {
  try {
    context.accessTo(type, permission);
    return [];
  } catch (error) {
    if (error instanceof Refused) return error.refusals;
    throw error;
  }
}

function askedOfOperation(context: RequestContext, interaction: Interaction, declared?: DeclaredAccess): Asked {
  if (declared === 'any-token') return nothing;
  if (declared === 'own-audit') return { needs: [], refusals: OwnAudit.refusals(context) };
  if (declared === undefined) {
    const fact = `$${interaction.operation} declares no access, so no token is granted it.`;
    const cure = 'Use an operation that /metadata lists.';
    return { needs: [], refusals: [{ code: 'operation-not-granted', fact, cure }] };
  }
  const ofRows = declared.filter((need): need is DeclaredNeed => !('administers' in need));
  const rights = declared.flatMap((need) =>
    'administers' in need ? (missingRight(context, need.administers, need.permission) ?? []) : [],
  );
  const needs = ofRows.flatMap((need) => needsOf(need, interaction.type));
  const known = needs.filter(({ type }) => type !== '*');
  const anywhere = needs.filter(({ type, permission }) => type === '*' && !mayAnywhere(context, permission));
  const missing = anywhere.flatMap(({ permission }) => nowhere(context, permission));
  const refusals = [
    ...refusalsOfUsers(context, interaction, ofRows),
    ...rights,
    ...missing,
    ...refusalsOfAll(context, interaction, known),
  ];
  const limited = ofRows.filter(({ everyRow }) => everyRow).flatMap((need) => needsOf(need, interaction.type));
  return { needs, refusals: refusals.length > 0 ? refusals : refusalsOfLimits(context, limited) };
}

/** Refusals of a request that concerns every type: one reason is enough. */
function refusalsOfAll(context: RequestContext, interaction: Interaction, needs: readonly Need[]): readonly Refusal[] {
  const missing = needs.filter(({ type, permission }) => !context.may(type, permission));
  const [first] = missing;
  if (first === undefined || missing.length < manyTypes) return refusalsOfNeeds(context, interaction, needs);
  return [
    concernsAllRows(
      context,
      { ...first, type: '*' },
      `permits ${permissionWords[first.permission]} of some types at most`,
    ),
  ];
}

const manyTypes = 10;

/** No scope permits writing AuditEvents: an operation on all of them needs the permission on every other type. */
const writable = [...resourceTypes].filter((type) => type !== 'AuditEvent');

function needsOf({ type, permission, everyRow }: DeclaredNeed, addressed: string | undefined): readonly Need[] {
  const named = type ?? addressed;
  if (everyRow !== true) return [{ type: named ?? '*', permission }];
  return (named === undefined || named === 'AuditEvent' ? writable : [named]).map((one) => ({ type: one, permission }));
}

/** Refusals of a request that concerns every row, for a caller who reaches only some. */
function refusalsOfLimits(context: RequestContext, needs: readonly Need[]): readonly Refusal[] {
  const limited = needs.find(({ type, permission }) => !context.accessTo(type, permission).isOpen);
  if (limited === undefined) return [];
  const { type, permission } = limited;
  const concerned = { type: needs.length > 2 ? '*' : type, permission };
  return [concernsAllRows(context, concerned, `reaches some rows of ${type} only`)];
}

/** A user who is limited stays so with other scopes: that is for a machine. */
function concernsAllRows(context: RequestContext, { type, permission }: Need, fact: string): Refusal {
  const scope = `system/${type}.${permission}`;
  return {
    code: 'operation-not-granted',
    fact: `The token ${fact}; the operation concerns all of them.`,
    cure: `Use a token whose scopes permit that without a limit, such as ${scope} of a machine.`,
    ...(context.principal.kind === 'machine' && { scopes: [scope] }),
  };
}

/** `_explain` tells how the database searches all rows (docs/adr/0137). */
function refusalsOfExplain(context: RequestContext, { kind, query }: Interaction): readonly Refusal[] {
  if (!kind.startsWith('search-') || !query.has('_explain') || mayExplain(context)) return [];
  const scopes = context.principal.kind === 'machine' ? ['system/*.s'] : ['user/*.s', explainRight];
  return [
    {
      code: 'scope-insufficient',
      fact: `_explain tells how the database searches all rows, so it is for machines with system/*.s, and for users with user/*.s and ${explainRight}.`,
      cure: `Request ${scopes.join(' and ')}, or leave out _explain.`,
      scopes,
    },
  ];
}

const explainRight = rightText('Job', 'r');

function mayExplain(context: RequestContext): boolean {
  const { kind } = context.principal;
  if (kind === 'machine') return searchesAll(context, 'system');
  return kind === 'user' && searchesAll(context, 'user') && administers(context, 'Job', 'r');
}

const searchesAll = ({ principal, rules }: RequestContext, of: 'system' | 'user'): boolean =>
  rules
    .scopesOf(principal)
    .usable.some(
      ({ context, type, permissions, constraints }) =>
        context === of && type === '*' && permissions.includes('s') && constraints.length === 0,
    );

/** System level: every named type needs `s`; when none is named, some type has to. A search of one type is that of the type. */
function askedOfSystem(context: RequestContext, interaction: Interaction): Asked {
  const types = interaction.kind === 'history-system' ? [] : namedTypes(interaction.query);
  const [type] = types;
  return type !== undefined && types.length === 1
    ? askedOfType(context, { ...interaction, type })
    : askedOfTypes(context, types);
}

function askedOfTypes(context: RequestContext, types: readonly string[]): Asked {
  if (types.length === 0) return searchAnywhere(mayAnywhere(context, 's'), context);
  const needs = types.map((type) => ({ type, permission: 's' }) as const);
  return { needs, refusals: needs.flatMap(({ type, permission }) => refusalsOfAccess(context, type, permission)) };
}

const searchAnywhere = (may: boolean, context: RequestContext): Asked => ({
  needs: [{ type: '*', permission: 's' }],
  refusals: may ? [] : nowhere(context, 's'),
});

const namedTypes = (query: URLSearchParams): readonly string[] =>
  query.getAll('_type').flatMap((value) => value.split(',').filter(isResourceType));

const nowhere = ({ principal, rules }: RequestContext, permission: Permission): readonly Refusal[] =>
  explainNowhere(principal, rules.scopesOf(principal), permission);

const mayAnywhere = (context: RequestContext, permission: Permission): boolean =>
  [...resourceTypes].some((type) => context.may(type, permission));

const isMember = (type: string): boolean => patientCompartmentParameters(type).length > 0;

/** `Patient/p2/…` for a token of Patient/p1 is refused before any look-up. */
function askedOfCompartment(context: RequestContext, { type = '', id, member, query }: Interaction): Asked {
  const named = member === undefined || member === '*' ? namedTypes(query) : [member].filter(isResourceType);
  const asked = named.length > 0 ? askedOfTypes(context, named) : askedOfMembers(context, type);
  if (asked.refusals.length > 0 || type !== 'Patient' || id === undefined) return asked;
  return { ...asked, refusals: refusalsOfRecord(context, id, named) };
}

/** When no type is named, some type of the compartment has to be permitted. */
const askedOfMembers = (context: RequestContext, owner: string): Asked =>
  searchAnywhere(
    compartmentMembers(owner).some((type) => context.may(type, 's')),
    context,
  );

function refusalsOfRecord(context: RequestContext, id: string, named: readonly string[]): readonly Refusal[] {
  const searched = named.length > 0 ? named : [...resourceTypes].filter(isMember);
  const accesses = searched.filter((one) => context.may(one, 's')).map((one) => context.accessTo(one, 's'));
  return accesses.length === 0 || accesses.some((access) => reachesRecord(access, id))
    ? []
    : [recordMismatch(accesses, id)];
}

/**
 * Refusals for scopes that this request line needs and an already refused token lacks, so that one answer names all.
 * The scopes are unverified: this only adds reasons, it never decides.
 */
function explainUnverifiedScopes(scopes: readonly string[], interaction: Interaction): readonly Refusal[] {
  const type = interaction.member ?? interaction.type ?? '*';
  if (type !== '*' && !isResourceType(type)) return [];
  const read = scopes.map(parseScope).flatMap((parsed) => ('ok' in parsed ? [parsed.ok] : []));
  return permissionsFor(interaction)
    .filter((permission) => !read.some((scope) => type === '*' || covers(scope, type, permission)))
    .map((permission) => noScopeRefusal(scopes, read[0]?.context ?? 'user', { type, permission }, '(unverified)'));
}

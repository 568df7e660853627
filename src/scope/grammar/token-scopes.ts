import type { Principal } from '../../auth/principal.js';
import type { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../../r4/search/values/value-settings.js';
import type { ReasonCode } from '../../refusal/reasons.js';
import { type AdminScope, isAdminScope, parseAdminScope } from './admin-scope.js';
import type { RecordOwner } from '../grant.js';
import { constraintsOf, resolveConstraints } from './scope-constraints.js';
import { shownScope } from './scope-suffix.js';
import { looksLikeResourceScope, type MeantScope, parseScope, scopeText, type SmartScope } from './smart-scope.js';

/** A scope that counts, and whose record it is limited to. */
export interface UsableScope extends SmartScope {
  readonly owner?: RecordOwner;
}

/** A scope that grants nothing to this caller, and why. */
export interface IgnoredScope {
  readonly text: string;
  readonly code: ReasonCode;
  readonly why: string;
  /** Cure, where it differs from the default of the code. */
  readonly cure?: string;
  readonly meant?: MeantScope;
  /** Scope to request instead, if a word of this one was misspelled. */
  readonly corrected?: string;
}

export interface TokenScopes {
  readonly usable: readonly UsableScope[];
  /** Rights to administer, which give no access to resources (docs/adr/0037). */
  readonly administrative: readonly AdminScope[];
  readonly ignored: readonly IgnoredScope[];
}

interface Search extends ValueSettings {
  readonly parameters: SearchParameters;
}

/** Sorts the scopes of a token into those that count for its holder and those that do not. */
export function readTokenScopes(principal: Principal, search: Search): TokenScopes {
  const usable: UsableScope[] = [];
  const administrative: AdminScope[] = [];
  const ignored: IgnoredScope[] = [];
  for (const text of new Set(principal.scopes)) {
    const read = isAdminScope(text) ? readAdminScope(text, principal) : readScope(text, principal, search);
    if ('code' in read) ignored.push(read);
    else if (isAdministrative(read)) administrative.push(read);
    else usable.push(read);
  }
  return { usable, administrative, ignored };
}

const isAdministrative = (scope: UsableScope | AdminScope): scope is AdminScope =>
  scope.context === 'admin' || scope.context === 'operator';

/** The rights to administer that count for the holder of a token. */
export const administrativeScopes = (principal: Principal): readonly AdminScope[] =>
  principal.scopes.filter(isAdminScope).flatMap((text) => {
    const read = readAdminScope(text, principal);
    return 'code' in read ? [] : [read];
  });

function readAdminScope(text: string, principal: Principal): AdminScope | IgnoredScope {
  const parsed = parseAdminScope(text);
  if (!('ok' in parsed)) return { text, code: parsed.ignored, why: parsed.why };
  const wrong = whyNoAdministrator(principal);
  return wrong ? { text, code: 'admin-scope-ignored', ...wrong } : parsed.ok;
}

/** Returns why a user cannot administer, whatever the scopes: an administrator reaches more than one record. */
export function whyNoAdministrator(principal: Principal): Pick<IgnoredScope, 'why' | 'cure'> | undefined {
  const { kind, adminScopes, issuer, fhirUser, unusableFhirUser } = principal;
  if (kind === 'machine')
    return { why: 'the token belongs to a machine, and only users administer', cure: `Log in as a user. ${onServer}` };
  if (adminScopes !== 'allow')
    return {
      why: `the token is of ${shownScope(issuer)}, whose users do not administer this server`,
      cure: 'Log in with POST /login as a user of this server; or set "adminScopes": "allow" for this issuer in TRUSTED_ISSUERS, so that it names administrators.',
    };
  if (fhirUser ? practitioners.has(fhirUser.type) : unusableFhirUser === undefined) return undefined;
  return {
    why: fhirUser
      ? `fhirUser is ${fhirUser.type}/${fhirUser.id}, and who may be limited to one record does not administer all`
      : `fhirUser ${unusableFhirUser}`,
    cure: `Administer with an account that is linked to a Practitioner or to nobody. ${onServer}`,
  };
}

const onServer = 'On the server itself the command "lanyard" needs no token.';

function readScope(text: string, principal: Principal, search: Search): UsableScope | IgnoredScope {
  const parsed = parseScope(text);
  if (!('ok' in parsed)) {
    return { text, code: parsed.ignored, why: parsed.why, ...(parsed.meant && { meant: parsed.meant }) };
  }
  const scope = parsed.ok;
  const unresolvable = whyUnresolvable(scope, search);
  if (unresolvable) return { text, code: 'scope-constraint-unsupported', ...unresolvable, meant: scope };
  const holder = holderOf(scope, principal);
  return 'code' in holder ? { text, ...holder, meant: scope } : { ...scope, ...holder };
}

/** For `*` the parameter may exist on some types only, so that is decided type by type. */
function whyUnresolvable(
  scope: SmartScope,
  search: Search,
): Pick<IgnoredScope, 'why' | 'cure' | 'corrected'> | undefined {
  if (scope.type === '*' || scope.constraints.length === 0) return undefined;
  const resolved = resolveConstraints(scope.constraints, scope.type, search);
  if (!('why' in resolved)) return undefined;
  const { why, meant } = resolved;
  if (!meant) {
    const offered = constraintsOf(scope.type, search.parameters).join(', ');
    return { why, cure: `Request it with a constraint that scopes on ${scope.type} can have: ${offered}.` };
  }
  const constraints = scope.constraints.map((one) => (one.name === meant.name ? { ...one, name: meant.instead } : one));
  const corrected = scopeText({ ...scope, constraints }, 'v2')!;
  return { why, cure: `Request a token with ${corrected} instead.`, corrected };
}

type Holder = { readonly owner?: RecordOwner } | Pick<IgnoredScope, 'code' | 'why' | 'cure'>;

function holderOf({ context }: SmartScope, principal: Principal): Holder {
  if (context === 'user') return userOf(principal);
  if (context === 'system') {
    return principal.kind === 'machine' ? {} : notOfMachine(principal);
  }
  return principal.patient === undefined
    ? { code: 'patient-context-missing', why: 'the token names no patient' }
    : { owner: { kind: 'patient', id: principal.patient } };
}

function notOfMachine({ local, clientId, subject }: Principal): Holder {
  const why = 'the token belongs to a user, not to a machine';
  if (local) return { code: 'system-scope-ignored', why };
  const sign =
    clientId === undefined
      ? 'it names no client'
      : `its sub ${shownScope(subject)} is not its client ${shownScope(clientId)}`;
  return { code: 'system-scope-ignored', why: `${why}: ${sign}, and nothing else in it is the sign of a machine` };
}

/** Returns the owner of the record that a user is limited to. */
export function ownerOf(fhirUser: Principal['fhirUser']): RecordOwner | undefined {
  if (fhirUser?.type === 'Patient') return { kind: 'patient', id: fhirUser.id };
  return fhirUser?.type === 'RelatedPerson' ? { kind: 'related-person', id: fhirUser.id } : undefined;
}

const practitioners: ReadonlySet<string> = new Set(['Practitioner', 'PractitionerRole']);

/**
 * `user/` scopes of a patient, or of somebody acting for one, reach that patient's record only (docs/adr/0036). That scopes
 * alone decide is for users of whom nothing is known: a Person may be a patient.
 */
function userOf({ fhirUser, unusableFhirUser, local, userWithoutFhirUser }: Principal): Holder {
  const owner = ownerOf(fhirUser);
  if (owner) return { owner };
  if (fhirUser) return practitioners.has(fhirUser.type) ? {} : unlinkedPerson(`${fhirUser.type}/${fhirUser.id}`, local);
  if (unusableFhirUser !== undefined) return unlinkedElsewhere(unusableFhirUser, local);
  if (local || userWithoutFhirUser === 'allow') return {};
  return {
    code: 'user-unlinked',
    why: 'the token names no FHIR user (claim fhirUser)',
    cure: 'Let the authorization server name the user in the claim fhirUser, such as Practitioner/123, or set userWithoutFhirUser to allow for this issuer.',
  };
}

const unlinkedPerson = (person: string, local: boolean): Holder => ({
  code: 'user-unlinked',
  why: `fhirUser ${person} does not say whether the user is a patient or a practitioner`,
  cure: `${naming(local)}, or use patient/ scopes and a patient whom the links of the Person name.`,
});

const unlinkedElsewhere = (fact: string, local: boolean): Holder => ({
  code: 'user-unlinked',
  why: `fhirUser ${fact}`,
  cure: `${naming(local)}. The setting userWithoutFhirUser is for tokens that name nobody.`,
});

const naming = (local: boolean): string =>
  local
    ? 'Let an administrator link the account with a resource of this server that says who the user is, such as Practitioner/123'
    : 'Let the authorization server name a resource of this server in fhirUser that says who the user is, such as Practitioner/123';

/** True if a token has any scope that seems meant for FHIR resources. */
export const hasResourceScopes = (scopes: readonly string[]): boolean => scopes.some(looksLikeResourceScope);

import { parseAnyScope, parseScope, type SmartScope } from '../../scope/grammar/smart-scope.js';
import { intersectScopes, withoutRepeats } from './intersect-scopes.js';

/** A scope that can be granted, as a page shows it. */
export interface OfferedScope {
  readonly scope: string;
  /** Absent for `openid`, `launch/patient`, `offline_access` and the like. */
  readonly resource?: SmartScope;
}

export interface LeftOutScope {
  readonly scope: string;
  readonly why: WhyLeftOut;
  /** Faults of the text of a scope, in English. */
  readonly detail?: string;
}

/** Why a scope is not offered: not registered for the app, no resource linked, for machines, no right of the user, not read. */
export type WhyLeftOut = 'unregistered' | 'unlinked' | 'machines' | 'noRight' | 'notRead';

/** Scopes that may be granted of those that were asked, and why the rest may not. */
export interface OfferedScopes {
  readonly offered: readonly OfferedScope[];
  readonly leftOut: readonly LeftOutScope[];
}

/** Ceiling of a client. */
interface ScopeCeiling {
  readonly scopes: readonly string[];
}

/** Rights of an account: SMART scopes between spaces, and the FHIR resource of the person. */
export interface ScopeHolder {
  readonly grants: string;
  readonly fhirUser: string | null;
}

/** Scopes that name no resources. */
export const plainScopes = [
  'openid',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
] as const;

const isPlain = (scope: string): boolean => (plainScopes as readonly string[]).includes(scope);

/** More than any app has use for; what they cost to compare grows with their number. */
export const mostScopes = 400;

/** Number of scopes for all types: the consent shows each type of each, and its form has to fit into 64 kB. */
export const mostWildcards = 8;

/** A wildcard falls into a part for each scope of the ceiling; what comes after so many is not granted. */
export const mostParts = 1_000;

/** Asked ∩ registered ∩ the user's rights (docs/adr/0020): nothing is granted that is not in all three. */
export function offeredScopes(asked: readonly string[], client: ScopeCeiling, account: ScopeHolder): OfferedScopes {
  const rights = rightsOf(account.grants);
  const offered: string[] = [];
  const leftOut: LeftOutScope[] = [];
  const distinct = new Set(asked.slice(0, mostScopes));
  for (const scope of distinct) {
    if (offered.length >= mostParts) break;
    const found = isPlain(scope) ? offerPlain(scope, client, account) : offerResource(scope, client, rights);
    if ('why' in found) leftOut.push({ scope, ...found });
    else offered.push(...found);
  }
  return { offered: withoutRepeats(offered.slice(0, mostParts), distinct).map(describe), leftOut };
}

/** Scopes that the client may ask for: the ceiling alone, before anybody has logged in. */
export function scopesWithinCeiling(asked: readonly string[], client: ScopeCeiling): readonly string[] {
  const distinct = new Set(asked.slice(0, mostScopes));
  const within: string[] = [];
  for (const scope of distinct) {
    if (within.length >= mostParts) break;
    if (!isPlain(scope)) within.push(...intersectScopes([scope], client.scopes));
    else if (client.scopes.includes(scope)) within.push(scope);
  }
  return withoutRepeats(within.slice(0, mostParts), distinct);
}

type ScopeOffer = readonly string[] | Omit<LeftOutScope, 'scope'>;

function offerPlain(scope: string, client: ScopeCeiling, account: ScopeHolder): ScopeOffer {
  if (!client.scopes.includes(scope)) return { why: 'unregistered' };
  if (scope === 'fhirUser' && account.fhirUser === null) return { why: 'unlinked' };
  return [scope];
}

function offerResource(scope: string, client: ScopeCeiling, rights: Rights): ScopeOffer {
  const parsed = parseAnyScope(scope);
  if (!('ok' in parsed)) return { why: 'notRead', detail: parsed.why };
  const { context } = parsed.ok;
  if (context === 'system') return { why: 'machines' };
  const registered = intersectScopes([scope], client.scopes);
  if (registered.length === 0) return { why: 'unregistered' };
  const held = intersectScopes(registered, rights[context]);
  return held.length > 0 ? held : { why: 'noRight' };
}

type Rights = Readonly<Record<'patient' | 'user' | 'admin' | 'operator', readonly string[]>>;

/** A right on all that the user sees includes the same right on one patient's part of it. */
function rightsOf(grants: string): Rights {
  const held = grants.split(/\s+/).filter((grant) => grant !== '');
  return {
    user: held,
    patient: held.map((grant) => grant.replace(/^user\//, 'patient/')),
    admin: held,
    operator: held,
  };
}

function describe(scope: string): OfferedScope {
  const parsed = parseScope(scope);
  return 'ok' in parsed ? { scope, resource: parsed.ok } : { scope };
}

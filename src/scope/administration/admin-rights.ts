import { splitScopes } from '../../auth/login/login-scopes.js';
import type { Principal } from '../../auth/principal.js';
import type { Refusal } from '../../refusal/refusal.js';
import {
  type AdminArea,
  type AdminScope,
  isAdminScope,
  isOfArea,
  permissionsIn,
  rightText,
} from '../grammar/admin-scope.js';
import { isReading, type Permission, permissionWords } from '../grammar/permission.js';
import { shownScope } from '../grammar/scope-suffix.js';
import { administrativeScopes, whyNoAdministrator } from '../grammar/token-scopes.js';

/** A principal, or a context that has one. */
export type RightsHolder = Principal | { readonly principal: Principal };

export const principalOf = (caller: RightsHolder): Principal => ('principal' in caller ? caller.principal : caller);

/**
 * True if a token carries a right to administer, such as `administers(context, 'Policy', 'u')` (docs/adr/0037). For
 * explanations and early answers: before something changes, ask `Administration`, which looks at the account again.
 */
export const administers = (caller: RightsHolder, area: AdminArea, permission: Permission): boolean =>
  hasRight(administrativeScopes(principalOf(caller)), area, permission);

const hasRight = (scopes: readonly AdminScope[], area: AdminArea, permission: Permission): boolean =>
  scopes.some((scope) => isOfArea(scope, area) && scope.permissions.includes(permission));

/** The scopes of a text that are rights to administer. */
export const adminScopesOf = (grants: string): readonly string[] => splitScopes(grants).filter(isAdminScope);

/** Tells whether an account that is linked so may administer: one that is limited to a record does not (docs/adr/0037). */
export const mayAdministerAs = (fhirUser: string | null): boolean =>
  fhirUser === null || /^Practitioner(?:Role)?\//.test(fhirUser);

/** Refusal for a right to administer that the token lacks; undefined if it carries it. */
export function missingRight(
  caller: RightsHolder | undefined,
  area: AdminArea,
  permission: Permission,
): Refusal | undefined {
  const right = rightText(area, permission);
  if (!caller) return administratorNeeded(right, 'The request names no user.');
  const principal = principalOf(caller);
  if (administers(principal, area, permission)) return undefined;
  const obstacle = whyNoAdministrator(principal);
  if (obstacle) return administratorNeeded(right, `This needs ${right}, and ${obstacle.why}.`, obstacle.cure);
  const held = administrativeScopes(principal).map(({ text }) => shownScope(text));
  const has = held.length === 0 ? 'it carries no right to administer' : `it carries ${held.join(', ')}`;
  return administratorNeeded(right, `The token does not carry ${right} (${actionOf(area, permission)}); ${has}.`);
}

/** Types whose stored resources change what everybody sees: a SearchParameter is what all search and policies go by. */
const sharedDefinitions: ReadonlySet<string> = new Set(['SearchParameter']);

/** Refusal for the right that writing a shared definition needs beside the scope; undefined if nothing is missing. */
export const missingDefinition = (caller: RightsHolder, type: string, permission: Permission): Refusal | undefined =>
  sharedDefinitions.has(type) && !isReading(permission) ? missingRight(caller, 'Definition', permission) : undefined;

/** `scopes` goes into the challenge (RFC 6750, section 3), so that a client can ask for it. */
export const administratorNeeded = (right: string, fact: string, cure?: string): Refusal => ({
  code: 'administrator-needed',
  fact,
  cure:
    cure ??
    `Log in with POST /login as a user of this server whose grants include ${right}, and send that token; an app has to be registered for it too. ` +
      `On the server, lanyard user set NAME --grants "… ${right}" gives it, and the command "lanyard" does all without a token.`,
  scopes: [right],
});

const areaWords: Readonly<Record<AdminArea, string>> = {
  User: 'users',
  Client: 'clients',
  Policy: 'policies and what they depend on',
  Launch: 'launches for other users',
  Job: 'jobs',
  Definition: 'definitions that change what everybody sees',
  Audit: 'the audit trail',
  Data: 'data of people for good',
  Tenant: 'tenants',
  BreakGlass: 'looks into tenants',
};

const actionOf = (area: AdminArea, permission: Permission): string =>
  permissionsIn(area).includes(permission) ? `${permissionWords[permission]} ${areaWords[area]}` : areaWords[area];

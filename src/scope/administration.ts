import { Inject, Injectable, Optional } from '@nestjs/common';
import { splitScopes } from '../auth/login/login-scopes.js';
import { LocalAccounts, type UserAccount } from '../auth/local-accounts.js';
import type { Principal } from '../auth/principal.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import { type AdminArea, adminAreas, isAdminScope } from './admin-scope.js';
import { type Permission, permissionWords } from './permission.js';
import { shownScope } from './scope-suffix.js';
import { isWithin, readScope } from './smart-scope.js';
import { administrativeScopes, whyNoAdministrator } from './token-scopes.js';

/** Who asks: a principal, or a context that has one. */
export type Caller = Principal | { readonly principal: Principal };

const principalOf = (caller: Caller): Principal => ('principal' in caller ? caller.principal : caller);

/**
 * Whether a token carries a right to administer, such as `administers(context, 'Policy', 'u')` (docs/adr/0037). For explanations
 * and early answers: before something changes, ask {@link Administration}, which looks at the account again.
 */
export const administers = (caller: Caller, area: AdminArea, permission: Permission): boolean =>
  hasRight(administrativeScopes(principalOf(caller)), area, permission);

interface Right {
  readonly type: string;
  readonly permissions: readonly Permission[];
}

const hasRight = (scopes: readonly Right[], area: AdminArea, permission: Permission): boolean =>
  scopes.some(({ type, permissions }) => (type === area || type === '*') && permissions.includes(permission));

/** The scopes of a text that are rights to administer. */
export const adminScopesOf = (grants: string): readonly string[] => splitScopes(grants).filter(isAdminScope);

/**
 * The rights to administer that a caller has now: in guards, and wherever a hook or an interaction has a principal or a
 * RequestContext. The token has to carry a right, and the account has to have it still: tokens and their cache are slower.
 */
@Injectable()
export class Administration {
  constructor(@Optional() @Inject(LocalAccounts) private readonly accounts?: LocalAccounts) {}

  /** Throws {@link Refused} (`administrator-needed`) that names the one right that is missing, such as `admin/Policy.u`. */
  async require(caller: Caller | undefined, area: AdminArea, permission: Permission): Promise<void> {
    const missing = await this.missing(caller, area, permission);
    if (missing) throw new Refused([missing]);
  }

  async may(caller: Caller | undefined, area: AdminArea, permission: Permission): Promise<boolean> {
    return (await this.missing(caller, area, permission)) === undefined;
  }

  /** The refusal that stands against it, to go beside others; undefined where the caller has the right. */
  async missing(caller: Caller | undefined, area: AdminArea, permission: Permission): Promise<Refusal | undefined> {
    const right = `admin/${area}.${permission}`;
    if (!caller) return administratorNeeded(right, 'The request names no user.');
    const principal = principalOf(caller);
    const obstacle = whyNoAdministrator(principal);
    if (obstacle) return administratorNeeded(right, `${capital(obstacle.why)}.`, obstacle.cure);
    if (!administers(principal, area, permission)) {
      const held = administrativeScopes(principal).map(({ text }) => shownScope(text));
      const has = held.length === 0 ? 'it carries no right to administer' : `it carries ${held.join(', ')}`;
      return administratorNeeded(right, `The token does not carry ${right} (${actionOf(area, permission)}); ${has}.`);
    }
    if (!principal.local) return undefined;
    const account = await this.accounts?.findActiveByName(principal.subject);
    if (account && this.isGranted(account, right)) return undefined;
    return administratorNeeded(right, `The user is not granted ${right} any more.`);
  }

  private isGranted({ grants, fhirUser }: UserAccount, right: string): boolean {
    const wanted = readScope(right)!;
    const isPatient = fhirUser !== null && !/^Practitioner(?:Role)?\//.test(fhirUser);
    return !isPatient && adminScopesOf(grants).some((text) => covers(text, wanted));
  }
}

function covers(granted: string, wanted: Parameters<typeof isWithin>[0]): boolean {
  const outer = readScope(granted);
  return outer !== undefined && isWithin(wanted, outer);
}

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

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const areaWords: Readonly<Record<AdminArea, string>> = {
  User: 'users',
  Client: 'clients',
  Policy: 'policies and what they depend on',
  Launch: 'launches for other users',
  Job: 'jobs',
  Definition: 'definitions that change what everybody sees',
  Audit: 'the audit trail',
};

const actionOf = (area: AdminArea, permission: Permission): string =>
  adminAreas[area].includes(permission) ? `${permissionWords[permission]} ${areaWords[area]}` : areaWords[area];

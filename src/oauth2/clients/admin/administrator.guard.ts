import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { LocalAccounts } from '../../../auth/local-accounts.js';
import { LOGIN_CLIENT_ID } from '../../../auth/login/login-tokens.js';
import { splitScopes } from '../../../auth/login/login-scopes.js';
import type { Principal } from '../../../auth/principal.js';
import { Refused } from '../../../refusal/refusal.js';
import { scopeWithin } from '../../../scope/smart-scope.js';

/** The grant that makes a user of this server its administrator. */
export const ADMINISTRATOR_GRANT = 'user/*.cruds';

/**
 * Lets administrators pass: users managed here, with a token of their own login that carries {@link ADMINISTRATOR_GRANT},
 * and who still have that grant. A token that the user gave to an app never counts, whatever its scopes: an app that may
 * read and write all data may not make itself more apps.
 */
@Injectable()
export class AdministratorGuard implements CanActivate {
  constructor(private readonly accounts: LocalAccounts) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.require(context.switchToHttp().getRequest<{ readonly principal?: Principal }>().principal);
    return true;
  }

  /** Throws {@link Refused} unless an administrator asks in person. */
  async require(principal: Principal | undefined): Promise<void> {
    const fact = principal === undefined ? 'The request names no user.' : await this.whyNot(principal);
    if (fact === undefined) return;
    throw new Refused([
      {
        code: 'administrator-needed',
        fact,
        cure: `Log in with POST /login as a user of this server whose grants include ${ADMINISTRATOR_GRANT}, and send that token. On the server itself the command "lanyard" does the same without a token.`,
      },
    ]);
  }

  private async whyNot(principal: Principal): Promise<string | undefined> {
    if (!principal.local || principal.kind !== 'user') return 'The token is not one of a user managed by this server.';
    if (principal.clientId !== LOGIN_CLIENT_ID)
      return 'The token was given to an app, and only the user in person may manage this server.';
    if (!includesGrant(principal.scopes)) return `The token does not carry ${ADMINISTRATOR_GRANT}.`;
    const account = await this.accounts.findActiveByName(principal.subject);
    if (account !== undefined && includesGrant(splitScopes(account.grants))) return undefined;
    return `The user is not granted ${ADMINISTRATOR_GRANT} any more.`;
  }
}

const includesGrant = (scopes: readonly string[]): boolean =>
  scopes.some((scope) => scopeWithin(ADMINISTRATOR_GRANT, scope));

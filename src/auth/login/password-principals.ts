import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { fhirUserOf } from '../fhir-user.js';
import { entriesUpTo } from '../entries-up-to.js';
import { LocalAccounts, type UserAccount } from '../accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { splitScopes } from './login-scopes.js';
import { loginClientId, LoginTokens } from './login-tokens.js';
import type { Principal } from '../principal.js';
import { withholdingOf } from '../accounts/withholding-claims.js';

const rememberedMs = 60_000;
const rememberedPairs = 1_000;

/** A password that was right: whose it was, and what was stored of it. */
type Right = Pick<UserAccount, 'id' | 'passwordHash'>;

/**
 * For `AUTH_BASIC`: who a password belongs to. A right one is remembered for a minute, as a hash under a key of this process; what
 * its account may do is looked at each time (docs/adr/0056).
 */
@Injectable()
export class PasswordPrincipals {
  private readonly hashKey = randomBytes(32);
  private madeRemembered: LRUCache<string, Right> | undefined;
  private readonly running = new Map<string, Promise<UserAccount>>();

  constructor(
    private readonly accounts: LocalAccounts,
    private readonly tokens: LoginTokens,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: Pick<LocalAuthOptions, 'issuer'>,
  ) {}

  async find(user: string, password: string, address: string): Promise<Principal> {
    const pair = this.hash([user, password]);
    const known = await this.asItIsNow(this.remembered.get(pair));
    if (known) return this.principalOf(known);
    // Many requests may arrive at once; the address is part of it because failures count by address.
    const attempt = this.hash([user, password, address]);
    const running = this.running.get(attempt);
    if (running) return this.principalOf(await running);
    const checking = this.check(user, password, address).finally(() => this.running.delete(attempt));
    this.running.set(attempt, checking);
    const { id, passwordHash } = await checking;
    this.remembered.set(pair, { id, passwordHash });
    return this.principalOf(await checking);
  }

  /** Undefined where the password does not count any more, or not alone: the login is checked anew. */
  private async asItIsNow(right: Right | undefined): Promise<UserAccount | undefined> {
    const account = right && (await this.accounts.findActive(right.id));
    const counts = account && account.passwordHash === right.passwordHash;
    return counts && !account.secondFactor && account.oneTimeUntil === null ? account : undefined;
  }

  private check(user: string, password: string, address: string): Promise<UserAccount> {
    return this.accounts.verifyAlone(user, password, address, `${this.options.issuer}/account`);
  }

  private principalOf(account: UserAccount): Principal {
    const scopes = splitScopes(account.grants);
    const claims = this.tokens.claimsFor(account, scopes);
    return Object.freeze({
      issuer: claims.iss,
      local: true,
      subject: claims.sub,
      clientId: loginClientId,
      kind: 'user',
      scopes,
      ...fhirUserOf(account.fhirUser ?? undefined, claims.aud),
      ...withholdingOf(account),
      ...(account.breakGlass && { mayBreakGlass: true }),
      userWithoutFhirUser: 'allow',
      adminScopes: 'allow',
      expiresAt: claims.exp,
      claims: { ...claims },
    });
  }

  private hash(parts: readonly string[]): string {
    return createHmac('sha256', this.hashKey).update(JSON.stringify(parts)).digest('base64');
  }

  private get remembered(): LRUCache<string, Right> {
    return (this.madeRemembered ??= new LRUCache({ ...entriesUpTo(rememberedPairs), ttl: rememberedMs }));
  }
}

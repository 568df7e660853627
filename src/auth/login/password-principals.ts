import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { fhirUserOf } from '../fhir-user.js';
import { LocalAccounts } from '../local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../local-auth.options.js';
import { splitScopes } from './login-scopes.js';
import { LOGIN_CLIENT_ID, LoginTokens } from './login-tokens.js';
import type { Principal } from '../principal.js';
import { withholdingOf } from '../withholding-claims.js';

const REMEMBERED_MS = 60_000;
const REMEMBERED_PAIRS = 1_000;

/** For `AUTH_BASIC`: who a password belongs to. A right one is remembered for a minute, as a hash under a key of this process. */
@Injectable()
export class PasswordPrincipals implements OnModuleInit {
  private readonly hashKey = randomBytes(32);
  private readonly remembered = new LRUCache<string, Principal>({ max: REMEMBERED_PAIRS, ttl: REMEMBERED_MS });
  private readonly running = new Map<string, Promise<Principal>>();

  constructor(
    private readonly accounts: LocalAccounts,
    private readonly tokens: LoginTokens,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: Pick<LocalAuthOptions, 'issuer'>,
  ) {}

  /** Another password counts at once here, in other processes within the minute. */
  onModuleInit(): void {
    this.accounts.whenEnded(async () => this.remembered.clear());
  }

  async find(user: string, password: string, address: string): Promise<Principal> {
    const pair = this.hash([user, password]);
    const remembered = this.remembered.get(pair);
    if (remembered) return remembered;
    // Many requests may arrive at once; the address is part of it because failures count by address.
    const attempt = this.hash([user, password, address]);
    const running = this.running.get(attempt);
    if (running) return running;
    const checking = this.check(user, password, address).finally(() => this.running.delete(attempt));
    this.running.set(attempt, checking);
    const principal = await checking;
    this.remembered.set(pair, principal);
    return principal;
  }

  private async check(user: string, password: string, address: string): Promise<Principal> {
    const account = await this.accounts.verifyAlone(user, password, address, `${this.options.issuer}/account`);
    const scopes = splitScopes(account.grants);
    const claims = this.tokens.claimsFor(account, scopes);
    return Object.freeze({
      issuer: claims.iss,
      local: true,
      subject: claims.sub,
      clientId: LOGIN_CLIENT_ID,
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
}

import { Injectable } from '@nestjs/common';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { RegistrationTokenRepository } from '../../storage/registration-token.repository.js';
import { generateSecret } from '../client-secret.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { checkScopes } from '../client-scopes.js';

export interface RegistrationTokenOptions {
  /** Highest scopes of clients registered with it; the usual ceiling when absent. */
  readonly scopes?: readonly string[];
  /** Number of clients that may be registered with it. */
  readonly uses?: number;
  readonly ttlSeconds?: number;
}

const usualTtlSeconds = 86_400;
const longestTtlSeconds = 366 * 86_400;
const mostUses = 10_000;

/** Initial access tokens (RFC 7591 1.2): they open dynamic registration, expire, and are stored as hashes. */
@Injectable()
export class RegistrationTokens {
  constructor(private readonly stored: RegistrationTokenRepository) {}

  async create(options: RegistrationTokenOptions): Promise<{ readonly token: string; readonly expiresAt: Date }> {
    const { scopes, uses = 1, ttlSeconds = usualTtlSeconds } = options;
    requireWhole('uses', uses, mostUses);
    requireWhole('ttlSeconds', ttlSeconds, longestTtlSeconds);
    requireScopes(scopes ?? []);
    const token = generateSecret();
    const expiresAt = await this.stored.insert({
      hash: hashOpaque(token),
      scopes: scopes === undefined ? null : scopes.join(' '),
      uses,
      ttlSeconds,
    });
    return { token, expiresAt };
  }

  /** Undefined unless the token opens registration now. */
  async find(token: string): Promise<{ readonly scopes?: readonly string[] } | undefined> {
    const row = await this.stored.find(hashOpaque(token));
    if (row === undefined) return undefined;
    return row.scopes === null ? {} : { scopes: row.scopes.split(' ').filter((scope) => scope !== '') };
  }

  spend(token: string): Promise<boolean> {
    return this.stored.spend(hashOpaque(token));
  }
}

function requireWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new InvalidRequest({ code: 'value', diagnostics: `${name} is a whole number from 1 to ${most}.` });
}

function requireScopes(scopes: readonly string[]): void {
  const wrong = checkScopes({
    scopes,
    kind: 'confidential-asymmetric',
    grantTypes: ['authorization_code', 'client_credentials'],
  });
  const rights = scopes.filter(isAdminScope);
  if (rights.length > 0)
    throw new InvalidRequest({
      code: 'business-rule',
      diagnostics: `Clients that register themselves administer nothing: leave out ${printable(rights.join(' '))}. Who may register clients registers such an app by hand.`,
    });
  if (wrong.length === 0) return;
  throw new InvalidRequest({ code: 'value', diagnostics: wrong.map(({ fact, cure }) => `${fact} ${cure}`).join(' ') });
}

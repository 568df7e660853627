import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { LoginTokens } from './login-tokens.js';
import { Sessions } from './sessions.js';
import { SigningKeyRepository } from '../storage/signing-key.repository.js';
import { noPassword, type UserAccount, UserAccountRepository } from '../storage/user-account.repository.js';

/** Seconds that a token counts. */
export const operatorTokenTtl = 900;
/** A code of v3-PurposeOfUse: Consents hold for who administers, not for who treats. */
const purpose = 'HSYSADMIN';

/** A tenant's own addresses, and what is read with. */
interface Given extends Pick<LocalAuthOptions, 'issuer' | 'fhirBase'> {
  readonly scopes: readonly string[];
}

export interface OperatorToken {
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAt: Date;
}

/** Accounts and tokens of operators who look into the tenant of the current work (docs/adr/0192). */
@Injectable()
export class OperatorTokens {
  constructor(
    private readonly accounts: UserAccountRepository,
    private readonly sessions: Sessions,
    private readonly keys: SigningKeyRepository,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** Makes it where it is missing, without a password; one that is there keeps what the tenant's administrators made of it. */
  async accountOf(operator: string, grants: string): Promise<UserAccount> {
    const name = `Operator:${operator}`;
    await this.accounts.insert({ name, passwordHash: noPassword, grants, fhirUser: null });
    return (await this.accounts.findByName(name))!;
  }

  async give(account: UserAccount, { issuer, fhirBase, scopes }: Given): Promise<OperatorToken> {
    const options = { ...this.options, issuer, fhirBase };
    // Those of the operator's own server keep keys.
    const tokens = new LoginTokens(new SigningKeys(this.keys, options), options);
    const session = await this.sessions.open(account.id, scopes, operatorTokenTtl);
    const claims = tokens.claimsFor(account, scopes);
    const [exp, tokenId] = [claims.iat + operatorTokenTtl, randomUUID()];
    const { sessionId } = session;
    const token = await tokens.sign({ ...claims, exp, purpose_of_use: purpose }, { sessionId, tokenId });
    return { token, tokenId, expiresAt: new Date(exp * 1000) };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, requireOwnPassword, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { generatePassword } from '../../auth/login/password.js';
import { type MadeForUser, PasswordLinks } from '../../auth/login/password-links.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';

const usualTtlSeconds = 86_400;
const longestTtlSeconds = 7 * 86_400;

/** Lets a user choose a password, for the admin API and the command line alike (docs/adr/0040). */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly links: PasswordLinks,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>,
  ) {}

  /** The address at which the user chooses a password; nothing changes until then. */
  async makeLink(name: string, ttlSeconds = usualTtlSeconds): Promise<MadeForUser> {
    const { value, expiresAt } = await this.links.create(await this.withPassword(name), requireTtl(ttlSeconds));
    return { value: `${this.options.issuer}/account/link/${value}`, expiresAt };
  }

  /** Replaces the password by one that opens nothing but the choice of another one. */
  async makeOneTimePassword(name: string, ttlSeconds = usualTtlSeconds): Promise<MadeForUser> {
    const value = generatePassword();
    const account = await this.withPassword(name);
    return { value, expiresAt: await this.accounts.setOneTimePassword(account, value, requireTtl(ttlSeconds)) };
  }

  private async withPassword(name: string): Promise<UserAccount> {
    const account = await this.accounts.get(name);
    if (account.disabledAt !== null)
      throw new InvalidRequest({
        code: 'business-rule',
        diagnostics: `The user ${account.name} is disabled. Enable the user first.`,
      });
    requireOwnPassword(account.name);
    return account;
  }
}

function requireTtl(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 60 && seconds <= longestTtlSeconds) return seconds;
  throw new InvalidRequest({
    code: 'value',
    diagnostics: `ttlSeconds is a whole number from 60 to ${longestTtlSeconds} (a week).`,
  });
}

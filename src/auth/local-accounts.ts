import { Injectable } from '@nestjs/common';
import { InvalidRequest } from '../fhir/model/fhir-error.js';
import { Refused } from '../refusal/refusal.js';
import { LOGIN_CLIENT_ID } from './login/login-tokens.js';
import { LoginThrottle } from './login/login-throttle.js';
import { generatePassword, Passwords } from './login/password.js';
import { Sessions } from './login/sessions.js';
import { UserAccountRepository, type UserAccount } from './storage/user-account.repository.js';
import { refusal } from './token-refusal.js';

export type { UserAccount } from './storage/user-account.repository.js';

const ADMIN_GRANTS = 'user/*.cruds user/AuditEvent.rs';

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  /** SMART scopes, separated by spaces. */
  readonly grants: string;
  /** Relative reference such as `Practitioner/p1`. */
  readonly fhirUser?: string;
}

/** The users managed here. */
@Injectable()
export class LocalAccounts {
  constructor(
    private readonly accounts: UserAccountRepository,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly sessions: Sessions,
  ) {}

  /** The first user. A password that is given counts, also for an account that had another one. */
  async ensureAdmin(
    name: string,
    password?: string,
  ): Promise<{ readonly created: boolean; readonly generatedPassword?: string }> {
    const account = await this.accounts.findByName(canonicalName(name));
    if (account) {
      if (password !== undefined) await this.applyPassword(account, password);
      return { created: false };
    }
    const chosen = password ?? generatePassword();
    if (await this.insert({ name, password: chosen, grants: ADMIN_GRANTS })) {
      return password === undefined ? { created: true, generatedPassword: chosen } : { created: true };
    }
    // Another server that starts at the same time was faster, and tells its password.
    return { created: false };
  }

  async create(account: NewAccount): Promise<void> {
    if (account.fhirUser !== undefined && !/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(account.fhirUser)) {
      throw new InvalidRequest({
        code: 'value',
        diagnostics: 'fhirUser is a relative reference such as Practitioner/p1.',
      });
    }
    if (!(await this.insert(account))) {
      throw new InvalidRequest({ code: 'duplicate', diagnostics: `There is a user ${account.name} already.` });
    }
  }

  /** The account whose password this is. Throws `login-failed` or, before any work, `too-many-attempts`. */
  async verify(name: string, password: string, address: string): Promise<UserAccount> {
    const user = canonicalName(name);
    await this.throttle.check(user, address);
    return this.passwords.inTurn(async () => {
      // Those ahead in the queue may have used up the tries.
      await this.throttle.check(user, address);
      const account = isName(user) ? await this.accounts.findByName(user) : null;
      const matches = await this.passwords.matches(password, account?.passwordHash);
      if (!account || !matches || account.disabledAt) {
        await this.throttle.failed(user, address);
        throw loginFailed();
      }
      await this.throttle.succeeded(user, address);
      if (this.passwords.isOutdated(account.passwordHash)) {
        await this.accounts.updatePassword(account.id, await this.passwords.hash(password));
      }
      return account;
    });
  }

  /** Undefined when there is no such user any more. */
  async findActive(id: string): Promise<UserAccount | undefined> {
    const account = await this.accounts.findById(id);
    return account && !account.disabledAt ? account : undefined;
  }

  async disable(name: string): Promise<void> {
    const account = await this.accounts.findByName(canonicalName(name));
    if (!account) throw new InvalidRequest({ code: 'not-found', diagnostics: `There is no user ${name}.` });
    await this.accounts.disable(account.id);
    await this.sessions.endAllOf(account.id);
  }

  private async applyPassword(account: UserAccount, password: string): Promise<void> {
    if (await this.passwords.matches(password, account.passwordHash)) return;
    await this.accounts.updatePassword(account.id, await this.passwords.hash(password));
    await this.sessions.endAllOf(account.id);
  }

  private async insert({ name, password, grants, fhirUser }: NewAccount): Promise<boolean> {
    const canonical = canonicalName(name);
    if (!isName(canonical) || canonical.includes(':') || looksLikeMachine(canonical)) {
      throw new InvalidRequest({
        code: 'value',
        diagnostics:
          'A user name has 1 to 256 characters, no colon (HTTP Basic forbids it) and no control characters; it is not ' +
          `${LOGIN_CLIENT_ID} and does not end in @clients, which would make its tokens a machine's.`,
      });
    }
    if (password === '') throw new InvalidRequest({ code: 'value', diagnostics: 'The password is empty.' });
    const passwordHash = await this.passwords.hash(password);
    return this.accounts.insert({ name: canonical, passwordHash, grants, fhirUser: fhirUser ?? null });
  }
}

/** The same name typed on another keyboard is the same name. */
const canonicalName = (name: string): string => name.normalize('NFC');

const isName = (name: string): boolean => name.length > 0 && name.length <= 256 && !/\p{Cc}/u.test(name);

/** A token is a machine's by such a `sub` (architecture 3.1), and machines may use `system/` scopes. */
const looksLikeMachine = (name: string): boolean => name === LOGIN_CLIENT_ID || name.endsWith('@clients');

/** One text for an unknown user, a wrong password and a disabled account: a guesser learns nothing. */
const loginFailed = (): Refused =>
  new Refused([
    refusal(
      'login-failed',
      'The user name or the password is wrong, or the account is disabled.',
      'Check both (names are case-sensitive). The first user and a generated password were printed when the server first started; ADMIN_PASSWORD sets another.',
    ),
  ]);

import { Injectable } from '@nestjs/common';
import type { Confidentiality } from '../../r4/model/confidentiality.js';
import { FhirError, InvalidRequest } from '../../r4/errors/fhir-error.js';
import { Refused } from '../../refusal/refusal.js';
import { loginClientId } from '../login/login-tokens.js';
import { LoginThrottle } from '../login/login-throttle.js';
import { generatePassword, Passwords } from '../login/password.js';
import { Sessions } from '../login/sessions.js';
import { UserAccountRepository, type UserAccount } from '../storage/user-account.repository.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';
import { canonicalName, isUserName } from './user-name.js';

export type { UserAccount } from '../storage/user-account.repository.js';

/** Grants of the first user: all data, the audit, all administration. They load data too, at ids of their own. */
const adminGrants = 'user/*.cruds user/AuditEvent.rs admin/*.cruds';

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  /** SMART scopes, separated by spaces. */
  readonly grants: string;
  /** Relative reference such as `Practitioner/p1`. */
  readonly fhirUser?: string;
  readonly clearance?: Confidentiality | null;
  readonly breakGlass?: boolean;
  readonly consentExempt?: boolean;
  readonly ownIds?: boolean;
}

/** Change of an account; absent fields keep their values. */
export interface AccountChange {
  readonly password?: string;
  readonly grants?: string;
  /** Null: no longer linked. */
  readonly fhirUser?: string | null;
  /** Null: that of the setting. */
  readonly clearance?: Confidentiality | null;
  /** True if the user may lift Consents in an emergency. */
  readonly breakGlass?: boolean;
  /** True if Consents do not apply to the user. */
  readonly consentExempt?: boolean;
  /** True if the user may create at ids of their own although Consents deny something. */
  readonly ownIds?: boolean;
  readonly disabled?: boolean;
}

/** 404 for those who may know the users. */
export class UserNotFound extends FhirError {
  readonly status = 404;

  constructor(name: string) {
    super({ code: 'not-found', diagnostics: `There is no user ${cleaned(name)}.` });
  }
}

/** Called with the name of an account whose tokens must end; for code that gives tokens beside the login. */
type AccountEnd = (name: string) => Promise<void>;

/** The users managed here. */
@Injectable()
export class LocalAccounts {
  private readonly ends: AccountEnd[] = [];

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
    if (await this.insert({ name, password: chosen, grants: adminGrants, ownIds: true })) {
      return password === undefined ? { created: true, generatedPassword: chosen } : { created: true };
    }
    // Another server that starts at the same time was faster, and tells its password.
    return { created: false };
  }

  /** While the application starts: what is to end with the sessions of an account, and when it is disabled, or has another password or person. */
  whenEnded(end: AccountEnd): void {
    this.ends.push(end);
  }

  async create(account: NewAccount): Promise<void> {
    requireReference(account.fhirUser);
    if (!(await this.insert(account))) {
      throw new InvalidRequest({ code: 'duplicate', diagnostics: `There is a user ${account.name} already.` });
    }
  }

  /** The account whose password this is. Throws `login-failed` or, before any work, `too-many-attempts`. */
  async verify(name: string, password: string, address: string): Promise<UserAccount> {
    const user = canonicalName(name);
    await this.throttle.check(user, address);
    return this.passwords.inTurn(async () => {
      // Attempts ahead in the queue may have used up the tries.
      await this.throttle.check(user, address);
      const account = isUserName(user) ? await this.accounts.findByName(user) : null;
      const matches = await this.passwords.matches(password, account?.passwordHash);
      if (!account || !matches || account.disabledAt || isOver(account)) {
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

  /** True if an account has or had this name. */
  async exists(name: string): Promise<boolean> {
    return isUserName(name) && (await this.accounts.findByName(canonicalName(name))) !== null;
  }

  /** For who takes a password and nothing else: refuses one-time passwords, and accounts that have a second factor. `accountPage`: where those are changed. */
  async verifyAlone(name: string, password: string, address: string, accountPage: string): Promise<UserAccount> {
    const account = await this.verify(name, password, address);
    if (account.oneTimeUntil !== null) throw passwordChangeNeeded(accountPage);
    if (account.secondFactor) throw secondFactorNeeded();
    return account;
  }

  /** Turns the second step of the login on or off; turned on, it ends the sessions that a password alone opened. */
  async requireSecondFactor(account: UserAccount, required: boolean): Promise<void> {
    await this.accounts.requireSecondFactor(account.id, required);
    if (required) await this.sessions.endAllOf(account.id);
  }

  /** Finds a user by the name that is the `sub` of tokens. Undefined when there is no such user any more. */
  async findActiveByName(name: string): Promise<UserAccount | undefined> {
    const account = isUserName(name) ? await this.accounts.findByName(canonicalName(name)) : null;
    return account && !account.disabledAt ? account : undefined;
  }

  /** Undefined when there is no such user any more. */
  async findActive(id: string): Promise<UserAccount | undefined> {
    const account = await this.accounts.findById(id);
    return account && !account.disabledAt ? account : undefined;
  }

  /** Lists accounts in the order of their names; disabled ones too. */
  list(after = '', count = 1000): Promise<readonly UserAccount[]> {
    return this.accounts.list(after, count);
  }

  /** Also a disabled one. Throws {@link UserNotFound}. */
  async get(name: string): Promise<UserAccount> {
    const canonical = canonicalName(name);
    const account = isUserName(canonical) ? await this.accounts.findByName(canonical) : null;
    if (!account) throw new UserNotFound(name);
    return account;
  }

  /** Each change ends the sessions of the user, so that no token of before outlives it. */
  async change(name: string, { password, fhirUser, ...change }: AccountChange): Promise<void> {
    requireReference(fhirUser ?? undefined);
    if (password === '') throw emptyPassword();
    const { id, name: canonical } = await this.get(name);
    if (password !== undefined) requireOwnPassword(canonical);
    await this.accounts.update(id, {
      ...change,
      ...(fhirUser !== undefined && { fhirUser }),
      ...(password !== undefined && { passwordHash: await this.passwords.hash(password), oneTimeUntil: null }),
    });
    await this.sessions.endAllOf(id);
    // Fewer grants narrow what apps have when they next ask; everything else here is another account.
    if (password !== undefined || fhirUser !== undefined || change.disabled === true) await this.endAll(canonical);
  }

  /** A password that the user chose. Whatever was opened with the one before ends. */
  async setPassword(account: UserAccount, password: string): Promise<UserAccount> {
    await this.change(account.name, { password });
    return this.get(account.name);
  }

  /** Until the user has chosen another one, it opens nothing but that choice. Whatever the one before opened ends. */
  async setOneTimePassword(account: UserAccount, password: string, ttlSeconds: number): Promise<Date> {
    const until = await this.accounts.setOneTimePassword(account.id, await this.passwords.hash(password), ttlSeconds);
    await this.sessions.endAllOf(account.id);
    await this.endAll(account.name);
    return until;
  }

  /** Replaces a one-time password in the login under way: that one opened nothing, so nothing has to end. */
  async replaceOneTimePassword(account: UserAccount, password: string): Promise<boolean> {
    const hash = await this.passwords.hash(password);
    return this.accounts.replaceOneTimePassword(account.id, account.passwordHash, hash);
  }

  async passwordMatches(account: UserAccount, password: string): Promise<boolean> {
    return this.passwords.matches(password, account.passwordHash);
  }

  async disable(name: string): Promise<void> {
    const account = await this.get(name);
    await this.accounts.disable(account.id);
    await this.endSessions(account.name);
  }

  /** Ends what the user is logged in to, browsers included, and what apps may do for the user. Throws {@link UserNotFound}. */
  async endSessions(name: string): Promise<void> {
    const { id, name: canonical } = await this.get(name);
    await this.sessions.endAllOf(id);
    await this.endAll(canonical);
  }

  private async endAll(name: string): Promise<void> {
    for (const end of this.ends) await end(name);
  }

  private async applyPassword(account: UserAccount, password: string): Promise<void> {
    if (await this.passwords.matches(password, account.passwordHash)) return;
    await this.change(account.name, { password });
  }

  private async insert({ name, password, grants, fhirUser, ...withholding }: NewAccount): Promise<boolean> {
    const canonical = canonicalName(name);
    if (!isUserName(canonical) || canonical.includes(':') || looksLikeMachine(canonical)) {
      throw new InvalidRequest({
        code: 'value',
        diagnostics:
          'A user name has 1 to 256 characters, no colon (HTTP Basic forbids it) and no control characters; it is not ' +
          `${loginClientId} and does not end in @clients, which would make its tokens a machine's.`,
      });
    }
    if (password === '') throw emptyPassword();
    const passwordHash = await this.passwords.hash(password);
    return this.accounts.insert({ name: canonical, passwordHash, grants, fhirUser: fhirUser ?? null, ...withholding });
  }
}

function requireReference(fhirUser: string | undefined): void {
  if (fhirUser === undefined || /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(fhirUser)) return;
  throw new InvalidRequest({ code: 'value', diagnostics: 'fhirUser is a relative reference such as Practitioner/p1.' });
}

/** Accounts that were made for users of a login provider begin with its id, those of operators with `Operator`; they have no password here that anybody knows. */
export const signsInElsewhere = (name: string): boolean => name.includes(':');

/** Throws for an account whose user proves elsewhere who it is: whoever set a password could be that user. */
export function requireOwnPassword(name: string): void {
  if (!signsInElsewhere(name)) return;
  throw new InvalidRequest({
    code: 'business-rule',
    diagnostics:
      `The user ${name} has no password here: such users sign in at a login provider, or are operators of the server. ` +
      'One of this server would let somebody else in as them. Let the provider reset theirs.',
  });
}

/** A one-time password that was not used in time is no password any more. */
const isOver = ({ oneTimeUntil }: UserAccount): boolean =>
  oneTimeUntil !== null && oneTimeUntil.getTime() <= Date.now();

const emptyPassword = (): InvalidRequest =>
  new InvalidRequest({ code: 'value', diagnostics: 'The password is empty.' });

/** A token with such a `sub` counts as a machine's, and machines may use `system/` scopes. */
const looksLikeMachine = (name: string): boolean => name === loginClientId || name.endsWith('@clients');

/** One text for an unknown user, a wrong password and a disabled account: a guesser learns nothing. */
const loginFailed = (): Refused =>
  new Refused([
    refusal(
      'login-failed',
      'The user name or the password is wrong, or the account is disabled.',
      'Check both (names are case-sensitive). The first user and a generated password were printed when the server first started; ADMIN_PASSWORD sets another.',
    ),
  ]);

const passwordChangeNeeded = (accountPage: string): Refused =>
  new Refused([
    refusal(
      'password-change-needed',
      'The password is right, and counts for nothing but choosing another one.',
      `Open ${accountPage} in a browser, sign in with it, and choose a password of your own.`,
    ),
  ]);

const secondFactorNeeded = (): Refused =>
  new Refused([
    refusal(
      'second-factor-needed',
      'The password is right, and this account has a second factor, which cannot be given here.',
      'Log in on a page: use an app with the authorization code flow (SMART App Launch).',
    ),
  ]);

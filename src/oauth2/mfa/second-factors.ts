import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { LoginThrottle } from '../../auth/login/login-throttle.js';
import { BrowserSessions } from '../provider/interactions/browser-sessions.js';
import { MfaRepository, type NewPasskey, type StoredPasskey } from '../storage/mfa.repository.js';
import { type PasskeyAnswer, Passkeys } from './passkeys.js';
import { generateRecoveryCodes, hashRecoveryCode } from './recovery-codes.js';
import { totpSeal } from './totp-seal.js';
import { stepOfCode } from './totp.js';

/** Second factors of an account. */
export interface FactorOverview {
  readonly totp: boolean;
  readonly passkeys: readonly StoredPasskey[];
  readonly recoveryCodesLeft: number;
}

/** The second step of the login of local users: TOTP, passkeys, and recovery codes for when these are lost. */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly stored: MfaRepository,
    private readonly passkeys: Passkeys,
    private readonly accounts: LocalAccounts,
    private readonly throttle: LoginThrottle,
    private readonly browsers: BrowserSessions,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  private get keySecrets(): readonly string[] {
    return this.options.keySecrets?.() ?? [];
  }

  async of({ id }: UserAccount): Promise<FactorOverview> {
    const [secret, passkeys, recoveryCodesLeft] = await Promise.all([
      this.stored.totpSecret(id),
      this.stored.passkeys(id),
      this.stored.recoveryCodesLeft(id),
    ]);
    return { totp: secret !== undefined, passkeys, recoveryCodesLeft };
  }

  /** True for a code of the account's app, or a recovery code; each counts once. Throws `too-many-attempts`. */
  isCode(account: UserAccount, code: string): Promise<boolean> {
    return this.attempt(
      account,
      async () => (await this.isAppCode(account, code)) || this.isRecoveryCode(account, code),
    );
  }

  isPasskey(account: UserAccount, answer: PasskeyAnswer): Promise<boolean> {
    return this.attempt(account, () => this.passkeys.isLogin(account, answer));
  }

  /** Sets TOTP up once a code shows that the user has the secret. False when the code is not of it. */
  async addTotp(account: UserAccount, secret: string, code: string): Promise<boolean> {
    const step = stepOfCode(secret, code);
    if (step === undefined) return false;
    await this.stored.saveTotp(account.id, totpSeal.seal(secret, account.id, this.keySecrets[0]), step);
    await this.requireIfFirst(account);
    return true;
  }

  /** False when some account has this passkey already. */
  async addPasskey(account: UserAccount, passkey: NewPasskey): Promise<boolean> {
    if (!(await this.stored.addPasskey(account.id, passkey))) return false;
    await this.requireIfFirst(account);
    return true;
  }

  async removeTotp(account: UserAccount): Promise<void> {
    await this.stored.removeTotp(account.id);
    await this.freeIfLast(account);
  }

  async removePasskey(account: UserAccount, credentialId: string): Promise<void> {
    await this.stored.removePasskey(account.id, credentialId);
    await this.freeIfLast(account);
  }

  /** For users who have lost them all: a password is enough again. */
  async removeAll(account: UserAccount): Promise<void> {
    await this.stored.removeAll(account.id);
    await this.accounts.requireSecondFactor(account, false);
  }

  /** New codes, to be shown once; those made before count no more. */
  async renewRecoveryCodes({ id }: UserAccount): Promise<readonly string[]> {
    const codes = generateRecoveryCodes();
    await this.stored.replaceRecoveryCodes(
      id,
      codes.map((code) => hashRecoveryCode(code)!),
    );
    return codes;
  }

  private async isAppCode({ id }: UserAccount, code: string): Promise<boolean> {
    const stored = await this.stored.totpSecret(id);
    const step = stored === undefined ? undefined : stepOfCode(totpSeal.open(stored, id, this.keySecrets), code);
    return step !== undefined && this.stored.useStep(id, step);
  }

  private async isRecoveryCode({ id }: UserAccount, code: string): Promise<boolean> {
    const hash = hashRecoveryCode(code);
    return hash !== undefined && this.stored.useRecoveryCode(id, hash);
  }

  /**
   * Nine failures in the window, from wherever they come: who gets here knows the password, so this locks out nobody but its
   * owner and a thief. Counted apart from passwords, since a right password forgets the failures of its user.
   */
  private async attempt({ id }: UserAccount, check: () => Promise<boolean>): Promise<boolean> {
    const user = `second factor\n${id}`;
    const everywhere = `second factor of ${id}`;
    // Counted before it is looked at: of many guesses at once no more than the limit are.
    await this.throttle.failed(user, everywhere);
    await this.throttle.check(user, everywhere);
    if (!(await check())) return false;
    await this.throttle.succeeded(user, everywhere);
    return true;
  }

  private async requireIfFirst(account: UserAccount): Promise<void> {
    if (account.secondFactor) return;
    await this.accounts.requireSecondFactor(account, true);
    await this.browsers.endAllOf(account.name);
  }

  private async freeIfLast(account: UserAccount): Promise<void> {
    const { totp, passkeys } = await this.of(account);
    if (totp || passkeys.length > 0) return;
    await this.accounts.requireSecondFactor(account, false);
    await this.stored.removeRecoveryCodes(account.id);
  }
}

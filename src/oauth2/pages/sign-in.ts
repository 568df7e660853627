import { Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { Refused } from '../../refusal/refusal.js';
import { Passkeys } from '../mfa/passkeys.js';
import { SecondFactors } from '../mfa/second-factors.js';
import type { FormError } from './page.js';
import type { PageForm } from './page-form.js';

export type SignInStep =
  | { readonly account: UserAccount; readonly amr: readonly string[] }
  | { readonly pending: UserAccount }
  | { readonly error: FormError };

/** The login of local users, for whatever page asks for it: password, then the second factor of accounts that have one. */
@Injectable()
export class SignIn {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly factors: SecondFactors,
    private readonly passkeys: Passkeys,
  ) {}

  async password(form: PageForm, address: string): Promise<SignInStep> {
    const [name, password] = [form.text('name').trim(), form.text('password')];
    if (name === '' || password === '') {
      return { error: { field: name === '' ? 'name' : 'password', text: 'Enter your user name and your password.' } };
    }
    return told('name', async () => {
      const account = await this.accounts.verify(name, password, address);
      return account.secondFactor ? { pending: account } : { account, amr: ['pwd'] };
    });
  }

  /** Checks the current password in a form; undefined when it is right. Tries count like those of a login. */
  async currentPassword({ name }: UserAccount, form: PageForm, address: string): Promise<FormError | undefined> {
    const current = form.text('current');
    if (current === '') return { field: 'current', text: 'Enter your current password.' };
    const step = await told('current', async () => ({
      account: await this.accounts.verify(name, current, address),
      amr: ['pwd'],
    }));
    if (!('error' in step)) return undefined;
    const { text } = step.error;
    return { field: 'current', text: text === wrongLogin ? 'This is not your current password.' : text };
  }

  async code(account: UserAccount, form: PageForm): Promise<SignInStep> {
    return told('code', async () =>
      (await this.factors.isCode(account, form.text('code')))
        ? { account, amr: ['pwd', 'otp', 'mfa'] }
        : {
            error: {
              field: 'code',
              text: 'This code is wrong, or was used before. Wait for the next one of your app.',
            },
          },
    );
  }

  async passkey(account: UserAccount, form: PageForm, challenge: string | undefined): Promise<SignInStep> {
    const response = form.text('response');
    return told(undefined, async () =>
      challenge !== undefined && (await this.factors.isPasskey(account, { response, challenge }))
        ? { account, amr: ['pwd', 'hwk', 'mfa'] }
        : { error: { text: 'The passkey was not accepted. Try again, or use a code.' } },
    );
  }

  /** Second factors of this account; with passkeys, a challenge to be kept. */
  async secondStep(account: UserAccount): Promise<{ hasApp: boolean; passkey?: string; challenge?: string }> {
    const { totp, passkeys } = await this.factors.of(account);
    if (passkeys.length === 0) return { hasApp: totp };
    const options = await this.passkeys.startLogin(account);
    return { hasApp: totp, passkey: JSON.stringify(options), challenge: options.challenge };
  }
}

const wrongLogin = 'The user name or the password is wrong, or the account is disabled.';

/** Shows why a login is refused beside the form, where the user can do something about it. */
async function told(field: string | undefined, attempt: () => Promise<SignInStep>): Promise<SignInStep> {
  try {
    return await attempt();
  } catch (error) {
    const text = error instanceof Refused ? textOf(error) : undefined;
    if (text === undefined) throw error;
    return { error: { text, ...(field !== undefined && { field }) } };
  }
}

function textOf({ refusals: [{ code }], headers }: Refused): string | undefined {
  if (code === 'login-failed') return wrongLogin;
  if (code !== 'too-many-attempts') return undefined;
  const seconds = Number(headers['retry-after'] ?? 60);
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`;
  return `There were too many failed attempts. Wait ${wait}, then try again.`;
}

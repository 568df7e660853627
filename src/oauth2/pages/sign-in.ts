import { Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { Refused } from '../../refusal/refusal.js';
import { Passkeys } from '../mfa/passkeys.js';
import { SecondFactors } from '../mfa/second-factors.js';
import type { Saying } from '../words/languages.js';
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
      return { error: { field: name === '' ? 'name' : 'password', text: ({ login }) => login.bothNeeded } };
    }
    return told('name', async () => {
      const account = await this.accounts.verify(name, password, address);
      return account.secondFactor ? { pending: account } : { account, amr: ['pwd'] };
    });
  }

  /** Checks the current password in a form; undefined when it is right. Tries count like those of a login. */
  async currentPassword({ name }: UserAccount, form: PageForm, address: string): Promise<FormError | undefined> {
    const current = form.text('current');
    if (current === '') return { field: 'current', text: ({ login }) => login.currentNeeded };
    const step = await told('current', async () => ({
      account: await this.accounts.verify(name, current, address),
      amr: ['pwd'],
    }));
    if (!('error' in step)) return undefined;
    const { text } = step.error;
    return { field: 'current', text: text === wrongLogin ? ({ login }) => login.currentWrong : text };
  }

  async code(account: UserAccount, form: PageForm): Promise<SignInStep> {
    return told('code', async () =>
      (await this.factors.isCode(account, form.text('code')))
        ? { account, amr: ['pwd', 'otp', 'mfa'] }
        : { error: { field: 'code', text: ({ login }) => login.codeWrong } },
    );
  }

  async passkey(account: UserAccount, form: PageForm, challenge: string | undefined): Promise<SignInStep> {
    const response = form.text('response');
    return told(undefined, async () =>
      challenge !== undefined && (await this.factors.isPasskey(account, { response, challenge }))
        ? { account, amr: ['pwd', 'hwk', 'mfa'] }
        : { error: { text: ({ login }) => login.passkeyWrong } },
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

const wrongLogin: Saying = ({ login }) => login.wrong;

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

function textOf({ refusals: [{ code }], headers }: Refused): Saying | undefined {
  if (code === 'login-failed') return wrongLogin;
  if (code !== 'too-many-attempts') return undefined;
  const seconds = Number(headers['retry-after'] ?? 60);
  return ({ login }) => login.tooMany(seconds);
}

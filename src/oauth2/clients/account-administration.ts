import { Injectable } from '@nestjs/common';
import { LocalAccounts, type AccountChange, type UserAccount } from '../../auth/local-accounts.js';
import { requirePassword } from '../../auth/login/chosen-password.js';
import { generatePassword } from '../../auth/login/password.js';
import { InvalidRequest } from '../../fhir/model/fhir-error.js';
import { Grants } from '../provider/grants.js';
import { OauthClientStore } from './oauth-client-store.js';

/** Makes and changes the users managed here, for the admin API and the command line alike. */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly clients: OauthClientStore,
    private readonly grants: Grants,
  ) {}

  /** A password that is not given is made; only then it is answered. */
  async create({
    name,
    password,
    grants = '',
    fhirUser,
    disabled = false,
    ...withholding
  }: AccountChange & { readonly name: string }): Promise<{
    readonly account: UserAccount;
    readonly password?: string;
  }> {
    // A machine's `sub` is its client id: no user may have the name of one.
    if (await this.clients.exists(name))
      throw new InvalidRequest({
        code: 'duplicate',
        diagnostics: `There is a client with the id ${name}. Choose another name.`,
      });
    if (password !== undefined) requirePassword(password, name);
    const chosen = password ?? generatePassword();
    await this.accounts.create({
      name,
      password: chosen,
      grants,
      ...withholding,
      ...(typeof fhirUser === 'string' && { fhirUser }),
    });
    if (disabled) await this.accounts.disable(name);
    const account = await this.accounts.get(name);
    return { account, ...(password === undefined && { password: chosen }) };
  }

  /** Ends what the user is logged in to, and what apps may do for the user: all of it was given under other terms. */
  async change(name: string, change: AccountChange): Promise<UserAccount> {
    if (change.password !== undefined) requirePassword(change.password, name);
    await this.accounts.change(name, change);
    const account = await this.accounts.get(name);
    await this.grants.endAllOf(account.name);
    return account;
  }
}

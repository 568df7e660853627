import { Injectable } from '@nestjs/common';
import { LocalAccounts, type AccountChange, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { requirePassword } from '../../auth/login/chosen-password.js';
import { generatePassword } from '../../auth/login/password.js';
import { PasswordLinks } from '../../auth/login/password-links.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { adminScopesOf } from '../../scope/administration/admin-rights.js';
import { Grants } from '../provider/grants.js';
import { scopesOutside } from '../scopes/intersect-scopes.js';
import { OauthClientStore } from './oauth-client-store.js';

/** Makes and changes the users managed here, for the admin API and the command line alike. */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly clients: OauthClientStore,
    private readonly grants: Grants,
    private readonly links: PasswordLinks,
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
    await this.prepareToRaise(name, change);
    await this.accounts.change(name, change);
    const account = await this.accounts.get(name);
    await this.grants.endAllOf(account.name);
    return account;
  }

  /**
   * Ends links and one-time passwords of a user who becomes an administrator: those who made them know them, and would
   * get the new rights (docs/adr/0056).
   */
  private async prepareToRaise(name: string, { grants, password }: AccountChange): Promise<void> {
    const account = await this.accounts.get(name);
    const { oneTimeUntil } = account;
    if (scopesOutside(adminScopesOf(grants ?? ''), adminScopesOf(account.grants)).length === 0) return;
    if (oneTimeUntil !== null && oneTimeUntil.getTime() > Date.now() && password === undefined)
      throw new InvalidRequest({
        code: 'business-rule',
        diagnostics: `The user ${account.name} has a one-time password, which whoever made it knows, too. Rights to administer are given once the user has signed in with it and chosen another one.`,
      });
    await this.links.endOf(account);
  }
}

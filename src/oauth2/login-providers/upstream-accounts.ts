import { Inject, Injectable } from '@nestjs/common';
import type { LoginProvider } from '../../config/foreign/login-provider.js';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import {
  UpstreamIdentityRepository,
  type AccountRights,
  type LinkedAccount,
  type UpstreamSubject,
} from '../storage/upstream-identity.repository.js';
import { LOGIN_PROVIDER_OPTIONS, type LoginProviderOptions } from './login-provider-options.js';
import type { Saying } from '../words/languages.js';
import { UpstreamLoginFailed } from './upstream-login-failed.js';
import { accountNames, rightsOf, type NoRights, type UpstreamClaims } from './upstream-user.js';

const noRights: AccountRights = { grants: '', fhirUser: null };

/** The local account of an upstream user: linked by issuer and subject, never by a name or an e-mail address. */
@Injectable()
export class UpstreamAccounts {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly identities: UpstreamIdentityRepository,
    @Inject(LOGIN_PROVIDER_OPTIONS) private readonly options: LoginProviderOptions,
  ) {}

  /** The name of the account; throws when there is none that may log in. */
  async accountFor(provider: LoginProvider, subject: string, claims: UpstreamClaims): Promise<string> {
    const who: UpstreamSubject = { issuer: provider.issuer, subject };
    const linked = await this.identities.find(who);
    if (!linked && !provider.createUsers) throw notLinked(provider, subject);
    const rights = rightsOf(provider, claims, this.options.fhirBase);
    const account = linked ?? (await this.createAccount(provider, who, claims, ifAny(provider, rights)));
    if (account.managed) await this.apply(account, provider, rights);
    if (account.disabled) throw disabled(provider);
    await this.identities.rememberLogin(who);
    return account.name;
  }

  /** Applies the rights that were lost upstream before anything else is decided. */
  private async apply(
    account: LinkedAccount,
    provider: LoginProvider,
    rights: AccountRights | NoRights,
  ): Promise<void> {
    const { grants, fhirUser } = typeof rights === 'string' ? noRights : rights;
    // A user who lost rights also loses the tokens that were given for them.
    if (fhirUser !== account.fhirUser || !includesAll(grants, account.grants))
      await this.accounts.change(account.name, { grants, fhirUser });
    else if (grants !== account.grants) await this.identities.updateGrants(account.accountId, grants);
    ifAny(provider, rights);
  }

  private async createAccount(
    provider: LoginProvider,
    who: UpstreamSubject,
    claims: UpstreamClaims,
    rights: AccountRights,
  ): Promise<LinkedAccount> {
    for (const name of accountNames(provider, claims, who.subject)) {
      if (await this.identities.createAccount(who, name, rights)) break;
      // Taken by somebody else, or this very user is being created by another process.
      if (await this.identities.find(who)) break;
    }
    const account = await this.identities.find(who);
    if (!account) throw new Error('No name is left for an upstream user.');
    return account;
  }
}

function includesAll(grants: string, before: string): boolean {
  const scopes = new Set(grants.split(' '));
  return before.split(' ').every((scope) => scopes.has(scope) || scope === '');
}

function ifAny({ name, claims }: LoginProvider, rights: AccountRights | NoRights): AccountRights {
  if (typeof rights !== 'string') return rights;
  const claim = claims.fhirUser;
  const facts: Readonly<Record<NoRights, Saying>> = {
    'fhirUser-foreign': ({ upstream }) => upstream.foreign(name, claim),
    'fhirUser-missing': ({ upstream }) => upstream.unlinked(name, claim),
    'grants-missing': ({ upstream }) => upstream.noRights(name),
  };
  throw new UpstreamLoginFailed(facts[rights], ({ upstream }) => upstream.askForAccess, 403);
}

const notLinked = ({ id, name }: LoginProvider, subject: string): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    ({ upstream }) => upstream.notLinked(name),
    ({ upstream }) => upstream.notLinkedCure(id, cleaned(subject)),
    403,
  );

const disabled = ({ name }: LoginProvider): UpstreamLoginFailed =>
  new UpstreamLoginFailed(
    ({ upstream }) => upstream.disabled(name),
    ({ upstream }) => upstream.ask,
    403,
  );

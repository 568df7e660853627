import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { UpstreamIdentityRepository, type Link } from '../storage/upstream-identity.repository.js';
import { subjectSyntax } from './upstream-user.js';
import { LOGIN_PROVIDER_OPTIONS, type LoginProviderOptions } from './login-provider-options.js';

/** A user of a login provider who is, or is to be, a user here. */
export interface UpstreamLink {
  /** Name of the local account. */
  readonly account: string;
  /** Id of the login provider. */
  readonly provider: string;
  /** The `sub` of the user there. */
  readonly subject: string;
  /** True if each login sets grants and fhirUser from the claims; else they stay. */
  readonly managed?: boolean;
}

const subjectForm = 'A subject has 1 to 255 characters, none of them control characters.';

/** For administrators: whom upstream users are here, before their first login. */
@Injectable()
export class UpstreamLinks {
  constructor(
    private readonly identities: UpstreamIdentityRepository,
    private readonly accounts: LocalAccounts,
    @Inject(LOGIN_PROVIDER_OPTIONS) private readonly options: LoginProviderOptions,
  ) {}

  async link({ account, provider, subject, managed = false }: UpstreamLink): Promise<void> {
    const issuer = this.issuerOf(provider);
    if (!subjectSyntax.test(subject)) throw new InvalidRequest({ code: 'value', diagnostics: subjectForm });
    if (await this.identities.link({ issuer, subject, managed }, account)) return;
    const linked = await this.identities.find({ issuer, subject });
    if (!linked) throw new InvalidRequest({ code: 'not-found', diagnostics: `There is no user ${account}.` });
    if (linked.name === account && linked.managed === managed) return;
    throw new InvalidRequest({
      code: 'duplicate',
      diagnostics: `This subject of ${provider} is linked to ${linked.name} already; unlink it first.`,
    });
  }

  /**
   * Undoes a link, and ends what the user is logged in to: which of it began by this link is not known.
   * False when there was no such link. The account stays.
   */
  async unlink({ provider, subject }: Pick<UpstreamLink, 'provider' | 'subject'>): Promise<boolean> {
    const upstream = { issuer: this.issuerOf(provider), subject };
    const linked = await this.identities.find(upstream);
    if (!(await this.identities.unlink(upstream))) return false;
    if (linked) await this.accounts.endSessions(linked.name);
    return true;
  }

  list(account: string): Promise<readonly Link[]> {
    return this.identities.linksOf(account);
  }

  private issuerOf(id: string): string {
    const provider = this.options.providers.find((one) => one.id === id);
    if (provider) return provider.issuer;
    const known = this.options.providers.map((one) => one.id).join(', ') || 'none';
    throw new InvalidRequest({
      code: 'not-found',
      diagnostics: `There is no login provider ${id} in LOGIN_PROVIDERS; there is: ${known}.`,
    });
  }
}

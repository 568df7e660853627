import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import type { StepUp, StepUpAnswer, StepUpQuestion } from '../../auth/step-up.js';
import { scopeWithin } from '../../scope/grammar/smart-scope.js';
import { OauthClients } from '../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { offeredScopes } from '../scopes/offered-scopes.js';
import { routes } from './provider-configuration.js';

/** Says what the client knows of itself; a client that is gone or disabled is told nothing. */
@Injectable()
export class StepUpUrls implements StepUp {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly clients: OauthClients,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  async answer(question: StepUpQuestion): Promise<StepUpAnswer | undefined> {
    const lacking = await this.lacking(question);
    if (lacking.length > 0) return { lacking };
    const url = await this.urlFor(question);
    return url === undefined ? undefined : { url };
  }

  /** Missing scopes that the user does not hold either, whatever the client may ask for. */
  private async lacking({ subject, missing }: StepUpQuestion): Promise<readonly string[]> {
    const account = await this.accounts.findActiveByName(subject);
    if (!account) return [];
    return missing.filter((scope) => offeredScopes([scope], { scopes: [scope] }, account).offered.length === 0);
  }

  private async urlFor({ clientId, granted, missing }: StepUpQuestion): Promise<string | undefined> {
    const client = await this.clients.find(clientId);
    const redirectUri = client?.redirectUris[0];
    if (!client || redirectUri === undefined || !client.grantTypes.includes('authorization_code')) return undefined;
    const isRegistered = (scope: string): boolean => client.scopes.some((ceiling) => scopeWithin(scope, ceiling));
    if (!missing.every(isRegistered)) return undefined;
    // A launch of the EHR cannot be had again; standalone, the user chooses the patient.
    const scopes = [...new Set([...granted.filter((scope) => scope !== 'launch'), ...missing])].filter(isRegistered);
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      aud: this.options.fhirBase,
    });
    return `${this.options.issuer}${routes.authorization}?${query.toString()}`;
  }
}

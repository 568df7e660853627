import { Inject, Injectable } from '@nestjs/common';
import { OauthClients } from '../../clients/oauth-client.js';
import { sameUrl } from '../../clients/same-url.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';

/** The servers that tokens may be for: our own FHIR base, and the `resources` of registered clients (docs/adr/0039). */
@Injectable()
export class ResourceServers {
  constructor(
    private readonly clients: OauthClients,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'fhirBase'>,
  ) {}

  /** The address as tokens name it in `aud`, for a `url` with a slash at the end or without; undefined for an unknown server. */
  readonly find = async (url: string): Promise<string | undefined> =>
    this.isOwn(url) ? this.options.fhirBase : this.clients.findResource(url);

  isOwn(url: string): boolean {
    return sameUrl(url, this.options.fhirBase);
  }

  /** Tells whether tokens that a client gets for itself may be for this server. About tokens of users the users decide. */
  async isForMachine(clientId: string, server: string): Promise<boolean> {
    if (this.isOwn(server)) return true;
    const client = await this.clients.find(clientId);
    return client?.audiences?.some((audience) => sameUrl(audience, server)) === true;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import { PublishedIssuer } from './published-issuer.js';

export type { IssuerMetadata } from './published-issuer.js';

/** The trusted issuer that stands for all: the one that the settings say, else the first. */
export const advertisedOf = ({ issuers }: Pick<AuthOptions, 'issuers'>): AuthOptions['issuers'][number] | undefined =>
  issuers.find(({ advertise }) => advertise === true) ?? issuers[0];

/** The trusted issuer of this name; without a name the advertised one. */
export const trustedIssuerOf = (
  name: string | undefined,
  { issuers }: Pick<AuthOptions, 'issuers'>,
): AuthOptions['issuers'][number] | undefined =>
  name === undefined ? advertisedOf({ issuers }) : issuers.find(({ issuer }) => issuer === name);

/** The authorization server that apps are sent to where this server has none of its own, as it describes itself. */
@Injectable()
export class AdvertisedIssuer extends PublishedIssuer {
  constructor(@Inject(AUTH_OPTIONS) options: AuthOptions) {
    super(options.localIssuer === undefined ? advertisedOf(options)?.issuer : undefined);
  }
}

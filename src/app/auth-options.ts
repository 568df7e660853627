import type { AuthOptions } from '../auth/auth-options.js';
import type { AppConfig } from '../config/app-config.js';
import { ownOffer } from '../oauth2/discovery/own-offer.js';

/** Options of authentication, from the settings. */
export const authOptions = (config: AppConfig): AuthOptions => ({
  resource: config.fhirBase,
  issuers: config.trustedIssuers,
  clockSkewSeconds: config.clockSkew,
  basic: config.authBasic,
  failuresPerSecond: config.process.authFailureRate,
  ...(config.embeddedIssuer && {
    localIssuer: config.issuer,
    authorizationServer: ownOffer(config.issuer, { registration: config.registration !== 'off' }),
  }),
  ...(config.login && { loginUrl: `${config.fhirBase}/login` }),
});

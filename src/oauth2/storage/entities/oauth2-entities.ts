import { LoginProviderAttemptEntity } from './login-provider-attempt.entity.js';
import { OauthArtifactEntity } from './oauth-artifact.entity.js';
import { OauthClientEntity } from './oauth-client.entity.js';
import { OauthGrantEntity } from './oauth-grant.entity.js';
import { OauthLaunchEntity } from './oauth-launch.entity.js';
import { PageSessionEntity } from './page-session.entity.js';
import { PasskeyEntity } from './passkey.entity.js';
import { RecoveryCodeEntity } from './recovery-code.entity.js';
import { RegistrationTokenEntity } from './registration-token.entity.js';
import { TotpFactorEntity } from './totp-factor.entity.js';
import { UpstreamIdentityEntity } from './upstream-identity.entity.js';

/** For the `entities` of the DataSource. */
export const oauth2Entities = [
  LoginProviderAttemptEntity,
  OauthArtifactEntity,
  OauthClientEntity,
  OauthGrantEntity,
  OauthLaunchEntity,
  PageSessionEntity,
  PasskeyEntity,
  RecoveryCodeEntity,
  RegistrationTokenEntity,
  TotpFactorEntity,
  UpstreamIdentityEntity,
] as const;

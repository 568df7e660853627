import { FormerAdministratorEntity } from './former-administrator.entity.js';
import { LoginSessionEntity } from './login-session.entity.js';
import { LoginThrottleEntity } from './login-throttle.entity.js';
import { PasswordLinkEntity } from './password-link.entity.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { RevocationEntity } from './revocation.entity.js';
import { SigningKeyEntity } from './signing-key.entity.js';
import { UserAccountEntity } from './user-account.entity.js';

/** For the `entities` of the DataSource. */
export const authEntities = [
  UserAccountEntity,
  LoginSessionEntity,
  RefreshTokenEntity,
  RevocationEntity,
  SigningKeyEntity,
  LoginThrottleEntity,
  FormerAdministratorEntity,
  PasswordLinkEntity,
] as const;

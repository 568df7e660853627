import { ExpiredRowsRepository } from './expired-rows.repository.js';
import { FormerAdministratorRepository } from './former-administrator.repository.js';
import { LoginSessionRepository } from './login-session.repository.js';
import { LoginThrottleRepository } from './login-throttle.repository.js';
import { PasswordLinkRepository } from './password-link.repository.js';
import { RevocationRepository } from './revocation.repository.js';
import { SigningKeyRepository } from './signing-key.repository.js';
import { UserAccountRepository } from './user-account.repository.js';

/** The repositories as Nest providers; each needs the application's `DataSource`. */
export const authStorage = [
  UserAccountRepository,
  FormerAdministratorRepository,
  LoginSessionRepository,
  RevocationRepository,
  SigningKeyRepository,
  LoginThrottleRepository,
  PasswordLinkRepository,
  ExpiredRowsRepository,
] as const;

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { authEntities } from './auth-entities.js';
import { ExpiredRowsRepository } from './expired-rows.repository.js';
import { FormerAdministratorRepository } from './former-administrator.repository.js';
import { LoginSessionRepository } from './login-session.repository.js';
import { LoginThrottleRepository } from './login-throttle.repository.js';
import { PasswordLinkRepository } from './password-link.repository.js';
import { RevocationRepository } from './revocation.repository.js';
import { SigningKeyRepository } from './signing-key.repository.js';
import { UserAccountRepository } from './user-account.repository.js';

const repositories = [
  UserAccountRepository,
  FormerAdministratorRepository,
  LoginSessionRepository,
  RevocationRepository,
  SigningKeyRepository,
  LoginThrottleRepository,
  PasswordLinkRepository,
  ExpiredRowsRepository,
];

/** Accounts, their sessions and keys, over the application's `DataSource`. */
@Module({
  imports: [TypeOrmModule.forFeature([...authEntities])],
  providers: repositories,
  exports: repositories,
})
export class AuthStorageModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { oauth2Entities } from './entities/oauth2-entities.js';
import { ExpiredOauthRepository } from './expired-oauth.repository.js';
import { LoginProviderAttemptRepository } from './login-provider-attempt.repository.js';
import { MfaRepository } from './mfa.repository.js';
import { OauthArtifactRepository } from './oauth-artifact.repository.js';
import { OauthClientRepository } from './oauth-client.repository.js';
import { OauthGrantRepository } from './oauth-grant.repository.js';
import { OauthLaunchRepository } from './oauth-launch.repository.js';
import { PageSessionRepository } from './page-session.repository.js';
import { RegistrationTokenRepository } from './registration-token.repository.js';
import { UpstreamIdentityRepository } from './upstream-identity.repository.js';

const repositories = [
  ExpiredOauthRepository,
  LoginProviderAttemptRepository,
  MfaRepository,
  OauthArtifactRepository,
  OauthClientRepository,
  OauthGrantRepository,
  OauthLaunchRepository,
  PageSessionRepository,
  RegistrationTokenRepository,
  UpstreamIdentityRepository,
];

/** Clients, grants, launches, factors and upstream logins, over the application's `DataSource`. */
@Module({
  imports: [TypeOrmModule.forFeature([...oauth2Entities])],
  providers: repositories,
  exports: repositories,
})
export class Oauth2StorageModule {}

import { Module, type DynamicModule } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ServerSecretsModule } from '../../database/server-secrets.module.js';
import { JwksController } from '../keys/jwks.controller.js';
import { LocalAccounts } from './local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from './local-auth.options.js';
import { LOCAL_ISSUER } from './local-issuer.js';
import { LoginIssuer } from '../login/login-issuer.js';
import { LoginThrottle } from '../login/login-throttle.js';
import { LoginTokens } from '../login/login-tokens.js';
import { LoginController } from '../login/login.controller.js';
import { Login } from '../login/login.js';
import { OperatorTokens } from '../login/operator-tokens.js';
import { PasswordLinks } from '../login/password-links.js';
import { PasswordPrincipals } from '../login/password-principals.js';
import { Passwords } from '../login/password.js';
import { Revocations } from './revocations.js';
import { SessionCleaning } from '../login/session-cleaning.js';
import { SessionEnd } from '../login/session-end.js';
import { SessionRefresh } from '../login/session-refresh.js';
import { RefreshTokens } from '../login/session-tokens.js';
import { Sessions } from '../login/sessions.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { AuthStorageModule } from '../storage/auth-storage.module.js';
import { TypedNames } from './typed-names.js';

@Module({ controllers: [LoginController] })
class LoginRoutes {}

@Module({ controllers: [JwksController] })
class JwksRoutes {}

/**
 * Users, login and the keys of the embedded issuer. Needs the application's TypeORM `DataSource` with `authEntities` and `databaseEntities`, and the
 * tables of `authMigrations`, before the application initialises.
 */
@Module({})
export class LocalAuthModule {
  static forRoot(options: LocalAuthOptions): DynamicModule {
    return {
      module: LocalAuthModule,
      // Global for the routes below, and for the optional injection of LOCAL_ISSUER where tokens are checked.
      global: true,
      imports: [
        AuthStorageModule,
        ServerSecretsModule,
        LoginRoutes,
        JwksRoutes,
        RouterModule.register([
          { path: options.basePath, module: LoginRoutes },
          { path: issuerPath(options), module: JwksRoutes },
        ]),
      ],
      providers: [
        { provide: LOCAL_AUTH_OPTIONS, useValue: options },
        { provide: LOCAL_ISSUER, useExisting: LoginIssuer },
        ...services,
      ],
      exports: [LOCAL_AUTH_OPTIONS, LOCAL_ISSUER, ServerSecretsModule, ...services],
    };
  }
}

const services = [
  LocalAccounts,
  Login,
  LoginIssuer,
  LoginThrottle,
  LoginTokens,
  OperatorTokens,
  PasswordLinks,
  PasswordPrincipals,
  Passwords,
  RefreshTokens,
  Revocations,
  SessionCleaning,
  SessionEnd,
  SessionRefresh,
  Sessions,
  SigningKeys,
  TypedNames,
];

/** The issuer's path in this process: a proxy in front takes the same prefix off it as off the FHIR base. */
function issuerPath({ fhirBase, basePath, issuer }: LocalAuthOptions): string {
  const path = new URL(fhirBase).pathname;
  const hidden = path.endsWith(basePath) ? path.length - basePath.length : 0;
  return new URL(issuer).pathname.slice(hidden);
}

import { AccountAdministration } from './account-administration.js';
import { ClientAccessController, UserAccessController } from './admin/access.controllers.js';
import { AccessAnswers } from './admin/access-answers.js';
import { AccessQuestions } from './admin/access-questions.js';
import { AdministratorGuard } from './admin/administrator.guard.js';
import { Authority } from './admin/authority.js';
import { ClientsController } from './admin/clients.controller.js';
import { ForeseenTokens } from './admin/foreseen-tokens.js';
import { PolicyKeepers } from './admin/policy-keepers.js';
import { PolicyTrialsController } from './admin/policy-trials.controller.js';
import { PoliciesController, PolicyGroupsController, PolicySchemaController } from './admin/policies.controller.js';
import { RegistrationTokensController } from './admin/registration-tokens.controller.js';
import { UserPasswordsController } from './admin/user-passwords.controller.js';
import { UserSessionsController } from './admin/user-sessions.controller.js';
import { UsersController } from './admin/users.controller.js';
import { ClientTokens } from './client-ends.js';
import { OauthClientStore } from './oauth-client-store.js';
import { OauthClients } from './oauth-client.js';
import { OauthJsonErrorFilter } from './oauth-json-error.filter.js';
import { PasswordResets } from './password-resets.js';
import { RegistrationController } from './registration/registration.controller.js';
import { RegistrationTokens } from './registration/registration-tokens.js';

/** Needs `OAUTH2_OPTIONS`, and what `LocalAuthModule` exports and `CLIENT_ENDS`. */
export const clientProviders = [
  ClientTokens,
  OauthClientStore,
  { provide: OauthClients, useExisting: OauthClientStore },
  RegistrationTokens,
  AccountAdministration,
  PasswordResets,
  AdministratorGuard,
  Authority,
  AccessAnswers,
  AccessQuestions,
  ForeseenTokens,
  PolicyKeepers,
  OauthJsonErrorFilter,
];

/** Below the path of the issuer. */
export const clientControllers = [
  RegistrationController,
  ClientsController,
  UsersController,
  UserPasswordsController,
  UserSessionsController,
  UserAccessController,
  ClientAccessController,
  PoliciesController,
  PolicyGroupsController,
  PolicySchemaController,
  PolicyTrialsController,
  RegistrationTokensController,
];

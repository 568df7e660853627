import { Passkeys } from '../mfa/passkeys.js';
import { SecondFactorsController } from '../mfa/second-factors.controller.js';
import { SecondFactors } from '../mfa/second-factors.js';
import { TotpResealing } from '../mfa/totp-resealing.js';
import { PatientVisibility } from '../provider/interactions/patient-visibility.js';
import { AccountController } from './account/account.controller.js';
import { AccountEntryController } from './account/account-entry.controller.js';
import { AccountEntry } from './account/account-entry.js';
import { AccountSessions } from './account/account-sessions.js';
import { AccountVisit } from './account/account-visit.js';
import { AppsController } from './account/apps.controller.js';
import { GrantedApps } from './account/granted-apps.js';
import { InteractionController } from './interaction.controller.js';
import { InteractionSteps } from './interaction-steps.js';
import { PageAudit } from './page-audit.js';
import { PageErrorFilter } from './page-error.filter.js';
import { OrganisationController } from './organisation.controller.js';
import { PageLooks } from './look.js';
import { PageGuard } from './page-guard.js';
import { PatientDirectory } from './patient-directory.js';
import { PeopleActedFor } from './patients/people-acted-for.js';
import { SecurityController } from './account/security.controller.js';
import { SignIn } from './sign-in.js';

/** Needs `Interactions`, `Grants`, `OauthClients`, `LoginProviders`, and what FhirModule and LocalAuthModule export. */
export const pageServices = [
  AccountEntry,
  AccountSessions,
  AccountVisit,
  GrantedApps,
  InteractionSteps,
  PageAudit,
  PageErrorFilter,
  PageGuard,
  PageLooks,
  Passkeys,
  PatientDirectory,
  { provide: PatientVisibility, useExisting: PatientDirectory },
  PeopleActedFor,
  SecondFactors,
  SignIn,
  TotpResealing,
];

/** Below the path of the issuer. */
export const pageControllers = [
  InteractionController,
  AccountEntryController,
  AccountController,
  AppsController,
  OrganisationController,
  SecurityController,
  SecondFactorsController,
];

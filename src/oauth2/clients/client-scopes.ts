import { nearest } from '../../r4/model/nearest.js';
import { printable } from '../../r4/errors/request-errors.js';
import { looksLikeRight, parseAnyScope } from '../../scope/grammar/smart-scope.js';
import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';

/** Scopes that are no right to FHIR resources (SMART App Launch 2.2, "Scopes and Launch Context"). */
export const identityAndLaunchScopes: readonly string[] = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
];

/** Finds what is wrong with the registered scopes, alone and with the kind and the grant types of the client. */
export function checkScopes(client: Pick<ClientMetadata, 'scopes' | 'kind' | 'grantTypes'>): ClientProblem[] {
  return client.scopes.flatMap((scope) => checkScope(scope, client) ?? []);
}

function checkScope(scope: string, { kind, grantTypes }: Pick<ClientMetadata, 'kind' | 'grantTypes'>) {
  const why = whyUnknown(scope);
  if (why !== undefined) return problem('scopes', `The scope "${printable(scope)}" is unknown: ${why}.`, howToWrite);
  if (scope.startsWith('system/')) {
    if (kind !== 'public' && grantTypes.includes('client_credentials')) return undefined;
    return problem(
      'scopes',
      `The scope "${printable(scope)}" is for machines.`,
      'Register a confidential client with the grant type client_credentials, or ask for patient/ or user/ scopes.',
    );
  }
  if (grantTypes.includes('authorization_code')) return undefined;
  return problem(
    'scopes',
    `The scope "${printable(scope)}" needs a user, and this client has no grant type authorization_code.`,
    'Register system/ scopes, or add authorization_code and a redirect URI.',
  );
}

const howToWrite =
  'Write scopes such as patient/Observation.rs, user/*.read or system/Patient.rs, and words such as openid, fhirUser, launch/patient or offline_access.';

function whyUnknown(scope: string): string | undefined {
  if (identityAndLaunchScopes.includes(scope)) return undefined;
  const parsed = parseAnyScope(scope);
  if ('ok' in parsed) return undefined;
  if (looksLikeRight(scope)) return parsed.why;
  const meant = nearest(scope, identityAndLaunchScopes);
  return meant === undefined ? parsed.why : `was ${meant} meant?`;
}

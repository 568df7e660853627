import { printable } from '../../../fhir/model/request-errors.js';
import { isAdminScope } from '../../../scope/admin-scope.js';
import { scopeWithin } from '../../../scope/smart-scope.js';
import { identityAndLaunchScopes } from '../client-scopes.js';
import { RegistrationRefused } from './registration-refused.js';

/** What a client may register without anybody having named its scopes: nothing that acts without a user. */
export const usualCeiling: readonly string[] = [
  ...identityAndLaunchScopes,
  'patient/*.cruds',
  'patient/AuditEvent.rs',
  'user/*.cruds',
  'user/AuditEvent.rs',
];

/** Scopes above the ceiling are refused, not dropped: a client that got less than it registered would find out too late. */
export function requireWithin(scopes: readonly string[], ceiling: readonly string[], cure: string): void {
  if (scopes.length === 0)
    throw RegistrationRefused.metadata('scope', 'is missing, and without it the client could ask for nothing');
  // A token for registrations that names rights to administer, made by whatever version, opens none.
  const above = scopes.filter(
    (scope) => isAdminScope(scope) || !ceiling.some((highest) => scopeWithin(scope, highest)),
  );
  if (above.length === 0) return;
  throw RegistrationRefused.metadata(
    'scope',
    `goes beyond what may be registered: ${printable(above.join(' '))}. ${cure}`,
  );
}

import { printable } from '../../../r4/errors/request-errors.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { scopeWithin } from '../../../scope/grammar/smart-scope.js';
import type { ClientMetadata } from '../client-metadata.js';
import { identityAndLaunchScopes } from '../client-scopes.js';
import { RegistrationRefused } from './registration-refused.js';

/** Scopes that a client may register by itself: none that acts without a user. */
export const usualCeiling: readonly string[] = [
  ...identityAndLaunchScopes,
  'patient/*.cruds',
  'patient/AuditEvent.rs',
  'user/*.cruds',
  'user/AuditEvent.rs',
];

type Asking = Pick<ClientMetadata, 'scopes' | 'grantTypes'>;

/**
 * Scopes above the ceiling are refused, not dropped: a client that got less than it registered would find out too late. One that gets no
 * tokens needs none.
 */
export function requireWithin({ scopes, grantTypes }: Asking, ceiling: readonly string[], cure: string): void {
  if (scopes.length === 0 && grantTypes.length === 0) return;
  if (scopes.length === 0)
    throw RegistrationRefused.metadata('scope', 'is missing, and without it the client could ask for nothing');
  // Rights to administer are refused even where the token for registrations names them: another version may have made it.
  const above = scopes.filter(
    (scope) => isAdminScope(scope) || !ceiling.some((highest) => scopeWithin(scope, highest)),
  );
  if (above.length === 0) return;
  throw RegistrationRefused.metadata(
    'scope',
    `goes beyond what may be registered: ${printable(above.join(' '))}. ${cure}`,
  );
}

type Servers = Pick<ClientMetadata, 'resources' | 'audiences'>;

/** An administrator decides which servers a client stands for, and which servers its own tokens are for (docs/adr/0039). */
export function requireServersWithin(wanted: Servers, ceiling: Servers | 'any', cure: string): void {
  if (ceiling === 'any') return;
  for (const field of ['resources', 'audiences'] as const) {
    const above = (wanted[field] ?? []).find((url) => ceiling[field]?.includes(url) !== true);
    if (above !== undefined)
      throw RegistrationRefused.metadata(field, `goes beyond what may be registered: ${printable(above)}. ${cure}`);
  }
}

import { withholdingOf } from '../../../auth/accounts/withholding-claims.js';
import type { UserAccount } from '../../../auth/accounts/local-accounts.js';
import { loginClientId } from '../../../auth/login/login-tokens.js';
import { splitScopes } from '../../../auth/login/login-scopes.js';
import type { Principal } from '../../../auth/principal.js';

/** FHIR types of users whose access is that of one record. */
const personal: ReadonlySet<string> = new Set(['Patient', 'RelatedPerson', 'Person']);

export const isPersonal = ({ fhirUser }: UserAccount): boolean => personal.has(fhirUser?.split('/')[0] ?? '');

/** The user as a caller, with all that they are granted: what pages show them is what they may see themselves. */
export function accountPrincipal(account: UserAccount, issuer: string): Principal {
  return principalOf(account, issuer, splitScopes(account.grants));
}

/**
 * As {@link accountPrincipal}, within one record. A user who is no practitioner reads the record of somebody they act
 * for with the grants for their own; only for patients that `PatientDirectory.maySee` has let through.
 */
export function accountPrincipalFor(account: UserAccount, issuer: string, patient: string): Principal {
  if (!isPersonal(account)) return accountPrincipal(account, issuer);
  const scopes = splitScopes(account.grants).map((scope) => scope.replace(/^user\//, 'patient/'));
  return { ...principalOf(account, issuer, scopes), patient };
}

function principalOf(account: UserAccount, issuer: string, scopes: readonly string[]): Principal {
  const [type = '', id = ''] = account.fhirUser?.split('/') ?? [];
  return {
    issuer,
    local: true,
    subject: account.name,
    clientId: loginClientId,
    kind: 'user',
    scopes,
    ...(account.fhirUser !== null && { fhirUser: { type, id } }),
    ...withholdingOf(account),
    userWithoutFhirUser: 'allow',
    expiresAt: Math.floor(Date.now() / 1_000) + 60,
    claims: { iss: issuer, sub: account.name, client_id: loginClientId },
  };
}

/** The server itself, looking up who acts for whom. */
export function directoryPrincipal(issuer: string): Principal {
  return {
    issuer,
    local: true,
    subject: loginClientId,
    clientId: loginClientId,
    kind: 'machine',
    scopes: ['system/Patient.rs', 'system/Person.rs', 'system/RelatedPerson.rs'],
    clearance: 'V',
    consentExempt: true,
    userWithoutFhirUser: 'deny',
    expiresAt: Math.floor(Date.now() / 1_000) + 60,
    claims: { iss: issuer, sub: loginClientId, client_id: loginClientId },
  };
}

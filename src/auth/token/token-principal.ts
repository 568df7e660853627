import { isConfidentiality } from '../../r4/model/confidentiality.js';
import { isFixedPurpose } from '../../r4/model/purpose-code.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { fhirUserOf } from '../fhir-user.js';
import { clientIdOf } from './client-id.js';
import { grantedScopes } from './granted-scopes.js';
import type { Principal } from '../principal.js';
import { claimsContext, type SmartContext } from '../parts/smart-context.js';
import type { Claims } from './strict-json.js';
import { claimOf, type TokenCheck } from './token-check.js';

/** The caller, from the claims of a token that passed every check. */
export function principalOfToken(
  { payload, issuer, isOwn, options }: TokenCheck,
  context: SmartContext = claimsContext.read(payload, issuer),
): Principal {
  const clientId = clientIdOf(payload, issuer);
  const { patient, fhirUser, groups } = context;
  return Object.freeze({
    issuer: issuer.issuer,
    local: isOwn,
    subject: textClaim(payload, 'sub') ?? clientId!,
    ...(clientId !== undefined && { clientId }),
    kind: isMachine(payload, issuer) ? 'machine' : 'user',
    scopes: grantedScopes(payload, issuer),
    ...(patient !== undefined && { patient }),
    ...fhirUserOf(fhirUser, options.resource),
    userWithoutFhirUser: issuer.userWithoutFhirUser,
    ...(issuer.adminScopes === 'allow' && { adminScopes: 'allow' }),
    ...withholdingOf(payload, issuer.claims),
    expiresAt: claimOf(payload, 'exp') as number,
    ...optional('tokenId', textClaim(payload, 'jti')),
    ...optional('sessionId', textClaim(payload, 'sid')),
    claims: Object.freeze(groups ? { ...payload, groups } : payload),
  });
}

type Withholding = Pick<Principal, 'clearance' | 'mayBreakGlass' | 'consentExempt' | 'ownIds' | 'fixedPurpose'>;

/** Rights about labels and Consents, as far as the issuer is trusted with them. */
function withholdingOf(payload: Claims, names: TrustedIssuer['claims']): Withholding {
  const valueOf = (name: string | undefined): unknown => (name === undefined ? undefined : claimOf(payload, name));
  const clearance = valueOf(names.clearance);
  const fixedPurpose = valueOf(names.purposeOfUse);
  return {
    ...(isFixedPurpose(fixedPurpose) && { fixedPurpose }),
    ...(isConfidentiality(clearance) && { clearance }),
    ...(valueOf(names.breakGlass) === true && { mayBreakGlass: true }),
    ...(valueOf(names.consentExempt) === true && { consentExempt: true }),
    ...(valueOf(names.ownIds) === true && { ownIds: true }),
  };
}

/** True if a token belongs to a machine and no user: RFC 9068, section 2.2, and the marks that common issuers set. */
export function isMachine(payload: Claims, issuer: TrustedIssuer): boolean {
  const subject = textClaim(payload, 'sub');
  const { machineToken } = issuer;
  return (
    (subject !== undefined && (subject === clientIdOf(payload, issuer) || subject.endsWith('@clients'))) ||
    claimOf(payload, 'idtyp') === 'app' ||
    claimOf(payload, 'gty') === 'client-credentials' ||
    textClaim(payload, 'preferred_username')?.startsWith('service-account-') === true ||
    (machineToken !== undefined && claimOf(payload, machineToken.claim) === machineToken.equals)
  );
}

function textClaim(payload: Claims, name: string): string | undefined {
  const value = claimOf(payload, name);
  return typeof value === 'string' ? value : undefined;
}

const optional = <K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, string>);

import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { signatureAlgorithms } from '../keys/signature-algorithms.js';

const usualClaims: TrustedIssuer['claims'] = {
  scope: ['scope', 'scp', 'permissions', 'roles'],
  clientId: ['client_id', 'azp', 'appid', 'cid'],
  patient: 'patient',
  fhirUser: 'fhirUser',
};

/** The rules by which the rest of a token is judged when its issuer is not trusted. */
export const unknownIssuer = (resource: string): TrustedIssuer => ({
  issuer: '',
  audience: [resource],
  algorithms: [...signatureAlgorithms],
  typ: 'auto',
  userWithoutFhirUser: 'deny',
  adminScopes: 'deny',
  claims: usualClaims,
  scopeMap: {},
});

/** The rules for this server's own tokens (RFC 9068, strict). */
export const ownIssuer = (issuer: string, resource: string): TrustedIssuer => ({
  issuer,
  audience: [resource],
  algorithms: ['RS256'],
  typ: 'at+jwt',
  userWithoutFhirUser: 'allow',
  adminScopes: 'allow',
  claims: {
    scope: ['scope'],
    clientId: ['client_id'],
    patient: 'patient',
    fhirUser: 'fhirUser',
    clearance: 'clearance',
    breakGlass: 'break_glass',
    consentExempt: 'consent_exempt',
    ownIds: 'own_ids',
    purposeOfUse: 'purpose_of_use',
  },
  scopeMap: {},
});

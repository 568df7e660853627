import type { Principal } from '../../../auth/principal.js';

/** An operator who moves data by commands: every type but AuditEvent, ids as they come, and no Consent against it. */
export const operator: Principal = {
  issuer: 'urn:lanyard:server',
  local: true,
  subject: 'lanyard',
  kind: 'machine',
  scopes: ['system/*.cruds'],
  userWithoutFhirUser: 'deny',
  clearance: 'V',
  consentExempt: true,
  ownIds: true,
  expiresAt: Number.MAX_SAFE_INTEGER,
  claims: {},
};

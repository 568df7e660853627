import { createHash } from 'node:crypto';
import type { Principal } from '../../../auth/principal.js';

/** Names who alone may ask for a job. The token may be another one, but all that it permits and states has to be the same. */
export function callerHash(principal: Principal): string {
  const { issuer, subject, clientId = '', kind: of, patient = '', fhirUser, purposeOfUse, scopes } = principal;
  const user = fhirUser ? `${fhirUser.type}/${fhirUser.id}` : '';
  const parts = [issuer, subject, clientId, of, patient, user, purposeOfUse?.code ?? '', ...scopes.toSorted()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

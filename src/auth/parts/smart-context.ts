import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { Claims } from '../token/strict-json.js';
import { claimOf } from '../token/token-check.js';

/** Injection token of the {@link SmartContextReader} of an application; {@link claimsContext} when there is none. */
export const SMART_CONTEXT = Symbol('SMART_CONTEXT');

/** Who a caller is in FHIR (SMART App Launch 2.2, "fhirUser" and launch context). */
export interface SmartContext {
  /** Id of the Patient in context. */
  readonly patient?: string;
  /** Reference to the user, such as `Practitioner/d1`, absolute or not. */
  readonly fhirUser?: string;
  /** Groups that policies are for; those of the `groups` claim when absent. */
  readonly groups?: readonly string[];
}

/** Makes the context of callers out of verified claims of other issuers; tokens of this server keep their own. */
export interface SmartContextReader {
  /** For the log, such as `directory`. */
  readonly name: string;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /** Asked once for each token that passed every check, as long as the token is remembered (60 s at most). */
  read(claims: Claims, issuer: TrustedIssuer): SmartContext | Promise<SmartContext>;
}

/** The claims that the issuer's entry in TRUSTED_ISSUERS names; their forms are checked before. */
export const claimsContext = {
  name: 'claims',
  read(claims: Claims, { claims: names }: TrustedIssuer): SmartContext {
    const patient = textClaim(claims, names.patient);
    const fhirUser = textClaim(claims, names.fhirUser);
    return { ...(patient !== undefined && { patient }), ...(fhirUser !== undefined && { fhirUser }) };
  },
} satisfies SmartContextReader;

function textClaim(claims: Claims, name: string): string | undefined {
  const value = claimOf(claims, name);
  return typeof value === 'string' ? value : undefined;
}

import { Refused } from '../refusal/refusal.js';
import { reasons } from '../refusal/reasons.js';
import { FhirError } from '../r4/errors/fhir-error.js';
import type { Authenticated, Authentication, NotAuthenticated } from './authentication.js';
import type { Principal } from './principal.js';
import { refusal } from './refusals/token-refusal.js';

/** Claims that are added to those of a token. */
export type AddedClaims = Readonly<Record<string, unknown>>;

/** Brings claims about callers from elsewhere, for policies to look at. */
export interface ClaimSource {
  /** A Refused of it is the answer; any other failure is 503. */
  claimsOf(principal: Principal): Promise<AddedClaims>;
}

/** Seconds after which the same credentials may be sent again. */
const retrySeconds = 5;

/** Names that say who the caller is and what they may do: the token alone says it. */
const reserved: ReadonlySet<string> = new Set(
  (
    'iss sub aud exp nbf iat jti sid typ cnf act may_act azp cid acr amr client_id scope scp auth_time idtyp gty ' +
    'preferred_username roles events patient encounter fhirUser fhirContext clearance break_glass consent_exempt own_ids ' +
    'purpose_of_use hasgroups _claim_names _claim_sources __proto__'
  ).split(' '),
);

/** Throws if a claim would replace one of the token, or says who the caller is. */
export function requireAddable(principal: Principal, added: AddedClaims): void {
  for (const [name, value] of Object.entries(added)) {
    if (Object.hasOwn(principal.claims, name)) throw new Error(`The claim ${name} is one of the token already.`);
    if (reserved.has(name)) throw new Error(`The claim ${name} is for the token alone to say.`);
    if (name === 'groups' && !isListOfTexts(value)) throw new Error('The claim groups is no list of texts.');
  }
}

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** A verified caller with the claims of all sources beside those of the token, which none of them replaces. */
export async function withClaims(found: Authenticated, sources: readonly ClaimSource[]): Promise<Authentication> {
  let { principal } = found;
  for (const source of sources) {
    try {
      const added = await source.claimsOf(principal);
      requireAddable(principal, added);
      principal = Object.freeze({ ...principal, claims: Object.freeze({ ...added, ...principal.claims }) });
    } catch (error) {
      if (error instanceof Refused) return refusedBy(error);
      if (error instanceof FhirError) throw error;
      return unavailable;
    }
  }
  return { ...found, principal };
}

/** Finding about credentials that were refused by an error. */
export function refusedBy({ refusals, status, headers }: Refused): NotAuthenticated {
  const retryAfter = headers['retry-after'];
  return { refusals, status, ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }) };
}

const unavailable: NotAuthenticated = {
  refusals: [
    refusal(
      'claims-unavailable',
      'What this server has to know of you beside your token cannot be looked up right now.',
      `Wait ${retrySeconds} s and repeat the request. The operator finds the extension that failed in the log.`,
    ),
  ],
  status: reasons['claims-unavailable'].status,
  retryAfterSeconds: retrySeconds,
};

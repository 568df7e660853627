import { confidentialities, isConfidentiality } from '../../r4/model/confidentiality.js';
import { isFixedPurpose } from '../../r4/model/purpose-code.js';
import type { Refusal } from '../../refusal/refusal.js';
import { claimOf, type Check, type TokenCheck } from './token-check.js';
import { clientIdOf } from './client-id.js';
import { describeForm, refusal, unverified } from '../refusals/token-refusal.js';

export const fhirId = /^[A-Za-z0-9\-.]{1,64}$/;
const longestText = 2048;

/** Refuses claims of the wrong form (RFC 7519, section 4; FHIR ids); nothing is coerced. */
export const claimFormsCheck: Check = (token) => [
  ...['sub', 'jti', 'sid', ...token.issuer.claims.clientId].flatMap((name) => textForm(token, name)),
  ...(token.hasOwnContext ? [] : textForm(token, token.issuer.claims.fhirUser)),
  ...scopeForms(token),
  ...(token.hasOwnContext ? [] : patientForm(token)),
  ...clearanceForm(token),
  ...purposeForm(token),
  ...(token.hasOwnContext ? [] : groupsForm(token)),
  ...required(token),
];

function textForm({ payload }: TokenCheck, name: string): readonly Refusal[] {
  const value = claimOf(payload, name);
  if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= longestText)) return [];
  const found = typeof value === 'string' ? `text of ${value.length} characters` : describeForm(value);
  return [
    refusal(
      'claim-malformed',
      `The ${name} claim is ${found}; text of 1 to ${longestText} characters is expected.`,
      `Correct the ${name} claim at the authorization server.`,
    ),
  ];
}

/** `scope` and `scp` are OAuth's own; other claims that may hold scopes are ignored when they hold something else. */
function scopeForms({ payload, issuer }: TokenCheck): readonly Refusal[] {
  return issuer.claims.scope.flatMap((name) => {
    const value = claimOf(payload, name);
    const isOwnForm = value === undefined || typeof value === 'string' || (Array.isArray(value) && value.every(isText));
    if (isOwnForm || (name !== 'scope' && name !== 'scp')) return [];
    return [
      refusal(
        'claim-malformed',
        `The ${name} claim is ${Array.isArray(value) ? 'an array that holds more than texts' : describeForm(value)}; ` +
          'a text with scopes between spaces is expected, such as "user/*.rs launch/patient".',
        `Correct the ${name} claim at the authorization server (RFC 8693 section 4.2).`,
      ),
    ];
  });
}

function patientForm({ payload, issuer }: TokenCheck): readonly Refusal[] {
  const name = issuer.claims.patient;
  const value = claimOf(payload, name);
  if (value === undefined || (typeof value === 'string' && fhirId.test(value))) return [];
  return [
    refusal(
      'claim-malformed',
      `The ${name} claim is ${unverified(value)}; the id of one Patient is expected, such as "p1": no URL, no list.`,
      `Have the authorization server put only the id of the patient in context into ${name}, or name another claim as ` +
        '"claims": {"patient": …} of this issuer in TRUSTED_ISSUERS.',
    ),
  ];
}

function clearanceForm({ payload, issuer }: TokenCheck): readonly Refusal[] {
  const name = issuer.claims.clearance;
  const value = name === undefined ? undefined : claimOf(payload, name);
  if (value === undefined || isConfidentiality(value)) return [];
  return [
    refusal(
      'claim-malformed',
      `The ${name} claim is ${unverified(value)}; a code of v3-Confidentiality is expected: ${confidentialities.join(', ')}.`,
      `Correct the ${name} claim at the authorization server.`,
    ),
  ];
}

/** Refuses a fixed purpose that breaks the glass. */
function purposeForm({ payload, issuer }: TokenCheck): readonly Refusal[] {
  const name = issuer.claims.purposeOfUse;
  const value = name === undefined ? undefined : claimOf(payload, name);
  if (value === undefined || isFixedPurpose(value)) return [];
  return [
    refusal(
      'claim-malformed',
      `The ${name} claim is ${unverified(value)}; one code of v3-PurposeOfUse other than BTG is expected, such as TREAT or HPAYMT.`,
      `Correct the ${name} claim at the authorization server.`,
    ),
  ];
}

/** Policies are for groups: one that was not understood would not count. A text is one group, so it cannot be a list in disguise. */
export function groupsForm({ payload }: Pick<TokenCheck, 'payload'>): readonly Refusal[] {
  const value = claimOf(payload, 'groups');
  const isOne = isText(value) && /^[^\s,]+$/.test(value);
  if (value === undefined || isOne || (Array.isArray(value) && value.every(isText))) return [];
  return [
    refusal(
      'claim-malformed',
      `The groups claim is ${Array.isArray(value) ? 'an array that holds more than texts' : unverified(value)}; an array of names is expected, such as ["ward"].`,
      'Have the authorization server send the names of the groups as an array of texts, or leave the groups claim out.',
    ),
  ];
}

/** Our own tokens carry all of RFC 9068 section 2.2; others must say who asks in one way or another. */
function required({ payload, issuer, isOwn }: TokenCheck): readonly Refusal[] {
  if (isOwn) {
    const missing = ['sub', 'client_id', 'iat', 'jti'].filter((name) => claimOf(payload, name) === undefined);
    if (missing.length === 0) return [];
    return [
      refusal(
        'claim-malformed',
        `The token lacks ${missing.join(', ')}, which every token of this server has.`,
        'Log in again.',
      ),
    ];
  }
  if (claimOf(payload, 'sub') !== undefined || clientIdOf(payload, issuer) !== undefined) return [];
  return [
    refusal(
      'claim-malformed',
      `The token names neither a subject (sub) nor a client (${issuer.claims.clientId.join(', ')}).`,
      'Have the authorization server add the sub claim (in Keycloak: the client scope "basic").',
    ),
  ];
}

const isText = (value: unknown): value is string => typeof value === 'string';

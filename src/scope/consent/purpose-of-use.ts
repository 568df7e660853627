import type { Principal } from '../../auth/principal.js';
import { breakGlassCode } from '../../r4/model/purpose-code.js';
import { printable } from '../../r4/errors/request-errors.js';
import type { Refusal } from '../../refusal/refusal.js';

/** Purpose of a request: a code of https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html. */
export interface PurposeOfUse {
  readonly code: string;
  /** In the words of the caller. */
  readonly reason?: string;
}

const longestHeader = 500;
const longestReason = 200;
const form = /^([A-Z][A-Z0-9_-]{0,31})(?: *; *reason="((?:[^"\\]|\\["\\])*)")?$/;

/** The header `X-Purpose-Of-Use` of a request, and whether the request is written down. */
export interface PurposeClaim {
  readonly header: string | readonly string[];
  readonly isAudited: boolean;
}

/** Reads such as `TREAT` or `BTG; reason="unconscious in the emergency room"`. */
function readPurpose({ header }: PurposeClaim): PurposeOfUse | Refusal {
  if (typeof header !== 'string') return malformed('X-Purpose-Of-Use is there twice.');
  const match = header.length > longestHeader ? null : form.exec(header.trim());
  if (!match) return malformed(`X-Purpose-Of-Use "${printable(header)}" is no purpose.`);
  const [, code, quoted] = match;
  if (quoted === undefined) return { code: code! };
  const reason = textOf(quoted.replaceAll(/\\(["\\])/g, '$1')).trim();
  if (reason.length > longestReason || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.test(reason))
    return malformed(
      `The reason in X-Purpose-Of-Use has control characters, or more than ${longestReason} characters.`,
    );
  return reason === '' ? { code: code! } : { code: code!, reason };
}

/** Reads a purpose, permitted or not; undefined if it cannot be read. */
function purposeIn(claim: PurposeClaim): PurposeOfUse | undefined {
  const read = readPurpose(claim);
  return 'fact' in read ? undefined : read;
}

/** Headers are bytes; what is UTF-8 was meant to be. */
function textOf(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

/** The caller of one request with what it is for, where nothing is against it. */
export function withPurpose(principal: Principal, claim: PurposeClaim | undefined): Principal {
  if (claim === undefined || refusalsOfPurpose(principal, claim).length > 0) return principal;
  const purposeOfUse = purposeIn(claim);
  return purposeOfUse ? Object.freeze({ ...principal, purposeOfUse }) : principal;
}

/**
 * Returns the reasons against a purpose. Breaking the glass needs a reason and the permission to do so, and lifts
 * Consents: never scopes, records or labels.
 */
export function refusalsOfPurpose(principal: Principal, claim: PurposeClaim | undefined): readonly Refusal[] {
  if (claim === undefined) return [];
  const read = readPurpose(claim);
  if ('fact' in read) return [read];
  const { fixedPurpose } = principal;
  if (fixedPurpose !== undefined && read.code !== fixedPurpose) return [contradicted(read.code, fixedPurpose)];
  const against = read.code === breakGlassCode ? againstBreakingGlass(principal, read, claim) : undefined;
  return against ? [against] : [];
}

/** Returns the stated purpose of a request, for the audit; a purpose that is not permitted is returned as well. */
export const statedPurpose = (
  { fixedPurpose }: Principal,
  claim: PurposeClaim | undefined,
): PurposeOfUse | undefined =>
  claim === undefined ? (fixedPurpose === undefined ? undefined : { code: fixedPurpose }) : purposeIn(claim);

const contradicted = (code: string, fixed: string): Refusal => ({
  code: 'purpose-contradicted',
  fact: `X-Purpose-Of-Use says ${code}, and the client of the token is registered for ${fixed} alone.`,
  cure: 'Leave the header out, use a client that is registered for that purpose, or for none, or ask an administrator.',
});

export const breaksGlass = ({ purposeOfUse }: Principal): boolean => purposeOfUse?.code === breakGlassCode;

function againstBreakingGlass(
  { mayBreakGlass }: Principal,
  { reason }: PurposeOfUse,
  { isAudited }: PurposeClaim,
): Refusal | undefined {
  if (mayBreakGlass !== true) {
    return {
      code: 'break-glass-not-granted',
      fact: 'X-Purpose-Of-Use asks to break the glass, which this caller may not do.',
      cure:
        'Leave the header out, or ask an administrator for the right: lanyard user set NAME --break-glass; for users of ' +
        'another issuer, "claims": {"breakGlass": …} in TRUSTED_ISSUERS.',
    };
  }
  if (!isAudited) {
    return {
      code: 'break-glass-not-granted',
      fact: 'This server writes no audit, so that breaking the glass would leave no trace.',
      cure: 'Ask the operator to set AUDIT=on.',
    };
  }
  return reason === undefined ? malformed('Breaking the glass needs a reason.') : undefined;
}

const malformed = (fact: string): Refusal => ({
  code: 'purpose-malformed',
  fact,
  cure: `Send a code and, for ${breakGlassCode}, a reason of 1 to ${longestReason} characters: X-Purpose-Of-Use: ${breakGlassCode}; reason="unconscious patient in the emergency room".`,
});

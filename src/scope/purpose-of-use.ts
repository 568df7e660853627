import type { Principal } from '../auth/principal.js';
import { printable } from '../fhir/model/request-errors.js';
import { Refused } from '../refusal/refusal.js';

/** What a request is for: a code of https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html. */
export interface PurposeOfUse {
  readonly code: string;
  /** In the words of the caller. */
  readonly reason?: string;
}

/** Break the glass (https://hl7.org/fhir/R4/security-labels.html#break-the-glass). */
export const breakGlassCode = 'BTG';

const longestHeader = 500;
const longestReason = 200;
const form = /^([A-Z][A-Z0-9_-]{0,31})(?: *; *reason="((?:[^"\\]|\\["\\])*)")?$/;

/** Reads `X-Purpose-Of-Use`, such as `TREAT` or `BTG; reason="unconscious in the emergency room"`. Throws {@link Refused}. */
export function readPurposeOfUse(header: string | readonly string[]): PurposeOfUse {
  if (typeof header !== 'string') throw malformed('X-Purpose-Of-Use is there twice.');
  const match = header.length > longestHeader ? null : form.exec(header.trim());
  if (!match) throw malformed(`X-Purpose-Of-Use "${printable(header)}" is no purpose.`);
  const [, code, quoted] = match;
  if (quoted === undefined) return { code: code! };
  const reason = textOf(quoted.replaceAll(/\\(["\\])/g, '$1')).trim();
  if (reason.length > longestReason || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.test(reason))
    throw malformed(`The reason in X-Purpose-Of-Use has control characters, or more than ${longestReason} characters.`);
  return reason === '' ? { code: code! } : { code: code!, reason };
}

/** Headers are bytes; what is UTF-8 was meant to be. */
function textOf(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

/**
 * The caller of one request with what it is for. Breaking the glass takes a reason and the permission to do so, and lifts
 * Consents: never scopes, records or labels. Throws {@link Refused}.
 */
export function withPurpose(
  principal: Principal,
  header: string | readonly string[] | undefined,
  isAudited: boolean,
): Principal {
  if (header === undefined) return principal;
  const purposeOfUse = readPurposeOfUse(header);
  if (purposeOfUse.code === breakGlassCode) requireBreakGlass(principal, purposeOfUse, isAudited);
  return Object.freeze({ ...principal, purposeOfUse });
}

export const breaksGlass = ({ purposeOfUse }: Principal): boolean => purposeOfUse?.code === breakGlassCode;

function requireBreakGlass({ mayBreakGlass }: Principal, { reason }: PurposeOfUse, isAudited: boolean): void {
  if (mayBreakGlass !== true) {
    throw new Refused([
      {
        code: 'break-glass-not-granted',
        fact: 'X-Purpose-Of-Use asks to break the glass, which this caller may not do.',
        cure:
          'Leave the header away, or ask an administrator for the right: lanyard user set NAME --break-glass; for users of ' +
          'another issuer, "claims": {"breakGlass": …} in TRUSTED_ISSUERS.',
      },
    ]);
  }
  if (!isAudited) {
    throw new Refused([
      {
        code: 'break-glass-not-granted',
        fact: 'This server writes no audit, so that breaking the glass would leave no trace.',
        cure: 'Ask the operator to set AUDIT=on.',
      },
    ]);
  }
  if (reason === undefined) throw malformed('Breaking the glass needs a reason.');
}

const malformed = (fact: string): Refused =>
  new Refused([
    {
      code: 'purpose-malformed',
      fact,
      cure: `Send a code and, for ${breakGlassCode}, a reason of 1 to ${longestReason} characters: X-Purpose-Of-Use: ${breakGlassCode}; reason="unconscious patient in the emergency room".`,
    },
  ]);

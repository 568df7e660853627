import type { Refusal } from '../../refusal/refusal.js';
import { claimOf, type Check, type TokenCheck } from './token-check.js';
import { describeForm, refusal, unverified } from '../refusals/token-refusal.js';

/** The last second of the year 9999; what lies beyond was written in milliseconds. */
const latest = 253_402_300_799;
const newToken = 'Get a new token: use the refresh token, or request one again.';

/** `exp` is there and ahead; `nbf` and `iat` are honoured (RFC 7519 4.1.4 to 4.1.6). */
export const timeCheck: Check = (token) => {
  const malformed = ['exp', 'nbf', 'iat'].flatMap((name) => formOf(token, name));
  return [...malformed, ...expiry(token), ...notBefore(token)];
};

function formOf({ payload }: TokenCheck, name: string): readonly Refusal[] {
  const value = claimOf(payload, name);
  if (value === undefined) {
    return name === 'exp'
      ? [
          refusal(
            'claim-malformed',
            'The token has no expiry (exp).',
            'Have it issued with exp, in seconds since 1970.',
          ),
        ]
      : [];
  }
  if (isSeconds(value)) return [];
  const found =
    typeof value === 'number' ? String(value) : typeof value === 'string' ? unverified(value) : describeForm(value);
  const hint = typeof value === 'number' && value > latest ? ' It looks like milliseconds.' : '';
  return [
    refusal(
      'claim-malformed',
      `The ${name} claim is ${found}; a number of seconds since 1970 is expected.${hint}`,
      `Have the token issued with ${name} as a JSON number of seconds.`,
    ),
  ];
}

function expiry({ payload, now, options }: TokenCheck): readonly Refusal[] {
  const exp = claimOf(payload, 'exp');
  if (!isSeconds(exp) || now < exp + options.clockSkewSeconds) return [];
  return [
    refusal(
      'token-expired',
      `The token expired ${Math.floor(now - exp)} s ago, at ${dateOf(exp)}; skew allowed ${options.clockSkewSeconds} s.`,
      newToken,
    ),
  ];
}

function notBefore({ payload, now, options }: TokenCheck): readonly Refusal[] {
  const early = ['nbf', 'iat'].filter((name) => {
    const value = claimOf(payload, name);
    return isSeconds(value) && value > now + options.clockSkewSeconds;
  });
  if (early.length === 0) return [];
  const first = early[0]!;
  const value = claimOf(payload, first) as number;
  return [
    refusal(
      'token-not-yet-valid',
      `The token is valid from ${dateOf(value)} (${early.join(', ')}), ${Math.ceil(value - now)} s ahead of this server's ` +
        `clock; skew allowed ${options.clockSkewSeconds} s.`,
      'Wait until then, or compare the clocks of this server and of the authorization server (NTP). CLOCK_SKEW allows more.',
    ),
  ];
}

export const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= latest;

const dateOf = (seconds: number): string => new Date(Math.floor(seconds) * 1000).toISOString().replace('.000', '');

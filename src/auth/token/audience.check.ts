import type { AuthOptions } from '../auth-options.js';
import type { TrustedIssuer } from '../../config/trusted-issuer.js';
import { claimOf, type Check } from './token-check.js';
import { describeForm, refusal, unverified } from '../token-refusal.js';

/** Requirement 38: the token is for this server (RFC 9068 section 4, RFC 8725 3.9). */
export const audienceCheck: Check = ({ payload, issuer, options, isTrusted, isOwn }) => {
  const aud = claimOf(payload, 'aud');
  const accepted = audiencesOf(issuer, options);
  const request = `Request the token with aud=${accepted[0]}`;
  if (aud === undefined || (Array.isArray(aud) && aud.length === 0)) {
    return [
      refusal('aud-missing', 'The token names no audience (aud), so it could be meant for any server.', `${request}.`),
    ];
  }
  const found: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const foreign = found.find((one) => typeof one !== 'string');
  if (foreign !== undefined) {
    return [
      refusal(
        'claim-malformed',
        `The aud claim holds ${describeForm(foreign)}; text or a list of texts is expected.`,
        `${request}.`,
      ),
    ];
  }
  const names = new Set(accepted.map(withoutSlash));
  if (found.some((one) => names.has(withoutSlash(one as string)))) return [];
  const setting =
    isTrusted && !isOwn
      ? ', or an administrator adds the found one to "audience" of this issuer in TRUSTED_ISSUERS'
      : '';
  return [
    refusal(
      'aud-mismatch',
      `The token is for ${found.slice(0, 5).map(unverified).join(', ')}; this server is ${accepted.join(' or ')}.`,
      `${request}${setting}.`,
    ),
  ];
};

const audiencesOf = ({ audience }: TrustedIssuer, { resource }: AuthOptions): readonly string[] =>
  audience.length > 0 ? audience : [resource];

const withoutSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) : url);

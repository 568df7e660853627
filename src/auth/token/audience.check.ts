import type { AuthOptions } from '../auth-options.js';
import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import { claimOf, type Check } from './token-check.js';
import { describeForm, refusal, unverified } from '../refusals/token-refusal.js';

/** The token is for this server (RFC 9068 section 4, RFC 8725 3.9). */
export const audienceCheck: Check = ({ payload, issuer, options, isTrusted, isOwn }) => {
  const aud = claimOf(payload, 'aud');
  const accepted = audiencesOf(issuer, options);
  const request = `Request the token with aud=${accepted[0]} (Keycloak: an audience mapper in a client scope)`;
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
  const cures = [
    `${request}.`,
    ...(isTrusted && !isOwn ? [settingOf(issuer, options)] : []),
    ...(found.some((one) => isOtherAddress(one as string, options)) ? [otherAddress(options)] : []),
  ];
  return [
    refusal(
      'aud-mismatch',
      `The token is for ${found.slice(0, 5).map(unverified).join(', ')}; this server is ${accepted.join(' or ')}.`,
      cures.join(' '),
    ),
  ];
};

/** A name that other servers share would let their tokens in. */
const settingOf = ({ audience }: TrustedIssuer, { resource }: AuthOptions): string =>
  'An administrator may add this audience to "audience" of this issuer in TRUSTED_ISSUERS, only if it names this server alone; ' +
  ('"audience" replaces the default, so ' +
    (audience.length === 0 || audience.includes(resource)
      ? `${resource} has to stand there too.`
      : `${resource} does not count as long as it does not stand there.`));

/** True if the audience is this server under another address. */
function isOtherAddress(audience: string, { resource }: AuthOptions): boolean {
  if (!/^https?:\/\//.test(audience) || !URL.canParse(audience)) return false;
  return withoutSlash(new URL(audience).pathname) === new URL(resource).pathname;
}

const otherAddress = ({ resource }: AuthOptions): string =>
  `If the address in the token is the one that clients use, PUBLIC_URL is wrong here: it makes this server ${resource}.`;

const audiencesOf = ({ audience }: TrustedIssuer, { resource }: AuthOptions): readonly string[] =>
  audience.length > 0 ? audience : [resource];

const withoutSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) : url);

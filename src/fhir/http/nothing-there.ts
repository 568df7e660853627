import type { AuthOptions } from '../../auth/auth-options.js';
import { tokenSources } from '../../auth/refusals/token-sources.js';
import { printable, UnknownAddress } from '../../r4/errors/request-errors.js';
import { meantAddress } from '../../r4/rest/wrong-base.js';

/** Last segments of addresses where other servers give tokens. */
const ofTokens = /^(?:log[-_]?in|sign[-_]?in|tokens?|auth|authenticate|authorize|oauth2?|sessions?)$/i;

/**
 * Returns a 404 that names this server's base: clients often look for that of another server.
 * Where a token was looked for, it says where tokens come from.
 */
export function nothingThere(url: string, base: string, auth: AuthOptions): UnknownAddress {
  const [path = ''] = url.split('?', 1);
  const fact = `Nothing is at ${printable(path)}. The FHIR base of this server is ${base} (FHIR R4); ${base}/metadata lists what it offers.`;
  if (ofTokens.test(path.split('/').findLast((segment) => segment !== '') ?? ''))
    return new UnknownAddress(`${fact} To get a token: ${tokenSources(auth)}`);
  const meant = meantAddress(path, base);
  return new UnknownAddress(meant === undefined || meant === base ? fact : `${fact} Ask ${meant}.`);
}

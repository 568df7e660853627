import type { Refusal } from '../../refusal/refusal.js';
import { readJsonObject, type Claims } from './strict-json.js';
import { refusal } from '../refusals/token-refusal.js';

/** The parts of a JWS in compact form; nothing in it is verified yet. */
export interface DecodedJwt {
  readonly token: string;
  readonly header: Claims;
  readonly payload: Claims;
}

const largestToken = 64 * 1024;
const largestHeader = 8 * 1024;
const sendWhole =
  'Send the access_token exactly as the token endpoint returned it: three base64url parts joined by dots.';

/** Takes a token apart without trusting it (RFC 7515 section 5.2, RFC 8725); strict, so that two readers cannot differ. */
export function decodeJwt(token: string): DecodedJwt | Refusal {
  if (token.length > largestToken) {
    return refusal(
      'token-too-large',
      `The token has ${token.length} characters; at most ${largestToken} are read.`,
      'Request a token with fewer claims: group and role lists are the usual cause, and this server needs only scopes.',
    );
  }
  const parts = token.split('.', 6);
  if (parts.length !== 3) return wrongParts(parts.length);
  const header = decodePart(parts[0]!, 'header', largestHeader);
  if ('code' in header) return header;
  const payload = decodePart(parts[1]!, 'payload', largestToken);
  if ('code' in payload) return payload;
  if (parts[2] !== '' && decodeBase64url(parts[2]!) === undefined) return notBase64url('signature');
  return { token, header: header.object, payload: payload.object };
}

function wrongParts(count: number): Refusal {
  if (count === 1) {
    return refusal(
      'token-opaque-unsupported',
      'The token is not a JWT: it has no dots. An opaque token says nothing that can be checked here.',
      'Configure the authorization server to issue JWT access tokens for this server (some do so only when the request ' +
        'names an audience or resource), or let an administrator add "introspection" to the issuer in TRUSTED_ISSUERS.',
    );
  }
  if (count === 5) {
    return refusal(
      'token-encrypted',
      'The token is encrypted (a JWE of five parts); this server reads signed tokens only.',
      'Switch off access token encryption for this server at the authorization server.',
    );
  }
  return refusal(
    'token-malformed',
    `The token has ${count > 5 ? 'more than five' : count} parts; a signed JWT has three.`,
    sendWhole,
  );
}

function decodePart(part: string, name: string, limit: number): { readonly object: Claims } | Refusal {
  const bytes = decodeBase64url(part);
  if (!bytes) return notBase64url(name);
  if (bytes.length > limit) {
    return refusal(
      'token-too-large',
      `The ${name} of the token has ${bytes.length} bytes; at most ${limit} are read.`,
      'Leave key material such as x5c out of the header; this server never uses it.',
    );
  }
  const read = readJsonObject(bytes);
  if ('problem' in read) return refusal('token-malformed', `The ${name} of the token ${read.problem}.`, sendWhole);
  return read;
}

const notBase64url = (name: string): Refusal =>
  refusal('token-malformed', `The ${name} of the token is not base64url without padding.`, sendWhole);

/** Undefined for padding, foreign characters and stray bits, which Node would ignore. */
function decodeBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

import { reason, type Reason, unauthenticated } from './reason.js';

/** Faults at the embedded authorization server. */
export const grantReasons = {
  'client-unknown': reason(400, 'invalid', [
    'The client is not registered here',
    'A browser was sent here with a client_id that no registered client has, or whose client is disabled or was removed. Secrets and keys play no part in it.',
    'Compare client_id with the registration, and the address with that of the server it was made at. Administrators list and register clients (lanyard client).',
  ]),
  'client-authentication-failed': unauthenticated(
    'The client did not prove who it is',
    'The client is unknown or disabled, nothing says which one it is, or its secret, its assertion or its way of proving itself is not the registered one.',
    'Public clients send only client_id; clients with a secret send it with HTTP Basic or in the form; clients with keys send a signed assertion, new for each request.',
  ),
  'client-keys-unreachable': unauthenticated(
    'The keys of the client cannot be fetched',
    'The host of jwks_uri has no public address, does not answer within seconds, or answers with a redirect, an error or no key set. Which of these it is, the log of this server says.',
    'Publish the keys by https at a public address without redirects, or register them as jwks; hosts inside the network are named by the operator (JWKS_ALLOW_PRIVATE).',
  ),
  'pkce-missing': reason(400, 'invalid', [
    'The authorization request has no PKCE',
    'Without PKCE (RFC 7636) whoever gets hold of the code gets the token. It is needed of every client, also of one with a secret; the method plain is not taken.',
    'Make a random code_verifier of 43 to 128 characters for each request, send its SHA-256 in base64url as code_challenge with code_challenge_method=S256, and the code_verifier with the code.',
  ]),
  'code-invalid': reason(400, 'invalid', [
    'The authorization code does not count',
    'A code works once, within a minute, for the client and the redirect URI it was made for, and with the PKCE verifier of its request. When it comes back a second time, what it gave is taken away.',
    'Begin a new authorization request, and send its code at once with the same redirect_uri and the code_verifier of that request.',
  ]),
  'grant-ended': reason(400, 'invalid', [
    'What the user had granted has ended',
    'The user or an administrator took it back, the user lost the rights, or the session it was bound to is over.',
    'Send the user through a new authorization request.',
  ]),
  'scope-not-registered': reason(400, 'invalid', [
    'The client is not registered for what it asks',
    'The scopes of a registration are a ceiling: what is not within them is never granted, and nothing is granted by default.',
    'Ask for scopes within the registration, or have an administrator extend it.',
  ]),
  'scope-beyond-grant': reason(400, 'invalid', [
    'A refresh asks for more than was granted',
    'With a refresh token a client gets what the user has granted, or less, whatever else it is registered for (RFC 6749 section 6).',
    'Leave scope out of the refresh, or name granted scopes alone. For more, begin a new authorization request that asks for it.',
  ]),
  'redirect-uri-unregistered': reason(400, 'invalid', [
    'The redirect_uri is missing or not registered',
    'The address is compared with those of the registration character by character: scheme, host, port, path, a slash at its end, and query. Codes are sent to no other one.',
    'Send redirect_uri exactly as it is registered. Administrators see it with lanyard client show, and change it with lanyard apply or in the console.',
  ]),
  'request-object-unsupported': reason(400, 'invalid', [
    'Request objects are not taken',
    'The request came as a signed object (request) or by an address of one (request_uri), which this server does not read.',
    'Send the parameters of the authorization request themselves, without request and request_uri.',
  ]),
  'app-not-let-in': reason(403, 'forbidden', [
    'The app was not let in',
    'The user chose not to allow what the app asks for, has none of the rights that it asks for, or has no patient to open it with.',
    'Ask for less, or let the user try again; rights of users are given by administrators.',
  ]),
  'launch-invalid': reason(400, 'invalid', [
    'The launch value does not count',
    'A launch value works once, for a few minutes, for the app and the user it was made for.',
    'Start the app from the EHR again.',
  ]),
} as const satisfies Record<string, Reason>;

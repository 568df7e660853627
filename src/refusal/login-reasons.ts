import { reason, type Reason, unauthenticated } from './reason.js';

/** Faults at the login family of addresses. */
export const loginReasons = {
  'login-failed': unauthenticated(
    'User name or password is wrong',
    'No user of this server has this name and password. Which of the two is wrong is not said.',
    'Check both. The first user is created at the first start, and its generated password is printed once.',
  ),
  'second-factor-needed': unauthenticated(
    'The account needs a second factor',
    'The user has set up a second step of the login. A password alone opens nothing.',
    'Use an app with the authorization code flow: its login page asks for the second factor.',
  ),
  'password-change-needed': unauthenticated(
    'The one-time password has to be changed first',
    'An administrator made this password. Until its user has chosen another one, it opens nothing.',
    'Open the account page of this server (/oauth2/account) in a browser, sign in with it, and choose a password.',
  ),
  'refresh-token-invalid': unauthenticated(
    'The refresh token is unknown, used up, expired or revoked',
    'A refresh token works once and is replaced by the next. Using an old one again ends the session, since it may be stolen; within 30 seconds it gives a SMART app the same successor, since the answer may have been lost.',
    'Log in again, and always keep the newest refresh token.',
  ),
  'login-disabled': reason(404, 'unknown', [
    'The login family is switched off',
    'This server does not take passwords; tokens come from an authorization server.',
    'Get a token from a trusted issuer, or let the operator set LOGIN=on.',
  ]),
  'registration-disabled': reason(403, 'forbidden', [
    'Dynamic registration is switched off',
    'This server takes no registrations from clients; administrators register them.',
    'Ask an administrator to register the client, or to set REGISTRATION=token.',
  ]),
  'registration-token-invalid': unauthenticated(
    'The token for registration is missing, unknown, used up or expired',
    'An initial access token opens dynamic registration, and a registration access token opens one registration. Access tokens for data open neither.',
    'Get an initial access token from an administrator (lanyard token registration), and keep the registration access token of the answer.',
  ),
  'too-many-attempts': reason(429, 'throttled', [
    'Too many failed attempts',
    'Failed logins are counted by user and by address; further ones have to wait.',
    'Wait for the time that Retry-After names.',
  ]),
  'address-rate-exceeded': reason(429, 'throttled', [
    'Too many requests from one network address',
    'Registration, authorization and the sign-in pages are open to everybody, so each network address may send only so many requests a second there. Data and tokens are not counted.',
    'Wait for the time that Retry-After names; where many people share an address, the operator raises SIGN_IN_RATE or names the proxy in TRUSTED_PROXIES.',
  ]),
} as const satisfies Record<string, Reason>;

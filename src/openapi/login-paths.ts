import { LoginController } from '../auth/login/login.controller.js';
import { pathsOf, type Undescribed } from './described-controller.js';
import { json, type Operation, type Paths, ref, type RequestBody, type Schema } from './document.js';
import { bearer } from './security.js';

const text = { type: 'string' } as const;
const object = (required: readonly string[], properties: Schema): Schema => ({ type: 'object', required, properties });

const session = object(['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'sub', 'iat', 'exp'], {
  access_token: text,
  token_type: { const: 'Bearer' },
  expires_in: { type: 'integer', description: 'Seconds.' },
  refresh_token: text,
  scope: text,
  sub: text,
  iat: { type: 'integer' },
  exp: { type: 'integer' },
});

const scope = { ...text, description: 'Scopes of the token, within the rights of the user; all of them without it.' };
const refreshToken = object(['refresh_token'], { refresh_token: text });
const body = (schema: Schema, required = true): RequestBody => ({ required, content: json(schema) });

const failures: Operation['responses'] = {
  '400': ref('responses', 'OAuthFailed'),
  '401': ref('responses', 'OAuthUnauthorized'),
  '429': ref('responses', 'OAuthFailed'),
  default: ref('responses', 'OAuthFailed'),
};
const tokens: Operation['responses'] = {
  '200': { description: 'A session: access token and refresh token.', content: json(session) },
  ...failures,
};
const whyNot: Undescribed = { undescribed: 'it refuses other methods than POST' };
const whenOff: Undescribed = { undescribed: 'LOGIN is off' };

/** Login of people with name and password, as far as it is on. */
export const loginPaths = (prefix: string, { isOn }: { readonly isOn: boolean }): Paths =>
  pathsOf(
    LoginController,
    { prefix, tag: 'Login' },
    {
      login: isOn
        ? {
            summary: 'Log in with name and password',
            description:
              'For first-party use, with HTTP Basic or with a body: a password never goes to an app of others.',
            requestBody: body(object([], { user: text, password: text, scope }), false),
            responses: tokens,
            security: [{ basic: [] }, {}],
          }
        : whenOff,
      refresh: isOn
        ? {
            summary: 'Refresh a session',
            requestBody: body(object(['refresh_token'], { refresh_token: text, scope })),
            responses: tokens,
            security: [],
          }
        : whenOff,
      logout: {
        summary: 'End a session',
        description: 'The one of the refresh token, or of the access token in the header.',
        requestBody: body(refreshToken, false),
        responses: { '204': { description: 'Ended.' }, ...failures },
        security: [{ [bearer]: [] }, {}],
      },
      revoke: {
        summary: 'Revoke a token',
        requestBody: body(object([], { token: text, refresh_token: text })),
        responses: { '200': { description: 'It does not count any more, if it ever did.' }, ...failures },
        security: [],
      },
      refuseGet: whyNot,
      refusePut: whyNot,
      refusePatch: whyNot,
      refuseDelete: whyNot,
    },
  );

import { JwksController } from '../auth/keys/jwks.controller.js';
import { RegistrationController } from '../oauth2/clients/registration/registration.controller.js';
import {
  InsertedMetadataController,
  ServerMetadataController,
} from '../oauth2/discovery/server-metadata.controller.js';
import { ProviderController } from '../oauth2/provider/provider.controller.js';
import { pathsOf, type Undescribed } from './described-controller.js';
import { joinPaths, json, type Operation, type Parameter, type Paths, ref, type RequestBody } from './document.js';
import { open } from './security.js';

/** Settings that the paths of the authorization server depend on. */
export interface OauthPlace {
  /** Path of the issuer, such as `/oauth2`. */
  readonly prefix: string;
  readonly issuer: string;
  readonly registration: 'token' | 'open' | 'off';
}

const tag = 'OAuth 2.0';
const text = { type: 'string' };
const page = { undescribed: 'a page for people, on the way that /authorize begins' } as const satisfies Undescribed;

const query = (name: string, description: string, required = false): Parameter => ({
  name,
  in: 'query',
  required,
  description,
  schema: text,
});

const asked = [
  query('response_type', '`code`.', true),
  query('client_id', 'Id of the client.', true),
  query('redirect_uri', 'One that the client has registered.', true),
  query('scope', 'SMART scopes, with spaces between.', true),
  query('state', 'Comes back as it is.', true),
  query('aud', 'The FHIR base.', true),
  query('code_challenge', 'PKCE (RFC 7636).', true),
  query('code_challenge_method', '`S256`.', true),
  query('launch', 'The value of an EHR launch.'),
  query('nonce', 'OpenID Connect.'),
  query('prompt', 'OpenID Connect.'),
];

/** RFC 6749 asks for a form wherever a body is sent. */
const form = (required: readonly string[], ...names: readonly string[]): RequestBody => ({
  required: true,
  content: {
    'application/x-www-form-urlencoded': {
      schema: {
        type: 'object',
        required,
        properties: Object.fromEntries([...required, ...names].map((name) => [name, text])),
      },
    },
  },
});

const namesOf = (parameters: readonly Parameter[]): readonly string[] => parameters.map(({ name }) => name);
const askedForm = form(
  namesOf(asked.filter(({ required }) => required)),
  ...namesOf(asked.filter(({ required }) => !required)),
);

const failures: Operation['responses'] = {
  '400': ref('responses', 'OAuthFailed'),
  '401': ref('responses', 'OAuthUnauthorized'),
  default: ref('responses', 'OAuthFailed'),
};
const told = (description: string): Operation['responses'] => ({
  '200': { description, content: json({ type: 'object' }) },
  ...failures,
});
const clientAuthentication = ['client_id', 'client_secret', 'client_assertion_type', 'client_assertion'];
const byClient: Operation['security'] = [{ basic: [] }, {}];
const decided: Operation['responses'] = {
  '303': { description: 'To the pages for login and consent, or back to the client.' },
  '400': {
    description: 'A page that says what is wrong with the request.',
    content: { 'text/html': { schema: text } },
  },
};

const providerPaths = (prefix: string): Paths =>
  pathsOf(
    ProviderController,
    { prefix, tag },
    {
      authorize: {
        summary: 'Begin an authorization (SMART App Launch 2.2)',
        description: 'A browser goes there; people log in and decide, and it comes back to redirect_uri with a code.',
        parameters: asked,
        responses: decided,
      },
      authorizeByPost: {
        summary: 'Begin an authorization by a form',
        requestBody: askedForm,
        responses: decided,
      },
      resume: page,
      logout: page,
      token: {
        summary: 'Get tokens',
        description: 'Grants: authorization_code (with code_verifier), refresh_token, client_credentials.',
        requestBody: form(
          ['grant_type'],
          'code',
          'redirect_uri',
          'code_verifier',
          'refresh_token',
          'scope',
          'resource',
          ...clientAuthentication,
        ),
        responses: told(
          'Access token, and what belongs to it (RFC 6749 section 5.1; patient, fhirContext … of SMART).',
        ),
        security: byClient,
      },
      revoke: {
        summary: 'Revoke a token (RFC 7009)',
        requestBody: form(['token'], 'token_type_hint', ...clientAuthentication),
        responses: { '200': { description: 'It does not count any more, if it ever did.' }, ...failures },
        security: byClient,
      },
      introspect: {
        summary: 'Ask about a token (RFC 7662)',
        requestBody: form(['token'], 'token_type_hint', ...clientAuthentication),
        responses: told('`active`, and the claims of a token that is.'),
        security: byClient,
      },
    },
  );

const metadata = {
  responses: { '200': { description: 'Metadata of the server.', content: json({ type: 'object' }) } },
  security: open,
} as const;

function documentPaths({ prefix, issuer }: OauthPlace): Paths {
  const { origin, pathname } = new URL(issuer);
  return joinPaths([
    pathsOf(
      ServerMetadataController,
      { prefix, tag },
      {
        metadata: { summary: 'Metadata of the authorization server (RFC 8414, OpenID Connect)', ...metadata },
        style: { undescribed: 'a file of the pages, which smart-configuration names' },
      },
    ),
    pathsOf(
      JwksController,
      { prefix, tag },
      { publish: { summary: 'Keys that tokens are signed with (RFC 7517)', ...metadata } },
    ),
    pathsOf(
      InsertedMetadataController,
      { prefix: '', tag },
      {
        metadata: {
          summary: 'Metadata where RFC 8414 looks for it',
          at: `/.well-known/oauth-authorization-server${pathname}`,
          servers: [{ url: origin }],
          ...metadata,
        },
      },
    ),
  ]);
}

const client = { type: 'object', description: 'Client metadata of RFC 7591.' };
const registration: RequestBody = {
  required: true,
  content: json(
    {
      type: 'object',
      properties: {
        client_name: text,
        redirect_uris: { type: 'array', items: text },
        token_endpoint_auth_method: {
          type: 'string',
          enum: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        },
        grant_types: {
          type: 'array',
          items: { type: 'string', enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
        },
        response_types: { type: 'array', items: { const: 'code' } },
        scope: text,
        contacts: { type: 'array', items: text },
        jwks: { type: 'object' },
        jwks_uri: text,
        logo_uri: text,
        policy_uri: text,
        tos_uri: text,
        initiate_login_uri: text,
        resources: { type: 'array', items: text },
        audiences: { type: 'array', items: text },
      },
    },
    {
      client_name: 'Growth chart',
      redirect_uris: ['https://app.example/callback'],
      token_endpoint_auth_method: 'none',
      scope: 'launch/patient patient/*.rs',
    },
  ),
};

const own = {
  responses: { '200': { description: 'The registration.', content: json(client) }, ...failures },
  security: [{ bearer: [] }],
} as const;

function registrationPaths({ prefix, registration: who }: OauthPlace): Paths {
  return pathsOf(
    RegistrationController,
    { prefix, tag: 'Registration' },
    {
      register:
        who === 'off'
          ? { undescribed: 'REGISTRATION is off' }
          : {
              summary: 'Register a client (RFC 7591)',
              description: 'With an initial access token of an administrator where that is asked for.',
              requestBody: registration,
              responses: { '201': { description: 'The client that was made.', content: json(client) }, ...failures },
              security: who === 'open' ? [{ bearer: [] }, {}] : [{ bearer: [] }],
            },
      read: { summary: 'The own registration (RFC 7592)', ...own },
      replace: { summary: 'Replace the own registration', requestBody: registration, ...own },
      remove: {
        summary: 'Remove the own registration',
        responses: { '204': { description: 'Removed.' }, ...failures },
        security: own.security,
      },
    },
  );
}

/** The embedded authorization server: OAuth 2.0, its documents, and registration as far as it is on. */
export const oauthPaths = (place: OauthPlace): Paths =>
  joinPaths([providerPaths(place.prefix), documentPaths(place), registrationPaths(place)]);

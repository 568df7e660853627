import { z } from 'zod';
import { ClientsController } from '../oauth2/clients/admin/clients.controller.js';
import { PoliciesController, PolicyGroupsController } from '../oauth2/clients/admin/policies.controller.js';
import { accountForm, changeForm } from '../oauth2/clients/admin/read-account.js';
import { PolicyTrialsController, trialForm } from '../oauth2/clients/admin/policy-trials.controller.js';
import {
  registrationTokenForm,
  RegistrationTokensController,
} from '../oauth2/clients/admin/registration-tokens.controller.js';
import { passwordForm, UserPasswordsController } from '../oauth2/clients/admin/user-passwords.controller.js';
import { UserSessionsController } from '../oauth2/clients/admin/user-sessions.controller.js';
import { UsersController } from '../oauth2/clients/admin/users.controller.js';
import { clientForm } from '../oauth2/clients/read-client.js';
import { LaunchesController } from '../oauth2/launch/launches.controller.js';
import { launchForm } from '../oauth2/launch/read-launch.js';
import { SecondFactorsController } from '../oauth2/mfa/second-factors.controller.js';
import { groupForm, policyForm } from '../scope/policies/read-stored-policy.js';
import { pathsOf } from './described-controller.js';
import {
  joinPaths,
  json,
  type Operation,
  type Parameter,
  type Paths,
  ref,
  type RequestBody,
  type Schema,
} from './document.js';
import { anyToken } from './security.js';

const text = { type: 'string' };
const texts = { type: 'array', items: text };

/** The very schema that the body is checked with; what JSON Schema cannot say, and the depths of any JSON, are left out. */
function formOf(form: z.ZodType): Schema {
  const { $schema: _, $defs: __, ...schema } = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(schema), withoutDepths) as Schema;
}

const withoutDepths = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$ref' in value ? {} : value;

const body = (form: z.ZodType, required = true): RequestBody => ({ required, content: json(formOf(form)) });
const object = (properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});

const told = (description: string, schema: Schema, status = '200'): Operation['responses'] => ({
  [status]: { description, content: json(schema) },
  default: ref('responses', 'OAuthFailed'),
});
const done: Operation['responses'] = { '204': { description: 'Done.' }, default: ref('responses', 'OAuthFailed') };

/** A page of a list. */
export const paging: readonly Parameter[] = [
  { name: 'after', in: 'query', description: 'Id of the last one seen.', schema: text },
  { name: 'count', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } },
];
const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'Only in the place of this version.',
  schema: text,
};

const client = object({ id: text, name: text, kind: text, hasSecret: { type: 'boolean' } });
const withSecret = { ...client, properties: { ...(client['properties'] as object), secret: text } };
const user = object({ name: text, grants: texts, disabled: { type: 'boolean' }, createdAt: text });
const withPassword = { ...user, properties: { ...(user['properties'] as object), password: text } };
const policy = object({ name: text, description: text, version: { type: 'integer' } });
const group = object({ name: text, members: texts });
const list = (name: string, items: Schema): Schema => object({ [name]: { type: 'array', items }, next: text }, [name]);
const versions = list('versions', object({ version: { type: 'integer' }, changedBy: text, changedAt: text }));

const clientPaths = (prefix: string): Paths =>
  pathsOf(
    ClientsController,
    { prefix, tag: 'Clients' },
    {
      list: { summary: 'List clients', parameters: paging, responses: told('Clients.', list('clients', client)) },
      create: {
        summary: 'Register a client',
        requestBody: {
          required: true,
          content: json(formOf(clientForm.extend({ id: z.string().optional() }))),
        },
        responses: told('The client; the secret is shown this once.', withSecret, '201'),
      },
      read: { summary: 'Read a client', responses: told('The client.', client) },
      replace: {
        summary: 'Replace a client',
        description: 'The whole registration; what is left out is gone.',
        requestBody: body(clientForm),
        responses: told('The client; a new secret is shown this once.', withSecret),
      },
      rotateSecret: {
        summary: 'Make a new secret',
        responses: told('The secret, shown this once.', object({ id: text, secret: text })),
      },
      remove: { summary: 'Remove a client, and its tokens', responses: done },
    },
  );

const userPaths = (prefix: string): Paths =>
  joinPaths([
    pathsOf(
      UsersController,
      { prefix, tag: 'Users' },
      {
        list: { summary: 'List users', parameters: paging, responses: told('Users.', list('users', user)) },
        create: {
          summary: 'Add a user',
          description: 'Without a password one is made. Nobody gives what he has not.',
          requestBody: body(accountForm),
          responses: told('The user; a password that was made is shown this once.', withPassword, '201'),
        },
        read: { summary: 'Read a user', responses: told('The user.', user) },
        change: {
          summary: 'Change a user',
          description: 'What is left out stays. Every change ends the sessions of the user.',
          requestBody: body(changeForm),
          responses: told('The user.', user),
        },
      },
    ),
    accountHelpPaths(prefix),
  ]);

/** Actions that help a user and leave the account as it is. */
const accountHelpPaths = (prefix: string): Paths =>
  joinPaths([
    pathsOf(
      UserPasswordsController,
      { prefix, tag: 'Users' },
      {
        makeLink: {
          summary: 'Make a link to choose a password',
          requestBody: body(passwordForm, false),
          responses: told('The link, shown this once.', object({ url: text, expiresAt: text }), '201'),
        },
        makeOneTimePassword: {
          summary: 'Make a one-time password',
          requestBody: body(passwordForm, false),
          responses: told('The password, shown this once.', object({ password: text, expiresAt: text }), '201'),
        },
      },
    ),
    pathsOf(
      UserSessionsController,
      { prefix, tag: 'Users' },
      {
        end: {
          summary: 'End the sessions of a user',
          description: 'In browsers and in apps: refresh tokens are refused, access tokens within seconds.',
          responses: done,
        },
      },
    ),
    pathsOf(
      SecondFactorsController,
      { prefix, tag: 'Users' },
      { remove: { summary: 'Take the second factors from a user', responses: done } },
    ),
  ]);

const counted = object({ shapes: { type: 'integer' }, requests: { type: 'integer' } });
const effects = ['refused', 'permitted', 'fewer', 'more', 'other'];
const triedExample = object(
  {
    effect: { type: 'string', enum: effects },
    words: text,
    user: text,
    client: text,
    request: text,
    scopes: texts,
    types: texts,
    reasons: texts,
    seen: { type: 'integer' },
    lastSeen: { type: 'string', format: 'date-time' },
  },
  ['effect', 'words', 'request', 'scopes', 'types', 'reasons', 'seen', 'lastSeen'],
);
const trial = object(
  {
    tried: object(
      {
        shapes: { type: 'integer' },
        requests: { type: 'integer' },
        failed: { type: 'integer' },
        since: { type: 'string', format: 'date-time' },
        isFull: { type: 'boolean', description: 'There are as many as are kept: those seen before are not known.' },
        leftOut: { type: 'integer', description: 'Seen longest ago, and not tried: one trial does no more work.' },
      },
      ['shapes', 'requests', 'failed'],
    ),
    changes: object(Object.fromEntries(effects.map((effect) => [effect, counted]))),
    examples: { type: 'array', items: triedExample },
    notes: texts,
    lockedOut: text,
  },
  ['tried', 'changes', 'examples', 'notes'],
);

const trialPaths = (prefix: string): Paths =>
  pathsOf(
    PolicyTrialsController,
    { prefix, tag: 'Policies' },
    {
      try: {
        summary: 'Try policies before they count',
        description:
          'Decides the shapes of requests that were seen lately again, with the policies as they are and with those of the body, and says what would change. Nothing is stored. `lockedOut`: why a PUT would be refused.',
        requestBody: body(trialForm),
        responses: told('What would change.', trial),
      },
    },
  );

const policyPaths = (prefix: string): Paths =>
  joinPaths([
    pathsOf(
      PoliciesController,
      { prefix, tag: 'Policies' },
      {
        list: { summary: 'List policies', responses: told('Policies.', list('policies', policy)) },
        read: { summary: 'Read a policy', responses: told('The policy.', policy) },
        history: { summary: 'Versions of a policy', responses: told('Versions.', versions) },
        put: {
          summary: 'Write a policy',
          parameters: [ifMatch],
          requestBody: body(policyForm.partial({ name: true })),
          responses: told('The policy.', policy),
        },
        remove: { summary: 'Remove a policy', responses: done },
      },
    ),
    pathsOf(
      PolicyGroupsController,
      { prefix, tag: 'Policies' },
      {
        list: { summary: 'List groups', responses: told('Groups.', list('groups', group)) },
        history: { summary: 'Versions of a group', responses: told('Versions.', versions) },
        put: {
          summary: 'Write a group',
          requestBody: body(groupForm.partial({ name: true })),
          responses: told('The group.', group),
        },
        remove: { summary: 'Remove a group', responses: done },
      },
    ),
  ]);

/** Administration below the path of the issuer; bodies are described by the schemas that check them. */
export const administrationPaths = (prefix: string): Paths =>
  joinPaths([
    clientPaths(prefix),
    userPaths(prefix),
    policyPaths(prefix),
    trialPaths(prefix),
    pathsOf(
      RegistrationTokensController,
      { prefix, tag: 'Registration' },
      {
        create: {
          summary: 'Make an initial access token',
          requestBody: body(registrationTokenForm),
          responses: told('The token, shown this once.', { type: 'object' }, '201'),
        },
      },
    ),
    pathsOf(
      LaunchesController,
      { prefix, tag: 'Launches' },
      {
        create: {
          summary: 'Prepare an EHR launch',
          description:
            'For the user of the token, which /login gave; for others with admin/Launch.c. The token of an app never counts.',
          requestBody: body(launchForm),
          responses: {
            ...told(
              'Value of the launch, and where the browser goes.',
              object({ launch: text, iss: text, url: text }, ['launch', 'iss']),
              '201',
            ),
            '401': ref('responses', 'OAuthUnauthorized'),
            '403': ref('responses', 'OAuthForbidden'),
          },
          security: anyToken,
        },
      },
    ),
  ]);

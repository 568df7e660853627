import { z } from 'zod';
import { ClientsController } from '../oauth2/clients/admin/clients.controller.js';
import { accountForm, changeForm } from '../oauth2/clients/admin/read-account.js';
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
import { body, done, formOf, list, object, text, texts, told } from './administration-parts.js';
import { pathsOf } from './described-controller.js';
import { joinPaths, json, type Parameter, type Paths, ref } from './document.js';
import { policyPaths } from './policy-paths.js';
import { anyToken } from './security.js';

/** A page of a list. */
export const paging: readonly Parameter[] = [
  { name: 'after', in: 'query', description: 'Id of the last one seen.', schema: text },
  { name: 'count', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } },
];

const client = object({ id: text, name: text, kind: text, hasSecret: { type: 'boolean' } });
const withSecret = { ...client, properties: { ...(client['properties'] as object), secret: text } };
const user = object({ name: text, grants: texts, disabled: { type: 'boolean' }, createdAt: text });
const withPassword = { ...user, properties: { ...(user['properties'] as object), password: text } };

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

/** Administration below the path of the issuer; bodies are described by the schemas that check them. */
export const administrationPaths = (prefix: string): Paths =>
  joinPaths([
    clientPaths(prefix),
    userPaths(prefix),
    policyPaths(prefix),
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

import { z } from 'zod';
import { clientCredentials, readClientSecret } from './client-credentials.js';
import { type ClientKey, readClientKey } from '../secrets/client-key.js';
import { isSecureUrl } from '../secure-url.js';

const name = z.string().min(1, 'must not be empty');
const secureUrl = z.string().refine(isSecureUrl, 'must be an https URL, or http on a loopback address');

/** A token by the client credentials of this server (RFC 6749, section 4.4). */
const client = z
  .strictObject({
    tokenUrl: secureUrl.describe('Token endpoint.'),
    scope: name.optional().describe('Scopes that are asked for.'),
    ...clientCredentials,
    privateKeyFile: name
      .optional()
      .describe(
        'File with a private JWK (RS384 or ES384, with `kid`): the client proves itself by `private_key_jwt`. Another key in it is taken without a restart.',
      ),
  })
  .transform(readClientSecret)
  .transform(readClientKey)
  .refine(
    ({ clientSecret, privateKey }) => (clientSecret === undefined) !== (privateKey === undefined),
    'needs one of clientSecret, clientSecretFile and privateKeyFile',
  );

/** Another terminology server: one entry of `TERMINOLOGY_SERVERS`. */
const terminologyServer = z
  .strictObject({
    url: secureUrl.transform((text) => text.replace(/\/+$/, '')).describe('FHIR base of the server (R4).'),
    canonicals: z
      .array(name)
      .min(1, 'must not be empty')
      .optional()
      .describe(
        'Beginnings of the urls of code systems, value sets and maps that it is asked about; absent: all that nothing else has.',
      ),
    token: name.optional().describe('Token that is sent to it (Bearer).'),
    user: z
      .string()
      .regex(/^[^:]+$/, 'must be a name without colons')
      .optional()
      .describe('Name for HTTP Basic.'),
    password: name.optional().describe('Password for HTTP Basic.'),
    client: client.optional().describe('How a token is fetched: client credentials (RFC 6749, section 4.4).'),
    timeout: z
      .int('must be a whole number')
      .min(100, 'must be from 100 to 30000')
      .max(30_000, 'must be from 100 to 30000')
      .default(5000)
      .describe('Milliseconds that one question may take.'),
    keep: z
      .int('must be a whole number')
      .min(0, 'must be from 0 to 86400')
      .max(86_400, 'must be from 0 to 86400')
      .default(300)
      .describe('Seconds for which an answer is remembered.'),
  })
  .refine(
    ({ token, user, client: own }) => [token, user, own].filter((one) => one !== undefined).length < 2,
    'takes one of token, user and client',
  )
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    'needs user and password together',
  );

export const terminologyServers = z.array(terminologyServer);

/** Another terminology server: one entry of `TERMINOLOGY_SERVERS`, complete. */
export interface TerminologyServerSettings {
  /** FHIR base. */
  readonly url: string;
  /** Beginnings of the canonicals that it is asked about; absent: all that nothing else has. */
  readonly canonicals?: readonly string[] | undefined;
  /** Token that is sent. */
  readonly token?: string | undefined;
  /** HTTP Basic. */
  readonly user?: string | undefined;
  /** HTTP Basic. */
  readonly password?: string | undefined;
  /** How a token is fetched. */
  readonly client?:
    | {
        readonly tokenUrl: string;
        readonly scope?: string | undefined;
        readonly clientId: string;
        readonly clientSecret?: string | undefined;
        readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post';
        /** In place of a secret: SMART Backend Services. A function is asked for each token. */
        readonly privateKey?: ClientKey | (() => ClientKey) | undefined;
      }
    | undefined;
  /** Milliseconds for one question. */
  readonly timeout: number;
  /** Seconds for which an answer is remembered. */
  readonly keep: number;
}

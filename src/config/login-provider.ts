import { z } from 'zod';
import { clientCredentials, readClientSecret } from './client-credentials.js';
import { isSecureUrl } from './secure-url.js';

const name = z.string().min(1, 'must not be empty').max(500, 'is too long');
const oneOrMore = z.union([name.transform((only) => [only]), z.array(name).min(1, 'must not be empty')]);

/** `user/` scopes that limit a user; apps get a part of them that the user chooses. */
const grants = z
  .string()
  .regex(
    /^(?:user\/(?:\*|[A-Z][A-Za-z]+)\.[a-z*]+(?:\?\S+)?(?: (?!$)|$))*$/,
    'must be user/ scopes separated by one space, such as "user/*.rs user/Observation.cruds"',
  );

/** Set by this server for each login; a fixed value would take away what protects it. */
const ownParameters = new Set(
  'client_id client_secret code_challenge code_challenge_method nonce redirect_uri request request_uri response_mode response_type scope state'.split(
    ' ',
  ),
);

/** An upstream OpenID provider whose users may log in here: one entry of `LOGIN_PROVIDERS`. */
const loginProvider = z
  .strictObject({
    /** Part of the callback address and of the names of accounts made for its users. */
    id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be 1 to 31 small letters, digits and hyphens, a letter first'),
    /** On the button. */
    name: z.string().min(1, 'must not be empty').max(80, 'is longer than 80 characters'),
    issuer: z
      .string()
      .refine(isSecureUrl, 'must be an https URL, or http on a loopback address')
      .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment'),
    ...clientCredentials,
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope without spaces'))
      .default(['openid', 'profile'])
      .refine((scopes) => scopes.includes('openid'), 'must contain openid'),
    /** Fixed parameters of the authorization request, such as `acr_values` or `prompt`. */
    parameters: z
      .record(name, name)
      .default({})
      .refine(
        (given) => Object.keys(given).every((key) => !ownParameters.has(key)),
        `must not set ${[...ownParameters].join(', ')}`,
      ),
    /** True if claims are taken from the userinfo endpoint too; those of the ID token win. */
    userinfo: z.boolean().default(false),
    claims: z
      .strictObject({
        fhirUser: name.default('fhirUser'),
        username: oneOrMore.default(['preferred_username', 'email']),
        groups: oneOrMore.default(['groups', 'roles']),
      })
      .prefault({}),
    /** A value of a groups claim → the scopes that it gives. */
    grantMap: z.record(name, grants).default({}),
    /** Scopes that every user of this provider gets. */
    grants: grants.default(''),
    /** True if an unknown user gets an account at the first login. */
    createUsers: z.boolean().default(false),
    userWithoutFhirUser: z.enum(['deny', 'allow']).default('deny'),
  })
  .transform(readClientSecret);

export const loginProviders = z.array(loginProvider).superRefine((providers, context) => {
  const refuseTwins = (of: 'id' | 'issuer'): void =>
    providers.forEach((provider, index) => {
      if (providers.findIndex((other) => other[of] === provider[of]) < index)
        context.addIssue({ code: 'custom', path: [index, of], message: `"${provider[of]}" is there twice` });
    });
  refuseTwins('id');
  refuseTwins('issuer');
});

export type LoginProvider = Readonly<z.output<typeof loginProvider>>;

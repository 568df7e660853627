import { z } from 'zod';
import { clientCredentials, readClientSecret } from './client-credentials.js';
import { isSecureUrl } from '../secure-url.js';

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
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be 1 to 31 small letters, digits and hyphens, a letter first')
      .describe('Part of the callback address, and of the names of accounts made for its users.'),
    name: z
      .string()
      .min(1, 'must not be empty')
      .max(80, 'is longer than 80 characters')
      .describe('What stands on the button.'),
    issuer: z
      .string()
      .refine(isSecureUrl, 'must be an https URL, or http on a loopback address')
      .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
      .describe('URL of the provider, from which all else is discovered.'),
    ...clientCredentials,
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope without spaces'))
      .default(['openid', 'profile'])
      .refine((scopes) => scopes.includes('openid'), 'must contain openid')
      .describe('Scopes that are asked for; `openid` is one of them.'),
    parameters: z
      .record(name, name)
      .default({})
      .refine(
        (given) => Object.keys(given).every((key) => !ownParameters.has(key)),
        `must not set ${[...ownParameters].join(', ')}`,
      )
      .describe('Fixed parameters of the authorization request, such as `acr_values` or `prompt`.'),
    userinfo: z
      .boolean()
      .default(false)
      .describe('`true`: claims are taken from the userinfo endpoint too; those of the ID token win.'),
    claims: z
      .strictObject({
        fhirUser: name.default('fhirUser').describe('Claim with the FHIR resource of the user.'),
        username: oneOrMore
          .default(['preferred_username', 'email'])
          .describe('Claims with the name of the user; the first that is there counts.'),
        groups: oneOrMore.default(['groups', 'roles']).describe('Claims with groups; all of them count.'),
      })
      .prefault({})
      .describe('Names of the claims that say something.'),
    grantMap: z
      .record(name, grants)
      .default({})
      .describe('A value of a groups claim → the `user/` scopes that it gives.'),
    grants: grants.default('').describe('`user/` scopes that every user of this provider gets.'),
    createUsers: z.boolean().default(false).describe('`true`: an unknown user gets an account at the first login.'),
    userWithoutFhirUser: z
      .enum(['deny', 'allow'])
      .default('deny')
      .describe('`allow`: users log in although no claim names their FHIR resource.'),
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

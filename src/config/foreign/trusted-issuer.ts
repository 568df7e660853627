import { z } from 'zod';
import { clientCredentials, readClientSecret } from './client-credentials.js';
import { factOf, placeIn } from '../checks/setting-issue.js';
import { isSecureUrl } from '../secure-url.js';
import { StartRefused } from '../checks/start-refused.js';

/** Asymmetric only: with a shared secret the issuer's public key would be one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
/** Algorithms of tokens that count without a setting. */
export const usualAlgorithms: readonly (typeof algorithms)[number][] = ['RS256', 'RS384', 'ES256', 'ES384'];

const name = z.string().min(1, 'must not be empty');
const httpUrl = z.string().refine(isHttpUrl, 'must be an http(s) URL');
const oneOrMore = z.union([name.transform((only) => [only]), z.array(name).min(1, 'must not be empty')]);

/** Way to ask the issuer about its tokens (RFC 7662). */
const introspection = z
  .strictObject({
    endpoint: z
      .string()
      .refine(isSecureUrl, 'must be an https URL, or http on a loopback address')
      .optional()
      .describe('URL to ask; discovered from the metadata of the issuer when absent.'),
    ...clientCredentials,
    tokenPrefix: z
      .string()
      .regex(/^[\w.~+/-]{1,64}$/, 'must be 1 to 64 characters that a token can have')
      .optional()
      .describe('Prefix of its opaque tokens: with several issuers, each token is shown to its own issuer only.'),
    jwt: z
      .boolean()
      .default(false)
      .describe('`true`: the issuer is asked about its JWTs too, so that a revoked one dies within `cacheSeconds`.'),
    cacheSeconds: z
      .int('must be a whole number')
      .min(0, 'must be from 0 to 60')
      .max(60, 'must be from 0 to 60')
      .default(30)
      .describe('Seconds for which an answer counts, yes or no; 0 to 60.'),
  })
  .transform(readClientSecret)
  .refine(({ clientSecret }) => clientSecret !== undefined, 'needs clientSecret or clientSecretFile');

/** An authorization server whose tokens count here: one entry of `TRUSTED_ISSUERS`. */
const trustedIssuer = z.strictObject({
  issuer: name.describe('The `iss` of its tokens, character by character.'),
  jwksUri: httpUrl.optional().describe('URL of its keys; discovered from the issuer when absent.'),
  audience: oneOrMore
    .optional()
    .describe(
      'Values of `aud` that mean this server; the FHIR base when absent. They replace it, so name it too if it counts.',
    ),
  algorithms: z
    .array(z.enum(algorithms))
    .min(1, 'must not be empty')
    .default([...usualAlgorithms])
    .describe('Signature algorithms that it may use.'),
  typ: z
    .enum(['auto', 'at+jwt'])
    .default('auto')
    .describe('`at+jwt`: only tokens that say so in their header (RFC 9068) count as access tokens.'),
  userWithoutFhirUser: z
    .enum(['deny', 'allow'])
    .default('deny')
    .describe('`allow`: `user/` scopes count although the token names no FHIR user.'),
  adminScopes: z
    .enum(['deny', 'allow'])
    .default('deny')
    .describe('`allow`: the issuer names administrators of this server, by `admin/` scopes of its users.'),
  claims: z
    .strictObject({
      scope: oneOrMore
        .default(['scope', 'scp', 'permissions', 'roles'])
        .describe('Claims with scopes; all of them count.'),
      clientId: oneOrMore
        .default(['client_id', 'azp', 'appid', 'cid'])
        .describe('Claims with the client; the first that is there counts.'),
      patient: name.default('patient').describe('Claim with the id of the patient in context.'),
      fhirUser: name.default('fhirUser').describe('Claim with the FHIR resource of the user.'),
      clearance: name
        .optional()
        .describe(
          'Claim with the highest confidentiality that the caller may see: U, L, M, N, R or V. Not read when absent.',
        ),
      breakGlass: name
        .optional()
        .describe('Claim that is `true` for callers who may lift Consents in an emergency. Not read when absent.'),
      consentExempt: name
        .optional()
        .describe('Claim that is `true` for callers for whom Consents do not count. Not read when absent.'),
      ownIds: name
        .optional()
        .describe(
          'Claim that is `true` for callers who create at ids of their own although a Consent denies something. Not read when absent.',
        ),
      purposeOfUse: name
        .optional()
        .describe(
          'Claim with the purpose of all requests: a code of v3-PurposeOfUse other than BTG. Not read when absent.',
        ),
    })
    .prefault({})
    .describe('Names of the claims that say something.'),
  scopeMap: z
    .record(name, name)
    .default({})
    .describe('A scope or role of the issuer → the SMART scopes that it stands for, between spaces.'),
  machineToken: z
    .strictObject({
      claim: name.describe('Name of a claim.'),
      equals: name.describe('Its value in tokens of machines.'),
    })
    .optional()
    .describe('Mark of tokens that belong to a machine, where the usual ones are missing.'),
  introspection: introspection.optional().describe('How the issuer is asked about its tokens (RFC 7662).'),
  advertise: z
    .boolean()
    .optional()
    .describe(
      '`true`: smart-configuration names this one where there is no embedded issuer; the first one when none says so.',
    ),
});

export const trustedIssuers = z.array(trustedIssuer).superRefine((issuers, context) => {
  issuers.forEach(({ issuer, jwksUri }, index) => {
    const keyAddress = jwksUri ?? issuer;
    if (issuers.findIndex((other) => other.issuer === issuer) < index)
      context.addIssue({ code: 'custom', path: [index, 'issuer'], message: `"${issuer}" is there twice` });
    if (jwksUri === undefined && !isHttpUrl(issuer))
      context.addIssue({
        code: 'custom',
        path: [index, 'issuer'],
        message: `"${issuer}" is not an http(s) URL, so its keys cannot be discovered; add jwksUri`,
      });
    else if (isHttpUrl(keyAddress) && !isSecureUrl(keyAddress))
      context.addIssue({
        code: 'custom',
        path: [index, jwksUri === undefined ? 'issuer' : 'jwksUri'],
        message: `"${keyAddress}" is not https, so its keys could be forged on their way; only loopback addresses may be http`,
      });
  });
  issuers.forEach(({ introspection: asked }, index) => {
    const isTwin = (other: Parsed): boolean => other.introspection?.tokenPrefix === asked?.tokenPrefix;
    if (asked && issuers.slice(0, index).some((other) => other.introspection && isTwin(other)))
      context.addIssue({
        code: 'custom',
        path: [index, 'introspection', 'tokenPrefix'],
        message:
          'must differ from that of the other issuers with introspection, or tokens would be shown to the wrong one',
      });
  });
  const second = issuers.map(({ advertise }) => advertise === true).indexOf(true, firstAdvertised(issuers) + 1);
  if (second > 0)
    context.addIssue({
      code: 'custom',
      path: [second, 'advertise'],
      message: 'is true for another issuer already; a FHIR server advertises one authorization server',
    });
});

const firstAdvertised = (issuers: readonly Parsed[]): number => {
  const first = issuers.findIndex(({ advertise }) => advertise === true);
  return first === -1 ? issuers.length : first;
};

type Parsed = z.output<typeof trustedIssuer>;

type Optional = 'jwksUri' | 'machineToken' | 'introspection' | 'advertise';

/** An issuer whose tokens count, complete. */
export interface TrustedIssuer extends Readonly<Omit<Parsed, Optional | 'audience'>> {
  readonly jwksUri?: string;
  readonly audience: readonly string[];
  readonly machineToken?: NonNullable<Parsed['machineToken']>;
  readonly introspection?: IntrospectionSettings;
  readonly advertise?: boolean;
}

/** An issuer whose tokens count: its `issuer`, and what of the rest differs from the defaults of `TRUSTED_ISSUERS`. */
export type IssuerSettings = Pick<TrustedIssuer, 'issuer'> &
  Partial<Omit<TrustedIssuer, 'issuer' | 'claims'>> & { readonly claims?: Partial<TrustedIssuer['claims']> };

/** Way to ask an issuer about its tokens (RFC 7662). */
export type IntrospectionSettings = Readonly<z.output<typeof introspection>>;

/** Fills in the audience that is meant where none is given. */
export function completeIssuer(parsed: Parsed, fhirBase: string): TrustedIssuer {
  const { jwksUri, audience, machineToken, introspection: asking, advertise, ...given } = parsed;
  return {
    ...given,
    audience: audience ?? [fhirBase],
    ...(jwksUri !== undefined && { jwksUri }),
    ...(machineToken !== undefined && { machineToken }),
    ...(asking !== undefined && { introspection: asking }),
    ...(advertise !== undefined && { advertise }),
  };
}

/** Checks issuers as `TRUSTED_ISSUERS` is checked, and fills in defaults. Throws {@link StartRefused}, a line for each mistake. */
export function completeIssuers(settings: readonly IssuerSettings[], fhirBase: string): readonly TrustedIssuer[] {
  const { success, data, error } = trustedIssuers.safeParse(settings);
  if (success) return data.map((parsed) => completeIssuer(parsed, fhirBase));
  throw new StartRefused(...error.issues.map((issue) => `issuers${placeIn(issue.path)}: ${factOf(issue)}`));
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

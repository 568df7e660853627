import { z } from 'zod';
import { isSecureUrl } from './secure-url.js';

/** Asymmetric only: with a shared secret the issuer's public key would be one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;

const name = z.string().min(1, 'must not be empty');
const httpUrl = z.string().refine(isHttpUrl, 'must be an http(s) URL');
const oneOrMore = z.union([name.transform((only) => [only]), z.array(name).min(1, 'must not be empty')]);

/** An authorization server whose tokens count here: one entry of `TRUSTED_ISSUERS`. */
const trustedIssuer = z.strictObject({
  issuer: name,
  /** Discovered from the issuer when absent. */
  jwksUri: httpUrl.optional(),
  /** The FHIR base when absent. */
  audience: oneOrMore.optional(),
  algorithms: z.array(z.enum(algorithms)).min(1, 'must not be empty').default(['RS256', 'RS384', 'ES256', 'ES384']),
  typ: z.enum(['auto', 'at+jwt']).default('auto'),
  userWithoutFhirUser: z.enum(['deny', 'allow']).default('deny'),
  claims: z
    .strictObject({
      scope: oneOrMore.default(['scope', 'scp', 'permissions', 'roles']),
      clientId: oneOrMore.default(['client_id', 'azp', 'appid', 'cid']),
      patient: name.default('patient'),
      fhirUser: name.default('fhirUser'),
    })
    .prefault({}),
  scopeMap: z.record(name, name).default({}),
  machineToken: z.strictObject({ claim: name, equals: name }).optional(),
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
});

type Parsed = z.output<typeof trustedIssuer>;

export interface TrustedIssuer extends Readonly<Omit<Parsed, 'jwksUri' | 'audience' | 'machineToken'>> {
  readonly jwksUri?: string;
  readonly audience: readonly string[];
  readonly machineToken?: NonNullable<Parsed['machineToken']>;
}

/** Fills in the audience that is meant where none is given. */
export function completeIssuer(parsed: Parsed, fhirBase: string): TrustedIssuer {
  const { jwksUri, audience, machineToken, ...given } = parsed;
  return {
    ...given,
    audience: audience ?? [fhirBase],
    ...(jwksUri !== undefined && { jwksUri }),
    ...(machineToken !== undefined && { machineToken }),
  };
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

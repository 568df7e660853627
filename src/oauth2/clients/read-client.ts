import { z } from 'zod';
import { isFixedPurpose } from '../../r4/model/purpose-code.js';
import { confidentialities } from '../../r4/model/confidentiality.js';
import { nearest } from '../../r4/model/nearest.js';
import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';
import { InvalidClient } from './invalid-client.js';
import type { GrantType } from './oauth-client.js';

const texts = z.array(z.string());
const words = z.union([texts, z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))]);

/** A client as administrators write it, in the admin API and in files. */
export const clientForm = z.strictObject({
  name: z.string(),
  kind: z.enum(['public', 'confidential-symmetric', 'confidential-asymmetric']),
  grantTypes: z.array(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])).optional(),
  redirectUris: texts.default([]),
  scopes: words.default([]),
  launchUrl: z.string().optional(),
  jwksUri: z.string().optional(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  origins: texts.default([]),
  logoUri: z.string().optional(),
  policyUri: z.string().optional(),
  tosUri: z.string().optional(),
  contacts: texts.default([]),
  clearance: z.enum(confidentialities).optional(),
  breakGlass: z.boolean().optional(),
  consentExempt: z.boolean().optional(),
  ownIds: z.boolean().optional(),
  purposeOfUse: z.string().refine(isFixedPurpose).optional(),
  introspects: z.boolean().default(false),
  resources: texts.optional(),
  audiences: texts.optional(),
  disabled: z.boolean().default(false),
});

type Form = z.output<typeof clientForm>;
export const clientFields: readonly string[] = Object.keys(clientForm.shape);

/** Reads the form and fills in what is meant; {@link InvalidClient} names every member that has the wrong form. */
export function readClient(form: unknown): ClientMetadata {
  const { success, data, error } = clientForm.safeParse(form);
  if (success) return complete(data);
  const [first, ...others] = error.issues.flatMap(explain);
  throw new InvalidClient([first ?? problem('name', 'This is no client.', 'Send an object.'), ...others]);
}

const optionalFields = [
  'launchUrl',
  'jwksUri',
  'jwks',
  'logoUri',
  'policyUri',
  'tosUri',
  'clearance',
  'breakGlass',
  'consentExempt',
  'ownIds',
  'purposeOfUse',
  'resources',
  'audiences',
] as const;

function complete(form: Form): ClientMetadata {
  const { name, kind, redirectUris, scopes, origins, contacts, introspects, disabled } = form;
  const given = Object.fromEntries(
    optionalFields.flatMap((field) => (form[field] === undefined ? [] : [[field, form[field]]])),
  );
  return {
    name,
    kind,
    grantTypes: form.grantTypes ?? usualGrants(form),
    redirectUris,
    scopes,
    origins,
    contacts,
    introspects,
    disabled,
    ...given,
  };
}

/** Default grant types: for users if there is a redirect URI, for machines if there are only scopes. */
export function usualGrants({
  redirectUris,
  scopes,
}: Pick<ClientMetadata, 'redirectUris' | 'scopes'>): readonly GrantType[] {
  const isLasting = scopes.some((scope) => scope === 'offline_access' || scope === 'online_access');
  if (redirectUris.length > 0) return isLasting ? ['authorization_code', 'refresh_token'] : ['authorization_code'];
  return scopes.length > 0 ? ['client_credentials'] : [];
}

function explain(issue: z.core.$ZodIssue): ClientProblem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownField);
  const [name = 'name', ...inside] = issue.path.map(String);
  const field = name as ClientProblem['field'];
  if (issue.code === 'invalid_type' && inside.length === 0 && issue.message.endsWith('undefined'))
    return [problem(field, `${name} is missing.`, howToGive[name] ?? 'Give it.')];
  return [problem(field, `${[name, ...inside].join('.')} has the wrong form.`, howToGive[name] ?? 'Give a text.')];
}

function unknownField(name: string): ClientProblem {
  const meant = nearest(name, clientFields);
  const fact = `A client has no "${name.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')}".`;
  return problem('name', fact, meant === undefined ? `It has ${clientFields.join(', ')}.` : `Was ${meant} meant?`);
}

const howToGive: Readonly<Record<string, string>> = {
  name: 'Give the name that users will read.',
  kind: 'Choose public (no secret: browser and native apps), confidential-symmetric (a secret) or confidential-asymmetric (signed by a key).',
  grantTypes: 'Give a list of authorization_code, refresh_token, client_credentials.',
  redirectUris: 'Give a list of URIs.',
  scopes: 'Give a list of scopes, or one text with spaces between them.',
  origins: 'Give a list of origins such as https://app.example.',
  contacts: 'Give a list of e-mail addresses.',
  jwks: 'Give a JWK set: {"keys":[…]}.',
  clearance: `Give one of ${confidentialities.join(', ')}.`,
  breakGlass: 'Give true or false.',
  consentExempt: 'Give true or false.',
  ownIds: 'Give true or false.',
  purposeOfUse:
    'Give one code of v3-PurposeOfUse such as TREAT, HPAYMT, HOPERAT or HRESCH; breaking the glass (BTG) is for single requests.',
  introspects: 'Give true or false.',
  resources: 'Give a list of FHIR bases such as https://fhir.example/fhir/r4.',
  audiences: 'Give a list of FHIR bases such as https://fhir.example/fhir/r4.',
  disabled: 'Give true or false.',
};

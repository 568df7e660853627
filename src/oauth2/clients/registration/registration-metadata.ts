import type { Claims } from '../../../auth/token/strict-json.js';
import type { ClientMetadata } from '../client-metadata.js';
import type { ClientKind, GrantType, OauthClient } from '../oauth-client.js';
import { usualGrants } from '../read-client.js';
import { RegistrationRefused } from './registration-refused.js';

/** Kind of a client, by its authentication method at the token endpoint. */
const kinds: Readonly<Record<string, ClientKind>> = {
  none: 'public',
  client_secret_basic: 'confidential-symmetric',
  client_secret_post: 'confidential-symmetric',
  private_key_jwt: 'confidential-asymmetric',
};
const methods: Readonly<Record<ClientKind, string>> = {
  public: 'none',
  'confidential-symmetric': 'client_secret_basic',
  'confidential-asymmetric': 'private_key_jwt',
};
const grants: readonly string[] = ['authorization_code', 'refresh_token', 'client_credentials'];

/** Fields that only this server sets; a registration keeps them. */
type Internal = Pick<
  ClientMetadata,
  'origins' | 'introspects' | 'disabled' | 'clearance' | 'breakGlass' | 'consentExempt' | 'ownIds' | 'purposeOfUse'
>;
const nothingInternal: Internal = { origins: [], introspects: false, disabled: false };

/** Reads client metadata of RFC 7591 2. What is not known there is ignored, as it says; what is known has to be right. */
export function readRegistration(body: Claims, internal: Internal = nothingInternal): ClientMetadata {
  const read = (name: string): unknown => body[name] ?? undefined;
  if (read('software_statement') !== undefined) throw RegistrationRefused.softwareStatement();
  const redirectUris = textsOf(read('redirect_uris'), 'redirect_uris');
  const scopes = (textOf(read('scope'), 'scope') ?? '').split(' ').filter((scope) => scope !== '');
  const jwks = jwksOf(read('jwks'));
  const addresses = Object.fromEntries(
    Object.entries(addressNames).flatMap(([name, field]) => {
      const address = textOf(read(name), name);
      return address === undefined ? [] : [[field, address]];
    }),
  );
  const grantTypes = grantsOf(read('grant_types')) ?? usualGrants({ redirectUris, scopes });
  checkResponseTypes(textsOf(read('response_types'), 'response_types'), grantTypes);
  return {
    ...pickInternal(internal),
    name: textOf(read('client_name'), 'client_name') ?? nameOf(redirectUris),
    kind: kindOf(textOf(read('token_endpoint_auth_method'), 'token_endpoint_auth_method')),
    grantTypes,
    redirectUris,
    scopes,
    contacts: textsOf(read('contacts'), 'contacts'),
    ...(jwks && { jwks }),
    ...addresses,
    ...serversOf(read),
  };
}

/** Members of our own, since RFC 7591 has none for a server that takes tokens (docs/adr/0039). */
function serversOf(read: (name: string) => unknown): Pick<ClientMetadata, 'resources' | 'audiences'> {
  const [resources, audiences] = ['resources', 'audiences'].map((name) => textsOf(read(name), name));
  return {
    ...(resources!.length > 0 && { resources: resources! }),
    ...(audiences!.length > 0 && { audiences: audiences! }),
  };
}

/** RFC 7591 2 to ours; `initiate_login_uri` (OpenID Connect Registration) is called with `iss` and `launch`, as EHRs do. */
const addressNames: Readonly<Record<string, keyof ClientMetadata>> = {
  jwks_uri: 'jwksUri',
  logo_uri: 'logoUri',
  policy_uri: 'policyUri',
  tos_uri: 'tosUri',
  initiate_login_uri: 'launchUrl',
};

const pickInternal = ({ origins, introspects, disabled, ...withholding }: Internal): Internal => {
  const { clearance, breakGlass, consentExempt, ownIds, purposeOfUse } = withholding;
  return {
    origins,
    introspects,
    disabled,
    ...(clearance !== undefined && { clearance }),
    ...(breakGlass !== undefined && { breakGlass }),
    ...(consentExempt !== undefined && { consentExempt }),
    ...(ownIds !== undefined && { ownIds }),
    ...(purposeOfUse !== undefined && { purposeOfUse }),
  };
};

/** The metadata as registered (RFC 7591 3.2.1). */
export function registrationOf(client: OauthClient): Readonly<Record<string, unknown>> {
  const addresses = Object.entries(addressNames).flatMap(([name, field]) => {
    const address = (client as ClientMetadata)[field];
    return address === undefined ? [] : [[name, address]];
  });
  return {
    client_id: client.id,
    client_name: client.name,
    token_endpoint_auth_method: methods[client.kind],
    grant_types: client.grantTypes,
    response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
    redirect_uris: client.redirectUris,
    scope: client.scopes.join(' '),
    contacts: client.contacts,
    ...(client.jwks && { jwks: client.jwks }),
    ...(client.resources && { resources: client.resources }),
    ...(client.audiences && { audiences: client.audiences }),
    ...Object.fromEntries(addresses),
  };
}

function kindOf(method = 'client_secret_basic'): ClientKind {
  const kind = Object.hasOwn(kinds, method) ? kinds[method] : undefined;
  if (kind !== undefined) return kind;
  throw RegistrationRefused.metadata('token_endpoint_auth_method', `is one of ${Object.keys(kinds).join(', ')}`);
}

/** Undefined when it is left out; an empty list means none, as for a server that only asks about tokens. */
function grantsOf(value: unknown): readonly GrantType[] | undefined {
  const asked = textsOf(value, 'grant_types');
  if (!asked.every((grant) => grants.includes(grant)))
    throw RegistrationRefused.metadata('grant_types', `has only ${grants.join(', ')}`);
  return value === undefined ? undefined : (asked as GrantType[]);
}

function checkResponseTypes(asked: readonly string[], grantTypes: readonly GrantType[]): void {
  if (asked.some((type) => type !== 'code'))
    throw RegistrationRefused.metadata('response_types', 'has only code; the implicit flow is not offered');
  if (asked.length > 0 && !grantTypes.includes('authorization_code'))
    throw RegistrationRefused.metadata('response_types', 'is code only with the grant type authorization_code');
}

/** Name of an app that gives none: its host. */
function nameOf([first]: readonly string[]): string {
  if (first === undefined || !URL.canParse(first)) return 'Unnamed client';
  const { host, protocol } = new URL(first);
  return host || protocol.slice(0, -1);
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw RegistrationRefused.metadata(name, 'is a text');
}

function textsOf(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw RegistrationRefused.metadata(name, 'is a list of texts');
}

const isKey = (key: unknown): key is Readonly<Record<string, unknown>> => typeof key === 'object' && key !== null;

function jwksOf(value: unknown): ClientMetadata['jwks'] {
  if (value === undefined) return undefined;
  const { keys } = Object(value) as { readonly keys?: unknown };
  if (Array.isArray(keys) && keys.every(isKey)) return { keys };
  throw RegistrationRefused.metadata('jwks', 'is a JWK set, {"keys":[…]}');
}

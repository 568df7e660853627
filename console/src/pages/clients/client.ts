import type { Context } from '../../parts/scopes/scope-words.js';

export interface Jwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** A client as the administration answers it; members that the console does not know are kept when it is changed. */
export interface Client extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'confidential-symmetric' | 'confidential-asymmetric';
  readonly grantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly origins: readonly string[];
  readonly launchUrl?: string;
  readonly jwks?: Jwks;
  readonly jwksUri?: string;
  readonly createdBy: string;
  readonly hasSecret: boolean;
  readonly disabled: boolean;
}

/** Choices when an app is registered. */
export const kinds = ['public', 'secret', 'keys', 'service'] as const;
export type Kind = (typeof kinds)[number];

/** A client as a form has it; lists of addresses are one line each. */
export interface ClientForm {
  readonly name: string;
  readonly kind: Kind;
  readonly redirectUris: string;
  readonly launchUrl: string;
  readonly origins: string;
  readonly scopes: readonly string[];
  readonly keysBy: 'here' | 'text' | 'uri';
  readonly jwks: string;
  readonly jwksUri: string;
}

export const emptyForm: ClientForm = {
  name: '',
  kind: 'public',
  redirectUris: '',
  launchUrl: '',
  origins: '',
  scopes: [],
  keysBy: 'here',
  jwks: '',
  jwksUri: '',
};

export const hasUsers = ({ grantTypes }: Pick<Client, 'grantTypes'>): boolean =>
  grantTypes.includes('authorization_code');

export const kindOf = (client: Client): Kind => {
  if (client.kind === 'public') return 'public';
  if (!hasUsers(client) && client.grantTypes.includes('client_credentials')) return 'service';
  return client.kind === 'confidential-symmetric' ? 'secret' : 'keys';
};

export const formOf = (client: Client): ClientForm => ({
  name: client.name,
  kind: kindOf(client),
  redirectUris: client.redirectUris.join('\n'),
  launchUrl: client.launchUrl ?? '',
  origins: client.origins.join('\n'),
  scopes: client.scopes,
  keysBy: client.jwksUri === undefined ? 'text' : 'uri',
  jwks: client.jwks === undefined ? '' : JSON.stringify(client.jwks, null, 2),
  jwksUri: client.jwksUri ?? '',
});

export const hasKeys = ({ kind }: Pick<ClientForm, 'kind'>): boolean => kind === 'keys' || kind === 'service';

export const contextsOf = ({ kind }: Pick<ClientForm, 'kind'>): readonly [Context, ...Context[]] =>
  kind === 'service' ? ['system'] : ['patient', 'user', 'admin'];

/** Raised when a set of keys is no JSON object. */
export class NoKeys extends Error {}

function jwksOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NoKeys();
  }
}

const linesOf = (text: string): readonly string[] =>
  text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

type Registration = Readonly<Record<string, unknown>>;

const registeredKind = ({ kind }: ClientForm): string =>
  kind === 'public' ? kind : kind === 'secret' ? 'confidential-symmetric' : 'confidential-asymmetric';

/** The registration that a form says. Throws {@link NoKeys}. */
export function registrationOf(form: ClientForm): Registration {
  const { name, redirectUris, launchUrl, origins, scopes, keysBy, jwks, jwksUri } = form;
  const isService = form.kind === 'service';
  return {
    name: name.trim(),
    kind: registeredKind(form),
    redirectUris: isService ? [] : linesOf(redirectUris),
    scopes,
    origins: linesOf(origins),
    ...(!isService && launchUrl.trim() !== '' && { launchUrl: launchUrl.trim() }),
    ...(hasKeys(form) && (keysBy === 'uri' ? { jwksUri: jwksUri.trim() } : { jwks: jwksOf(jwks) })),
  };
}

/** Facts of the server about a client, which no registration has. */
const ofServer: readonly string[] = ['id', 'createdBy', 'hasSecret', 'firstParty', 'postLogoutRedirectUris'];
const ofForm: readonly string[] = ['launchUrl', 'jwks', 'jwksUri'];

/** The whole registration with what the form changed; its kind stays. Throws {@link NoKeys}. */
export function changedRegistration(client: Client, form: ClientForm): Registration {
  const { kind: _kind, jwks, jwksUri, ...changed } = registrationOf(form);
  const kept = Object.entries(client).filter(([name]) => !ofServer.includes(name) && !ofForm.includes(name));
  const isAsymmetric = client.kind === 'confidential-asymmetric';
  return {
    ...Object.fromEntries(kept),
    ...changed,
    ...(isAsymmetric && jwks !== undefined && { jwks }),
    ...(isAsymmetric && jwksUri !== undefined && { jwksUri }),
    grantTypes: grantTypesOf(client, form.scopes),
  };
}

/** An app of users that may stay signed in gets refresh tokens. */
function grantTypesOf(client: Client, scopes: readonly string[]): readonly string[] {
  const others = client.grantTypes.filter((type) => type !== 'refresh_token');
  const isLasting = scopes.some((scope) => scope === 'offline_access' || scope === 'online_access');
  return hasUsers(client) && isLasting ? [...others, 'refresh_token'] : others;
}

/** As it is, with another state. */
export function withState(client: Client, disabled: boolean): Registration {
  return { ...Object.fromEntries(Object.entries(client).filter(([name]) => !ofServer.includes(name))), disabled };
}

export const pathToClient = (id: string): string => `/clients/id/${encodeURIComponent(id)}`;

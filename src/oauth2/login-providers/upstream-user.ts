import { createHash } from 'node:crypto';
import type { LoginProvider } from '../../config/foreign/login-provider.js';
import { fhirUserOf } from '../../auth/fhir-user.js';
import type { AccountRights } from '../storage/upstream-identity.repository.js';

export type UpstreamClaims = Readonly<Record<string, unknown>>;

/** OpenID Connect Core, section 2; and nothing that PostgreSQL or a terminal would choke on. */
export const subjectSyntax = /^\P{C}{1,255}$/u;

/** Reasons why the claims of a verified user give no rights. */
export type NoRights = 'fhirUser-foreign' | 'fhirUser-missing' | 'grants-missing';

/** Rights that the claims of a user give, or the reason why they give none. */
export function rightsOf(provider: LoginProvider, claims: UpstreamClaims, fhirBase: string): AccountRights | NoRights {
  const claimed = findClaim(claims, provider.claims.fhirUser);
  const fhirUser = claimed === undefined ? null : localPerson(claimed, fhirBase);
  // A user of another host is somebody, only nobody here: without this, the limits of that user would be lost.
  if (fhirUser === undefined) return 'fhirUser-foreign';
  if (fhirUser === null && provider.userWithoutFhirUser === 'deny') return 'fhirUser-missing';
  const grants = grantsOf(provider, claims);
  return grants === '' ? 'grants-missing' : { grants, fhirUser };
}

function grantsOf({ claims: names, grantMap, grants }: LoginProvider, claims: UpstreamClaims): string {
  const groups = names.groups.flatMap((name) => textsOf(findClaim(claims, name)));
  const mapped = groups.flatMap((group) => (Object.hasOwn(grantMap, group) ? [grantMap[group]!] : []));
  const scopes = [grants, ...mapped].flatMap((text) => text.split(' ')).filter((scope) => scope !== '');
  return [...new Set(scopes)].join(' ');
}

function localPerson(claimed: unknown, fhirBase: string): string | undefined {
  const { fhirUser } = typeof claimed === 'string' ? fhirUserOf(claimed, fhirBase) : {};
  return fhirUser && `${fhirUser.type}/${fhirUser.id}`;
}

/** A claim by its name, which may contain dots, or by a path such as `realm_access.roles`. */
function findClaim(claims: UpstreamClaims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => memberOf(value, part), claims);
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as UpstreamClaims)[name]
    : undefined;

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

/**
 * Names for a new account, the best first. All begin with the provider and a colon, which no name given here by hand may
 * contain, so none of them is or becomes the name of a local account.
 */
export function accountNames(provider: LoginProvider, claims: UpstreamClaims, subject: string): readonly string[] {
  const mark = createHash('sha256').update(`${provider.issuer}\n${subject}`).digest('hex').slice(0, 16);
  const wanted = provider.claims.username.map((name) => findClaim(claims, name)).find(isUsername);
  const named = wanted === undefined ? [] : [wanted.normalize('NFC'), `${wanted.normalize('NFC')}~${mark}`];
  return [...named, mark].map((name) => `${provider.id}:${name}`);
}

/** A token whose `sub` ends in @clients counts as a machine's. */
const isUsername = (value: unknown): value is string =>
  typeof value === 'string' && /^[^\p{C}\p{Z}]{1,150}$/u.test(value) && !value.normalize('NFC').endsWith('@clients');

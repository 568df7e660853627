import { printable } from '../../r4/errors/request-errors.js';
import type { Oauth2Options } from '../oauth2-options.js';
import { checkAddresses, checkJwksUri, checkOrigin, checkRedirectUri, checkResource } from './client-addresses.js';
import { checkGrants } from './client-grants.js';
import { checkJwks, publicMembers } from './client-keys.js';
import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';
import { checkScopes } from './client-scopes.js';
import { InvalidClient } from './invalid-client.js';

export type ClientRules = Pick<Oauth2Options, 'jwksPrivateHosts' | 'fhirBase'>;

/** Lists are bounded, so that one client costs no more than another. */
const mostEntries = { redirectUris: 50, scopes: 300, origins: 50, contacts: 10, resources: 10, audiences: 50 } as const;
const longestText = 200;

/** The registration with only what counts of it. Throws {@link InvalidClient} with all that is wrong. */
export function validateClient(client: ClientMetadata, rules: ClientRules): ClientMetadata {
  const [first, ...others] = [
    ...checkTexts(client),
    ...checkLists(client),
    ...checkGrants(client),
    ...checkAuthentication(client, rules),
    ...client.redirectUris.flatMap((uri) => checkRedirectUri(uri, client.kind) ?? []),
    ...client.origins.flatMap((origin) => checkOrigin(origin) ?? []),
    ...checkAddresses(client),
    ...(['resources', 'audiences'] as const).flatMap((field) =>
      (client[field] ?? []).flatMap((url) => checkResource(field, url, rules.fhirBase) ?? []),
    ),
    ...checkScopes(client),
  ];
  if (first !== undefined) throw new InvalidClient([first, ...others]);
  return client.jwks === undefined ? client : { ...client, jwks: publicMembers(client.jwks) };
}

function checkTexts({ name, contacts }: ClientMetadata): ClientProblem[] {
  const isClean = (text: string): boolean => text.trim() !== '' && text.length <= longestText && !/\p{C}/u.test(text);
  return [
    ...(isClean(name)
      ? []
      : [
          problem(
            'name',
            'The client has no name that people can read.',
            `Give 1 to ${longestText} characters, none of them invisible.`,
          ),
        ]),
    ...(contacts.every(isClean)
      ? []
      : [problem('contacts', 'A contact is empty, too long or has invisible characters.', 'Give e-mail addresses.')]),
  ];
}

function checkLists(client: ClientMetadata): ClientProblem[] {
  return (Object.keys(mostEntries) as (keyof typeof mostEntries)[]).flatMap((field) => {
    const entries = client[field] ?? [];
    const repeated = entries.find((entry, index) => entries.indexOf(entry) < index);
    if (entries.length > mostEntries[field])
      return problem(field, `${field} has more than ${mostEntries[field]} entries.`, 'Register fewer.');
    if (repeated === undefined) return [];
    return problem(field, `${field} names "${printable(repeated)}" twice.`, 'Write it once.');
  });
}

function checkAuthentication(
  { kind, jwks, jwksUri }: ClientMetadata,
  { jwksPrivateHosts }: ClientRules,
): ClientProblem[] {
  if (kind !== 'confidential-asymmetric') {
    if (jwks === undefined && jwksUri === undefined) return [];
    const field = jwks === undefined ? 'jwksUri' : 'jwks';
    return [
      problem(
        field,
        `A client of the kind ${kind} does not sign, so it has no keys.`,
        'Leave the keys out, or choose confidential-asymmetric.',
      ),
    ];
  }
  if ((jwks === undefined) === (jwksUri === undefined))
    return [
      problem(
        'jwks',
        'A confidential-asymmetric client has its public keys in exactly one place.',
        'Give jwksUri (an https address) or jwks (the keys themselves).',
      ),
    ];
  if (jwks !== undefined) return checkJwks(jwks);
  return [checkJwksUri(jwksUri ?? '', jwksPrivateHosts) ?? []].flat();
}

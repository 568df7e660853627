import type { PhraseKey } from './words/doctor-words.js';

/** A list in the metadata of an authorization server, values of which SMART needs one, and why. */
export interface SmartMember {
  readonly name: string;
  readonly values: readonly string[];
  readonly why: Extract<PhraseKey, `smart.${string}`>;
}

/** SMART App Launch 2.2, "Conformance". Metadata may leave lists out; what is listed has to have what SMART needs. */
export const smartMembers: readonly SmartMember[] = [
  { name: 'grant_types_supported', values: ['client_credentials'], why: 'smart.grant_types_supported' },
  {
    name: 'token_endpoint_auth_methods_supported',
    values: ['private_key_jwt'],
    why: 'smart.token_endpoint_auth_methods_supported',
  },
  {
    name: 'token_endpoint_auth_signing_alg_values_supported',
    values: ['RS384', 'ES384'],
    why: 'smart.token_endpoint_auth_signing_alg_values_supported',
  },
  { name: 'code_challenge_methods_supported', values: ['S256'], why: 'smart.code_challenge_methods_supported' },
];

/** The values that the list has; undefined if the metadata has no such list. */
export function valuesListed(
  metadata: Readonly<Record<string, unknown>>,
  { name, values }: SmartMember,
): readonly string[] | undefined {
  const listed = metadata[name];
  return Array.isArray(listed) ? values.filter((value) => listed.includes(value)) : undefined;
}

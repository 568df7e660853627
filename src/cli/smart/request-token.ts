import { signAssertion } from '../../auth/keys/sign-assertion.js';
import { fetchJson, type JsonAnswer } from './fetch-json.js';
import type { SigningKey } from './signing-key.js';

/** Proof by which the client authenticates. */
export type ClientProof = { readonly key: SigningKey } | { readonly secret: string };

export interface TokenRequest {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly scope: string;
  readonly proof: ClientProof;
  /** The server that the token is for (RFC 8707), where the authorization server has several. */
  readonly resource?: string;
}

/** `client_credentials` (SMART Backend Services): the assertion is signed here and lives for minutes. */
export async function requestToken(request: TokenRequest): Promise<JsonAnswer> {
  const { tokenEndpoint, clientId, scope, proof, resource } = request;
  const form = { grant_type: 'client_credentials', scope, ...(resource !== undefined && { resource }) };
  const headers = { accept: 'application/json' };
  if ('secret' in proof) {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(proof.secret)}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    return fetchJson(tokenEndpoint, {
      method: 'POST',
      headers: { ...headers, authorization },
      body: new URLSearchParams(form),
    });
  }
  const body = new URLSearchParams({
    ...form,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(proof.key, clientId, tokenEndpoint),
  });
  return fetchJson(tokenEndpoint, { method: 'POST', headers, body });
}

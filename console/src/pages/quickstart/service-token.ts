import * as oauth from 'oauth4webapi';
import { serviceId, serviceScope } from './quickstart.js';

/** The authorization server gives no token; the message is what it says. */
export class TokenRefused extends Error {}

/** Gets a token for the sample service with its private key, as SMART Backend Services do. Throws {@link TokenRefused}. */
export async function serviceToken(issuer: string, privateJwk: string): Promise<string> {
  const url = new URL(issuer);
  const options = { [oauth.allowInsecureRequests]: url.protocol === 'http:' };
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options));
  const client = { client_id: serviceId };
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.PrivateKeyJwt(await signingKey(privateJwk)),
    new URLSearchParams({ scope: serviceScope }),
    options,
  );
  try {
    return (await oauth.processClientCredentialsResponse(server, client, answer)).access_token;
  } catch (error) {
    if (!(error instanceof oauth.ResponseBodyError)) throw error;
    throw new TokenRefused(`${error.error}: ${error.error_description ?? ''}`);
  }
}

async function signingKey(privateJwk: string): Promise<{ readonly key: CryptoKey; readonly kid: string }> {
  const { use: _use, ...jwk } = JSON.parse(privateJwk) as JsonWebKey & { readonly kid: string };
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign']);
  return { key, kid: jwk.kid };
}

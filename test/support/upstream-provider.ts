import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { newKey, signed, type IssuerKey } from './issuer.js';

type Json = Readonly<Record<string, unknown>>;

interface IssuedCode {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string | null;
  readonly claims: Json;
}

/** A foreign OpenID provider on loopback, as strict as a good one, and able to lie as a bad one does. */
export class UpstreamTestProvider {
  readonly requests = { discovery: 0, jwks: 0, token: 0, userinfo: 0 };
  readonly key: IssuerKey = newKey();
  metadata: Json = {};
  userinfo: Json | undefined;
  /** User who is logged in there, so that a browser is sent back at once. */
  user: Json | undefined;
  /** Makes the ID token out of the claims of an honest one. */
  forge: (claims: Json) => string | undefined = (claims) => this.sign(claims);
  /** Takes the place of the token response, or of the discovery document. */
  answerToken: ((response: ServerResponse) => void) | undefined;
  answerDiscovery: ((response: ServerResponse) => void) | undefined;
  url = '';
  private readonly codes = new Map<string, IssuedCode>();

  private constructor(
    private readonly server: Server,
    readonly clientId: string,
    readonly clientSecret: string,
  ) {}

  static async start(clientId = 'lanyard', clientSecret = 'up:stream+secret-value'): Promise<UpstreamTestProvider> {
    const server = createServer((request, response) => void provider.answer(request, response));
    const provider = new UpstreamTestProvider(server, clientId, clientSecret);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return provider;
  }

  /** Does what a user does there; returns the address that the browser comes back with. */
  logIn(authorization: URL, claims: Json, changes: Readonly<Record<string, string | undefined>> = {}): URL {
    const asked = authorization.searchParams;
    const code = `code-${Math.random()}`;
    this.codes.set(code, {
      challenge: asked.get('code_challenge_method') === 'S256' ? (asked.get('code_challenge') ?? '') : '',
      redirectUri: asked.get('redirect_uri') ?? '',
      nonce: asked.get('nonce'),
      claims,
    });
    const back = new URL(asked.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries({ code, state: asked.get('state') ?? undefined, ...changes })) {
      if (value !== undefined) back.searchParams.set(name, value);
    }
    return back;
  }

  /** As honest as it was made. */
  reset(): void {
    this.forge = (claims) => this.sign(claims);
    this.answerToken = undefined;
    this.answerDiscovery = undefined;
    this.metadata = {};
    this.userinfo = undefined;
    this.user = undefined;
  }

  sign(claims: Json, header: Json = {}, key: IssuerKey = this.key): string {
    return signed({ alg: key.alg, kid: key.kid, ...header }, claims, key);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    response.setHeader('content-type', 'application/json');
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        this.requests.discovery++;
        return this.answerDiscovery ? this.answerDiscovery(response) : answerJson(response, this.discovery());
      case '/jwks':
        this.requests.jwks++;
        return answerJson(response, { keys: [this.key.jwk] });
      case '/userinfo':
        this.requests.userinfo++;
        return answerJson(response, this.userinfo ?? {});
      case '/authorize':
        return void response.writeHead(302, { location: this.logIn(url, this.user ?? {}).href }).end();
      default:
        this.requests.token++;
        return this.answerToken
          ? this.answerToken(response)
          : this.exchange(request, new URLSearchParams(await text(request)), response);
    }
  }

  private discovery(): Json {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      userinfo_endpoint: `${this.url}/userinfo`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      ...this.metadata,
    };
  }

  private exchange(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const refuse = (status: number, error: string): void => {
      response.statusCode = status;
      response.end(JSON.stringify({ error }));
    };
    const [, basic = ''] = (request.headers.authorization ?? '').split(' ');
    const credentials = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
    if (credentials.join('\n') !== `${this.clientId}\n${this.clientSecret}`) return refuse(401, 'invalid_client');
    const code = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge || code.redirectUri !== form.get('redirect_uri'))
      return refuse(400, 'invalid_grant');
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.url, aud: this.clientId, iat: now, exp: now + 300, nonce: code.nonce };
    const idToken = this.forge({ ...usual, ...code.claims });
    const body = { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, id_token: idToken };
    response.end(JSON.stringify(body));
  }
}

const answerJson = (response: ServerResponse, body: Json): void => void response.end(JSON.stringify(body));

import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TrustedIssuer } from '../config/foreign/trusted-issuer.js';

type Json = Readonly<Record<string, unknown>>;

/** A key pair of a test issuer, with its public half as a JWK. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Json;
}

const oneHour = 3600;

/** Makes a key pair. */
export function newKey(
  alg: 'RS256' | 'ES256' = 'RS256',
  kid: string = `${alg}-${Math.random()}`,
  bits = 2048,
): IssuerKey {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, publicKey, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export const base64url = (value: Json | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A JWS of any header and payload, also wrong ones. */
export function signed(header: Json | string, payload: Json | string, key: IssuerKey): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A JWS with a symmetric signature, as an attacker makes it with a published key. */
export function signedWithSecret(header: Json, payload: Json, secret: string): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Keys of issuers that were closed: to make one takes a tenth of a second, and no two issuers that run share one. */
const spareKeys: IssuerKey[] = [];

/** An authorization server on loopback: discovery and JWKS, with counters and switches. */
export class TestIssuer {
  readonly requests = { jwks: 0, discovery: 0, other: 0 };
  keys: IssuerKey[];
  /** `fail` answers 500, `hang` never answers. */
  behaviour: 'serve' | 'fail' | 'hang' = 'serve';
  cacheControl: string | undefined;
  /** Answered instead of the keys when set. */
  jwksText: string | undefined;
  metadata: Json = {};
  url = '';
  private readonly firstKey = spareKeys.pop() ?? newKey();

  private constructor(
    private readonly server: Server,
    readonly audience: string,
  ) {
    this.keys = [this.firstKey];
  }

  static async start(audience: string): Promise<TestIssuer> {
    const server = createServer((request, response) => issuer.answer(request, response));
    const issuer = new TestIssuer(server, audience);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return issuer;
  }

  get key(): IssuerKey {
    return this.keys[0]!;
  }

  /** Signs with a new key from now on; the old one stays published. */
  rotate(alg: 'RS256' | 'ES256' = 'RS256'): IssuerKey {
    this.keys = [newKey(alg), ...this.keys];
    return this.key;
  }

  /** Settings by which a server trusts this issuer. */
  trust(changes: Partial<TrustedIssuer> = {}): TrustedIssuer {
    return {
      issuer: this.url,
      audience: [this.audience],
      algorithms: ['RS256', 'RS384', 'ES256', 'ES384'],
      typ: 'auto',
      userWithoutFhirUser: 'deny',
      adminScopes: 'deny',
      claims: {
        scope: ['scope', 'scp', 'permissions', 'roles'],
        clientId: ['client_id', 'azp', 'appid', 'cid'],
        patient: 'patient',
        fhirUser: 'fhirUser',
      },
      scopeMap: {},
      ...changes,
    };
  }

  claims(changes: Json = {}): Json {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.url, aud: this.audience, sub: 'user-1', client_id: 'app-1', scope: 'user/*.rs' };
    return { ...usual, iat: now, exp: now + oneHour, jti: `${Math.random()}`, ...changes };
  }

  token(changes: Json = {}, header: Json = {}, key: IssuerKey = this.key): string {
    return signed({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header }, this.claims(changes), key);
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
    spareKeys.push(this.firstKey);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const kind = path === '/jwks' ? 'jwks' : path === '/.well-known/openid-configuration' ? 'discovery' : 'other';
    this.requests[kind]++;
    if (this.behaviour === 'hang') return;
    response.statusCode = this.behaviour === 'fail' ? 500 : kind === 'other' ? 404 : 200;
    if (this.cacheControl !== undefined) response.setHeader('cache-control', this.cacheControl);
    response.setHeader('content-type', 'application/json');
    const discovery = { issuer: this.url, jwks_uri: `${this.url}/jwks`, ...this.metadata };
    const jwks = this.jwksText ?? JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
    response.end(kind === 'jwks' ? jwks : JSON.stringify(discovery));
  }
}

// @ts-check
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** An authorization server on loopback that a server under measurement trusts. */
export class Issuer {
  /** @private @param {import('node:http').Server} server @param {import('node:crypto').KeyObject} privateKey */
  constructor(server, privateKey) {
    this.server = server;
    this.privateKey = privateKey;
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  static async start() {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' };
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Issuer(server, privateKey);
  }

  /** The value of TRUSTED_ISSUERS. */
  get trusted() {
    return JSON.stringify([{ issuer: this.url, jwksUri: `${this.url}/jwks`, userWithoutFhirUser: 'allow' }]);
  }

  /** One that says it is the same, whose tokens another key signs. @param {import('node:crypto').KeyObject} privateKey */
  signedBy(privateKey) {
    return new Issuer(this.server, privateKey);
  }

  /** @param {string} audience @param {string} scope @param {string} subject @param {Record<string, unknown>} [more] */
  token(audience, scope, subject, more = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, aud: audience, sub: subject, client_id: 'bench', scope, jti: subject, ...more };
    const parts = [
      { alg: 'RS256', typ: 'at+jwt', kid: 'bench' },
      { ...claims, iat: now, exp: now + 3600 },
    ];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${sign('sha256', Buffer.from(input), this.privateKey).toString('base64url')}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assertionOf, type ClientKey, makeClientKey } from '../support/client-key.js';
import { type OauthServer, post, registerClient, startOauthServer } from '../support/oauth-server.js';

/** Attacks on accounts, their passwords, and on what the authorization server does for people who are not logged in. */
let server: OauthServer;

beforeAll(async () => {
  server = await startOauthServer({ INTERACTION_AUTOPILOT: 'off', JWKS_ALLOW_PRIVATE: '127.0.0.1' });
});
afterAll(() => server?.close());

describe('jwks_uri as a way into the network', () => {
  let key: ClientKey;
  let inside: TcpServer;
  let connections = 0;

  beforeAll(async () => {
    key = await makeClientKey('ES384');
    inside = createTcpServer((socket) => {
      connections++;
      socket.destroy();
    });
    await listening(inside);
  });
  afterAll(() => inside.close());
  afterEach(() => vi.restoreAllMocks());

  /** What a client gets that signs with a key it publishes there. */
  async function askWithKeysAt(jwksUri: string) {
    const { client } = await registerClient(server, {
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
      jwksUri,
    });
    return post(`${server.oauth}/token`, {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      ...(await assertionOf(client.id, `${server.oauth}/token`, key)),
    });
  }

  /** Every name stands for these addresses. */
  function resolveTo(...addresses: readonly string[]): void {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, options: dns.LookupOptions, done: Resolved) =>
      options.all === true ? done(null, found) : done(null, found[0]!.address, found[0]!.family)) as never);
  }

  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback beside a public address', ['93.184.215.14', '127.0.0.1']],
    ['loopback as IPv6', ['::1']],
    ['loopback as IPv4 in IPv6', ['::ffff:127.0.0.1']],
  ])('by a name that stands for %s reaches nothing, and says how keys are published', async (_, addresses) => {
    resolveTo(...addresses);
    const before = connections;
    const { port } = inside.address() as AddressInfo;
    const { status, body } = await askWithKeysAt(`https://keys.attacker.example:${port}/jwks`);
    expect([status, body.error, connections - before]).toEqual([401, 'invalid_client', 0]);
    expect(body.error_description).toMatch(/^client-keys-unreachable: .*register them as jwks/);
  });

  it('is told the same whether a name leads inside, nowhere or to a closed port', async () => {
    resolveTo('10.0.0.7');
    const toInside = await askWithKeysAt('https://keys.attacker.example/jwks');
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: object, done: Resolved) =>
      done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])) as never);
    const toNowhere = await askWithKeysAt('https://keys.attacker.example/jwks');
    vi.restoreAllMocks();
    const toClosed = await askWithKeysAt('http://127.0.0.1:9/jwks');
    expect(toNowhere.body).toEqual(toInside.body);
    expect(toClosed.body).toEqual(toInside.body);
  });

  it('by a redirect of an allowed host reaches nothing', async () => {
    const { port } = inside.address() as AddressInfo;
    const allowed: Server = createServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/jwks` }).end();
    });
    await listening(allowed);
    const before = connections;
    try {
      const jwksUri = `http://127.0.0.1:${(allowed.address() as AddressInfo).port}/jwks`;
      const { status, body } = await askWithKeysAt(jwksUri);
      expect([status, connections - before]).toEqual([401, 0]);
      expect(body.error_description).toMatch(/^client-keys-unreachable: /);
    } finally {
      allowed.close();
    }
  });
});

type Resolved = (error: Error | null, found: string | readonly dns.LookupAddress[], family?: number) => void;

const listening = (one: TcpServer | Server): Promise<void> =>
  new Promise((resolve) => one.listen(0, '127.0.0.1', () => resolve()));

// Keys of the embedded issuer: published, sealed, rotated with overlap. https://www.rfc-editor.org/rfc/rfc7517
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SigningKeys } from '../../src/auth/keys/signing-keys.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { severable } from '../support/severed-database.js';
import { aUser, fhirBase, accountPassword, startLocalAuth, type LocalAuthServer } from '../support/local-auth.js';

let database: FreshDatabase;
let servers: LocalAuthServer[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  // The template has one, for servers that only need one.
  await rowsOf(database.connection, 'DELETE FROM signing_key');
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  await database.drop();
});

async function start(changes: Parameters<typeof startLocalAuth>[1] = {}): Promise<LocalAuthServer> {
  const server = await startLocalAuth(database, changes);
  servers.push(server);
  return server;
}

async function accessToken(server: LocalAuthServer): Promise<string> {
  const { body } = await server.post('/fhir/r4/login', { user: await aUser(server), password: accountPassword });
  return String(body['access_token']);
}

const kidsOf = async (server: LocalAuthServer): Promise<readonly string[]> =>
  (await server.get(SigningKeys).published()).map(({ kid }) => kid);

/** Moves every date of the keys into the past. */
const letPass = (server: LocalAuthServer, time: string): Promise<unknown> =>
  server.dataSource.query(
    `UPDATE signing_key SET activates_at = activates_at - $1::interval, retires_at = retires_at - $1::interval`,
    [time],
  );

describe('GET /oauth2/jwks', () => {
  it('publishes public keys only, for everybody, for a few minutes', async () => {
    const server = await start();
    const answer = await server.request('GET', '/oauth2/jwks');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
    });
    const { keys } = answer.body as { keys: Record<string, string>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0]!).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(Buffer.from(keys[0]!['n']!, 'base64url')).toHaveLength(256);
  });

  it('verifies the access tokens of a login', async () => {
    const server = await start();
    const token = await accessToken(server);
    const { body } = await server.request('GET', '/oauth2/jwks');
    const keys = createLocalJWKSet(body as unknown as JSONWebKeySet);
    const verified = jwtVerify(token, keys, { issuer: 'https://fhir.example/oauth2', audience: fhirBase });
    await expect(verified).resolves.toBeDefined();
  });

  it('is mounted without the prefix that a proxy takes off', async () => {
    const server = await start({ fhirBase: 'https://host/hospital/fhir/r4', issuer: 'https://host/hospital/oauth2' });
    expect((await server.request('GET', '/oauth2/jwks')).status).toBe(200);
  });

  it('is mounted with the prefix that a proxy leaves on', async () => {
    const server = await start({
      fhirBase: 'https://host/hospital/fhir/r4',
      basePath: '/hospital/fhir/r4',
      issuer: 'https://host/hospital/oauth2',
    });
    expect((await server.request('GET', '/hospital/oauth2/jwks')).status).toBe(200);
    expect((await server.request('GET', '/hospital/fhir/r4/login')).status).toBe(405);
  });
});

describe('servers on one database', () => {
  it('make one key between them when they start at once', async () => {
    const started = await Promise.all([start(), start(), start()]);
    const kids = await Promise.all(started.map(kidsOf));
    expect(kids[0]).toHaveLength(1);
    expect(new Set(kids.flat()).size).toBe(1);
  });
});

describe('rotation', () => {
  it('publishes the next key before it signs, and the last one until none of its tokens can live', async () => {
    const server = await start();
    const keys = server.get(SigningKeys);
    const [first = ''] = await kidsOf(server);
    await letPass(server, '90 days');

    await keys.reload();
    const [second = '', ...rest] = await kidsOf(server);
    expect(rest).toEqual([first]);
    expect(decodeProtectedHeader(await accessToken(server)).kid).toBe(first);

    await letPass(server, '61 minutes');
    await keys.reload();
    expect(await kidsOf(server)).toEqual([second, first]);
    expect(decodeProtectedHeader(await accessToken(server)).kid).toBe(second);

    await letPass(server, '2 hours');
    await keys.reload();
    expect(await kidsOf(server)).toEqual([second, first]);

    await letPass(server, '1 day');
    await keys.reload();
    expect(await kidsOf(server)).toEqual([second]);
  });

  it('happens once, whichever server comes first', async () => {
    const [one, two] = [await start(), await start()];
    await letPass(one, '90 days');
    await Promise.all([one.get(SigningKeys).reload(), two.get(SigningKeys).reload()]);
    expect(await kidsOf(one)).toHaveLength(2);
    expect(await kidsOf(two)).toEqual(await kidsOf(one));
  });

  it('is not due before its time', async () => {
    const server = await start();
    await letPass(server, '89 days');
    await server.get(SigningKeys).reload();
    expect(await kidsOf(server)).toHaveLength(1);
  });
});

describe('KEY_ENCRYPTION_SECRET', () => {
  const storedKeys = (server: LocalAuthServer): Promise<{ private_key: string }[]> =>
    server.dataSource.query<{ private_key: string }[]>('SELECT private_key FROM signing_key');

  it('seals the private keys, which another start with the same secret opens', async () => {
    const one = await start({ keySecrets: () => ['the secret'] });
    const [stored] = await storedKeys(one);
    expect(stored?.private_key).toMatch(/^sealed-aes-256-gcm\$/);
    expect(stored?.private_key).not.toContain('PRIVATE KEY');
    const two = await start({ keySecrets: () => ['the secret'] });
    expect(decodeProtectedHeader(await accessToken(two)).kid).toBe((await kidsOf(one))[0]);
  });

  it.each([['another one'], [undefined]])('stops a start with %s with one line that names it', async (secret) => {
    await start({ keySecrets: () => ['the secret'] });
    await expect(start({ keySecrets: () => (secret === undefined ? [] : [secret]) })).rejects.toThrow(
      /^KEY_ENCRYPTION_SECRET[^\n]*$/,
    );
  });

  it('can be replaced while servers run: what the new one finds is sealed anew, and the old one can go', async () => {
    let secrets = ['the old secret'];
    const one = await start({ keySecrets: () => secrets });
    const two = await start({ keySecrets: () => secrets });
    const kids = await kidsOf(one);
    const [before] = await storedKeys(one);
    secrets = ['the new secret', 'the old secret'];
    await one.get(SigningKeys).reload();
    expect((await storedKeys(one))[0]?.private_key).not.toBe(before?.private_key);
    secrets = ['the new secret'];
    for (const server of [one, two, await start({ keySecrets: () => secrets })]) {
      await server.get(SigningKeys).reload();
      expect(await kidsOf(server)).toEqual(kids);
      expect(decodeProtectedHeader(await accessToken(server)).kid).toBe(kids[0]);
    }
    await expect(start({ keySecrets: () => ['the old secret'] })).rejects.toThrow(
      'KEY_ENCRYPTION_SECRET does not open',
    );
  });

  it('seals keys that were plain', async () => {
    const plain = await start();
    expect((await storedKeys(plain))[0]?.private_key).toContain('BEGIN PRIVATE KEY');
    const sealed = await start({ keySecrets: () => ['the secret'] });
    expect((await storedKeys(sealed))[0]?.private_key).not.toContain('PRIVATE KEY');
    expect(await kidsOf(sealed)).toEqual(await kidsOf(plain));
  });
});

describe('without its database', () => {
  it('a server goes on with the keys that it knows', async () => {
    const line = await severable(database);
    const server = await startLocalAuth(line);
    const kids = await kidsOf(server);
    await line.cut();
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 60_001);
    expect(await kidsOf(server)).toEqual(kids);
    clock.mockRestore();
    await server.close();
  });
});

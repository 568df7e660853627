import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSigningJwk, readSigningKey, writeNewKey } from './signing-key.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: object | string) {
  const path = join(folder, 'key');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readSigningKey(path);
}

describe('readSigningKey', () => {
  it('finds the private key in a JWK, a JWK set and the file of a quickstart', async () => {
    const { secret, open } = await newSigningJwk();
    const files = [
      secret,
      { keys: [open, secret] },
      { base: 'x', clients: { app: {}, service: { privateJwk: secret } } },
    ];
    for (const file of files) expect(await read(file)).toMatchObject({ alg: 'ES384', kid: secret.kid });
  });

  it.each([
    [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS384'],
    [generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'ES384'],
    [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256'],
  ])('reads PEM and signs as its kind does (%#)', async (key, alg) => {
    const found = await read(key.export({ format: 'pem', type: 'pkcs8' }).toString());
    expect(found).toMatchObject({ alg, kid: expect.stringMatching(/^[\w-]{43}$/) });
  });

  it('refuses what cannot sign', async () => {
    const { open } = await newSigningJwk();
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    for (const content of [open, { keys: [open] }, {}, '{', 'text'])
      await expect(read(content)).rejects.toThrow(/private key/);
    await expect(read(other)).rejects.toThrow('does not sign with');
    await expect(readSigningKey(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });
});

describe('writeNewKey', () => {
  it('answers the public part only, and overwrites nothing', async () => {
    const path = join(folder, 'new');
    const open = await writeNewKey(path);
    expect(open).not.toHaveProperty('d');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ d: expect.any(String), kid: open.kid });
    await expect(writeNewKey(path)).rejects.toThrow('is not overwritten');
  });
});

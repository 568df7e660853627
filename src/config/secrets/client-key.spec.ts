import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { terminologyServers } from '../foreign/terminology-server.js';

const folder = mkdtempSync(join(tmpdir(), 'lanyard-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' });
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' });

const read = (client: object) =>
  terminologyServers.safeParse([
    { url: 'https://tx.example', client: { tokenUrl: 'https://idp.example/token', clientId: 'near', ...client } },
  ]);
const messages = (client: object): string =>
  JSON.stringify(read(client).error?.issues.map(({ message, path }) => `${path.join('.')} ${message}`) ?? []);

describe('privateKeyFile', () => {
  it.each([
    ['ES384', { ...ec('P-384'), kid: 'k' }],
    ['RS384', { ...rsa(2048), kid: 'k' }],
    ['ES384', { keys: [{ kty: 'EC' }, { ...ec('P-384'), kid: 'k' }] }],
  ])('is a private JWK, or a set with one, for %s', (alg, content) => {
    const { data } = read({ privateKeyFile: fileOf('good', content) });
    expect(data?.[0]?.client?.privateKey?.()).toMatchObject({ alg, kid: 'k' });
    expect(data?.[0]?.client).not.toHaveProperty('privateKeyFile');
  });

  it('says what is wrong, and never the key', () => {
    expect(messages({ privateKeyFile: join(folder, 'none') })).toContain('cannot be read');
    const unnamed = ec('P-384');
    expect(messages({ privateKeyFile: fileOf('unnamed', unnamed) })).toContain('no private JWK with');
    expect(messages({ privateKeyFile: fileOf('unnamed', unnamed) })).not.toContain(unnamed.d);
    expect(messages({ privateKeyFile: fileOf('short', { ...ec('P-256'), kid: 'k' }) })).toContain('P-384');
    expect(messages({ privateKeyFile: fileOf('weak', { ...rsa(1024), kid: 'k' }) })).toContain('2048');
    expect(messages({ privateKeyFile: fileOf('broken', { kty: 'EC', d: 'x', kid: 'k' }) })).toContain('cannot be read');
  });

  it('may get another key, which counts once the file has it whole', () => {
    const privateKeyFile = fileOf('changing', { ...ec('P-384'), kid: 'first' });
    const { data } = read({ privateKeyFile });
    const kid = (): string | undefined => data?.[0]?.client?.privateKey?.().kid;
    writeFileSync(privateKeyFile, '{"kty":"EC","d":');
    expect(kid()).toBe('first');
    fileOf('changing', { ...rsa(2048), kid: 'second' });
    expect(kid()).toBe('second');
    rmSync(privateKeyFile);
    expect(kid()).toBe('second');
    expect(JSON.stringify(data)).not.toContain('second');
  });

  it('is one of it and a secret', () => {
    const privateKeyFile = fileOf('good', { ...ec('P-384'), kid: 'k' });
    expect(messages({ privateKeyFile, clientSecret: 'secret' })).toContain('needs one of');
    expect(messages({})).toContain('needs one of');
  });
});

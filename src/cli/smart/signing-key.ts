import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { wrongUsage } from '../command-failed.js';
import { readText } from '../read-text.js';

/** A private key that signs client assertions, and how it is named and used. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string;
  readonly alg: 'RS384' | 'ES384' | 'ES256';
}

/** Reads a private JWK, the first private key of a JWK set, or a PEM file. */
export async function readSigningKey(path: string, kid?: string): Promise<SigningKey> {
  const text = await readText(path);
  return signingKeyOf(text.trimStart().startsWith('{') ? privateJwk(text, path) : text, path, kid);
}

export async function signingKeyOf(material: JWK | string, path: string, kid?: string): Promise<SigningKey> {
  const key = toPrivateKey(material, path);
  const named = kid ?? (typeof material === 'string' ? undefined : material.kid);
  return { key, alg: algorithmOf(key, path), kid: named ?? (await calculateJwkThumbprint(publicJwk(key))) };
}

/** A new EC key, the whole and the public part of it. */
export async function newSigningJwk(): Promise<{ readonly secret: JWK; readonly open: JWK }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const open = publicJwk(privateKey);
  const named = { kid: await calculateJwkThumbprint(open), alg: 'ES384', use: 'sig' };
  return { secret: { ...privateKey.export({ format: 'jwk' }), ...named }, open: { ...open, ...named } };
}

/** A new key, written for its owner alone; answers the public part. */
export async function writeNewKey(path: string): Promise<JWK> {
  const { secret, open } = await newSigningJwk();
  try {
    await writeFile(path, `${JSON.stringify(secret, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = code === 'EEXIST';
    throw wrongUsage(isThere ? `${path} is there already, and is not overwritten.` : `Cannot write ${path} (${code}).`);
  }
  return open;
}

const publicJwk = (key: KeyObject): JWK => createPublicKey(key).export({ format: 'jwk' });

interface KeyFile extends JWK {
  readonly keys?: readonly JWK[];
  /** The state file of a quickstart. */
  readonly clients?: Readonly<Record<string, { readonly privateJwk?: JWK }>>;
}

function privateJwk(text: string, path: string): JWK {
  try {
    const file = JSON.parse(text) as KeyFile;
    const samples = Object.values(file.clients ?? {}).flatMap(({ privateJwk: jwk }) => jwk ?? []);
    const found = [file, ...(file.keys ?? []), ...samples].find((key) => key.d !== undefined);
    if (found !== undefined) return found;
  } catch {
    // Said below.
  }
  throw wrongUsage(`${path} has no private key (a JWK with "d", a JWK set with one, or PEM).`);
}

function toPrivateKey(material: JWK | string, path: string): KeyObject {
  try {
    return typeof material === 'string'
      ? createPrivateKey(material)
      : createPrivateKey({ key: material, format: 'jwk' });
  } catch {
    throw wrongUsage(`${path} is no private key (a JWK with "d", a JWK set with one, or PEM without a passphrase).`);
  }
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject, path: string) {
  if (type === 'rsa') return 'RS384';
  if (type === 'ec' && details?.namedCurve === 'secp384r1') return 'ES384';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  throw wrongUsage(`${path} is of a kind that SMART does not sign with. Use RSA (2048 bits or more) or EC on P-384.`);
}

import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { StartRefused } from '../../config/checks/start-refused.js';

const sealPrefix = 'sealed-aes-256-gcm';
const deriveKey = promisify<string, Buffer, number, Buffer>(scrypt);

export const isSealed = (stored: string): boolean => stored.startsWith(`${sealPrefix}$`);

/** Bound to the `kid`, so that one key cannot be passed off as another. */
export async function seal(privateKey: string, kid: string, secret: string): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(secret, salt, 32), iv).setAAD(Buffer.from(kid));
  const sealed = Buffer.concat([cipher.update(privateKey, 'utf8'), cipher.final()]);
  return [sealPrefix, ...[salt, iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('$');
}

/** Opens a sealed key with the secret it was sealed with. */
export async function unseal(stored: string, kid: string, secrets: readonly string[]): Promise<string> {
  if (!isSealed(stored)) return stored;
  if (secrets.length === 0) {
    throw new StartRefused(
      'KEY_ENCRYPTION_SECRET: the signing keys in the database are sealed and no secret is set. Set the one they were sealed with.',
    );
  }
  const [salt, iv, tag, sealed] = stored
    .split('$')
    .slice(1)
    .map((part) => Buffer.from(part, 'base64url'));
  if (!salt || !iv || !tag || !sealed) throw new StartRefused(`The stored signing key ${kid} is damaged.`);
  for (const secret of secrets) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', await deriveKey(secret, salt, 32), iv, { authTagLength: 16 })
        .setAAD(Buffer.from(kid))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      // The key was sealed with another secret.
    }
  }
  throw new StartRefused(
    'KEY_ENCRYPTION_SECRET does not open the signing keys in the database. Set the secret they were sealed with, in a line ' +
      'after the new one; if it is lost, delete the rows of the table signing_key: a new key is made and every token ends.',
  );
}

/** True if it is sealed with exactly this secret. */
export const isSealedWith = (stored: string, kid: string, secret: string): Promise<boolean> =>
  isSealed(stored)
    ? unseal(stored, kid, [secret]).then(
        () => true,
        () => false,
      )
    : Promise.resolve(false);

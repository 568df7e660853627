import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const prefix = 'sealed-aes-256-gcm$';

/** A TOTP secret as it is stored: sealed with KEY_ENCRYPTION_SECRET where that is set, and bound to its account. */
export function sealTotp(secret: string, accountId: string, keySecret: string | undefined): string {
  if (keySecret === undefined) return secret;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(keySecret), iv).setAAD(Buffer.from(accountId));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return prefix + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Throws when the seal was made with none of the secrets, or for another account. */
export function unsealTotp(stored: string, accountId: string, keySecrets: readonly string[]): string {
  if (!stored.startsWith(prefix)) return stored;
  for (const keySecret of keySecrets) {
    const opened = openWith(keySecret, stored, accountId);
    if (opened !== undefined) return opened;
  }
  throw new Error('KEY_ENCRYPTION_SECRET does not open the second factors.');
}

/** True if it is sealed with exactly this secret. */
export const isTotpSealedWith = (stored: string, accountId: string, keySecret: string): boolean =>
  stored.startsWith(prefix) && openWith(keySecret, stored, accountId) !== undefined;

function openWith(keySecret: string, stored: string, accountId: string): string | undefined {
  const bytes = Buffer.from(stored.slice(prefix.length), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(keySecret), bytes.subarray(0, 12), { authTagLength: 16 })
    .setAAD(Buffer.from(accountId))
    .setAuthTag(bytes.subarray(12, 28));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const keyOf = (keySecret: string): Buffer => Buffer.from(hkdfSync('sha256', keySecret, '', 'totp-secrets', 32));

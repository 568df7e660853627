import { hashOpaque } from '../../auth/hash-opaque.js';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits: nobody guesses them, so that one fast hash protects them as well as a slow one. */
export const generateSecret = (): string => randomBytes(32).toString('base64url');

/** `$sha256$salt$hash`. Only for generated secrets. */
export function hashSecret(secret: string, salt = randomBytes(16)): string {
  return `$sha256$${salt.toString('base64url')}$${digest(secret, salt).toString('base64url')}`;
}

interface StoredSecret {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** For clients without a secret: the work is the same, and nothing matches. */
const nothing: StoredSecret = { salt: randomBytes(16), hash: randomBytes(32) };

/** Takes the same work whatever is stored. */
export function matchesSecret(secret: string, stored: string | undefined): boolean {
  const { salt, hash } = (stored !== undefined && parseStored(stored)) || nothing;
  return timingSafeEqual(digest(secret, salt), hash);
}

function parseStored(text: string): StoredSecret | undefined {
  const match = /^\$sha256\$([\w-]+)\$([\w-]{43})$/.exec(text);
  if (!match) return undefined;
  const [, salt = '', hash = ''] = match;
  return { salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}

/** Without telling by the time it takes how much of a guess was right. */
export function isSameHash(stored: string | null, given: string): boolean {
  return timingSafeEqual(Buffer.from(hashOpaque(stored ?? '')), Buffer.from(hashOpaque(given))) && stored !== null;
}

const digest = (secret: string, salt: Buffer): Buffer =>
  createHash('sha256').update(salt).update(secret, 'utf8').digest();

import { hashOpaque } from '../../auth/hash-opaque.js';
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const count = 10;

/** Codes of 80 bits, for the day the telephone is lost. */
export const generateRecoveryCodes = (): readonly string[] => Array.from({ length: count }, generateCode);

/** Stored hash of a code, however it is typed; 80 random bits need no slow hash. */
export function hashRecoveryCode(code: string): string | undefined {
  const plain = code.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0');
  return /^[0-9a-z]{16}$/.test(plain) ? hashOpaque(plain) : undefined;
}

function generateCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => alphabet.charAt(byte % alphabet.length));
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-');
}

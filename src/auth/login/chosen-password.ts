import { isEasyToGuess } from '../../config/secrets/secret-strength.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';

const shortest = 8;
const longest = 1024;

/** Fault of a chosen password; `limit`: the number of characters that it has to keep to. */
export type PasswordFault = { readonly is: 'short' | 'long'; readonly limit: number } | { readonly is: 'guessed' };

/** Returns what is wrong with a chosen password (docs/adr/0040); undefined when nothing is. */
export function passwordFault(password: string, userName: string): PasswordFault | undefined {
  if (password.length < shortest) return { is: 'short', limit: shortest };
  if (password.length > longest) return { is: 'long', limit: longest };
  const words = userName.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
  return isEasyToGuess(password, 'password', [userName, ...words]) ? { is: 'guessed' } : undefined;
}

/** Throws 400 with what is wrong. */
export function requirePassword(password: string, userName: string): void {
  const fault = passwordFault(password, userName);
  if (fault !== undefined) throw new InvalidRequest({ code: 'value', diagnostics: describe(fault) });
}

function describe(fault: PasswordFault): string {
  if (fault.is === 'short') return `The password is too short: it needs ${fault.limit} characters or more.`;
  if (fault.is === 'long') return `The password is longer than ${fault.limit} characters.`;
  return 'The password is easy to guess. Take several words that have nothing to do with each other, or let a password manager make one.';
}

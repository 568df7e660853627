import { isEasyToGuess } from '../../config/secret-strength.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';

const shortest = 8;
const longest = 1024;

/** Returns what is wrong with a chosen password, in words for its user (docs/adr/0040); undefined when nothing is. */
export function whyNoPassword(password: string, userName: string): string | undefined {
  if (password.length < shortest) return `The password is too short: it needs ${shortest} characters or more.`;
  if (password.length > longest) return `The password is longer than ${longest} characters.`;
  const words = userName.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
  return isEasyToGuess(password, 'password', [userName, ...words])
    ? 'The password is easy to guess. Take several words that have nothing to do with each other, or let a password manager make one.'
    : undefined;
}

/** Throws 400 with what is wrong. */
export function requirePassword(password: string, userName: string): void {
  const why = whyNoPassword(password, userName);
  if (why !== undefined) throw new InvalidRequest({ code: 'value', diagnostics: why });
}

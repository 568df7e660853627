import { wrongUsage } from './command-failed.js';
import { readText } from './read-text.js';

/** A token, or `-` for the standard input, where it leaves no trace in the history of the shell. */
export async function readTokenText(tokenOrDash: string): Promise<string> {
  const text = tokenOrDash === '-' ? await readText('-') : tokenOrDash;
  const token = text.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');
  if (token === '') throw wrongUsage('There is no token. Give it, or - and send it to the standard input.');
  return token;
}

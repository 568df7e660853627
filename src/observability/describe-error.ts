import { withoutCredentials } from './without-credentials.js';

/**
 * An error for the log: its name, code, place in the program and message. What the message quotes is left out, since
 * parsers and databases quote what they were given: a token, or what a patient has.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return withoutQuotes(String(error));
  const { name, message, stack = '' } = error;
  const { code } = error as { readonly code?: unknown };
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const known = typeof code === 'string' || typeof code === 'number' ? ` [${code}]` : '';
  return [`${name}${known}: ${withoutQuotes(message)}`, ...frames].join('\n');
}

const longest = 500;

/** Replaces from the first quotation mark to the last: quoted text may have such marks of its own. */
const withoutQuotes = (text: string): string =>
  withoutCredentials(text.replace(/(?:["`]|(?<!\w)')(?:.*["'`]|.*)/s, '"…"')).slice(0, longest);

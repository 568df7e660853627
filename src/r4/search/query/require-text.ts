import { InvalidRequest } from '../../errors/fhir-error.js';
import { printable } from '../../errors/request-errors.js';

/**
 * Throws 400 for a criterion whose bytes were no UTF-8: U+FFFD stands in their place, and a search for that would answer a
 * question that nobody asked.
 */
export function requireText(name: string, value: string): void {
  if (!`${name}${value}`.includes('\uFFFD')) return;
  const diagnostics = `${printable(name)}=${printable(value)} is not UTF-8 where \uFFFD stands. Percent-encode the bytes of UTF-8, as in name=M%C3%BCller.`;
  throw new InvalidRequest({ code: 'invalid', diagnostics });
}

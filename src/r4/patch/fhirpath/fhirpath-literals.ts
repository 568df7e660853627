import type { SyntaxNode } from './fhirpath-engine.js';
import { malformed } from '../operation-fault.js';

const escapes: Readonly<Record<string, string>> = { f: '\f', n: '\n', r: '\r', t: '\t' };

/** Returns the text that a quoted string of FHIRPath means (http://hl7.org/fhirpath/N1/#string). */
export const unquote = (text: string): string =>
  text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_match, code: string | undefined, escaped: string) =>
      code === undefined ? (escapes[escaped] ?? escaped) : String.fromCharCode(Number.parseInt(code, 16)),
    );

/** An identifier, which may be written between backticks. */
export const nameOf = (text: string): string => (text.startsWith('`') ? unquote(text) : text);

/** The value of a string literal. */
export function stringOf(node: SyntaxNode | undefined): string {
  const literal = node?.type === 'TermExpression' ? node.children?.[0] : undefined;
  const text = literal?.type === 'LiteralTerm' ? (literal.text ?? '') : '';
  if (!text.startsWith("'"))
    throw malformed("extension() takes the URL as a string: extension('http://example.org/x').");
  return unquote(text);
}

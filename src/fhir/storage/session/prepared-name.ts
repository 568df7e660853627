import { hash } from 'node:crypto';

/** Each connection keeps what it has prepared: texts beyond so many, or so many characters of them, are planned each time. */
const mostNames = 200;
const mostText = 100_000;

const names = new Map<string, string>();

/**
 * The name that a text is prepared under, made of the text: behind a pooler that does not know of prepared statements, a name
 * may meet one that another server has prepared, which is the same statement then. Undefined: it is not worth a name.
 */
export function preparedName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostNames || lengthOf(names.keys()) + text.length > mostText) return known;
  const name = `lanyard-${hash('sha256', text, 'hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}

const lengthOf = (texts: Iterable<string>): number => [...texts].reduce((sum, text) => sum + text.length, 0);

/** A token of a statement that means something: no space, no comment. Names and words are in lower case, as PostgreSQL folds them, unless they are quoted. */
export interface SqlToken {
  /** `word` is a name or key word without quotes, `name` one in quotes; `other` is a literal, a number, a parameter or a sign. */
  readonly kind: 'word' | 'name' | 'other';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const space = /[ \t\n\r\f\v]+|--[^\n]*/y;
const quoted = /"(?:[^"]|"")*"/y;
const word = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy;
const literal = /'(?:[^']|'')*'|\$([a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$|\$\d+|\d[\w.]*/iy;
/** A string in which a backslash takes the next character along. */
const escaped = /e'(?:[^'\\]|\\[\s\S]|'')*'/iy;
/** Other strings with a letter before them, and names that are written with numbers of characters. */
const prefixed = /(?:[ebxn]'|u&['"])/iy;

/**
 * The tokens of a statement (https://www.postgresql.org/docs/current/sql-syntax-lexical.html); undefined where it has what is not read here: strings
 * with a prefix, but for `E'…'`, strings in several parts, and what does not end.
 */
export function sqlTokens(text: string): readonly SqlToken[] | undefined {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < text.length;) {
    const next = skipped(text, at) ?? tokenAt(text, at);
    if (next === undefined) return undefined;
    if (typeof next === 'number') at = next;
    else {
      if (next.text.startsWith("'") && tokens.at(-1)?.text.endsWith("'")) return undefined;
      tokens.push(next);
      at = next.end;
    }
  }
  return tokens;
}

/** The end of spaces or of a comment that begins here. */
function skipped(text: string, at: number): number | undefined {
  return endOf(space, text, at) ?? (text.startsWith('/*', at) ? endOfComment(text, at) : undefined);
}

/** Comments in slashes hold others. */
function endOfComment(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at += 2) {
    if (text.startsWith('/*', at)) depth++;
    else if (text.startsWith('*/', at)) depth--;
    else at--;
    if (depth === 0) return at + 2;
  }
  return undefined;
}

function tokenAt(text: string, start: number): SqlToken | undefined {
  let end = endOf(escaped, text, start);
  if (end !== undefined) return { kind: 'other', text: text.slice(start, end), start, end };
  if (endOf(prefixed, text, start) !== undefined) return undefined;
  end = endOf(word, text, start);
  if (end !== undefined) return { kind: 'word', text: text.slice(start, end).toLowerCase(), start, end };
  end = endOf(quoted, text, start);
  if (end !== undefined)
    return { kind: 'name', text: text.slice(start + 1, end - 1).replaceAll('""', '"'), start, end };
  end = endOf(literal, text, start);
  if (end !== undefined) return { kind: 'other', text: text.slice(start, end), start, end };
  const sign = text[start]!;
  if (`'"`.includes(sign) || text.startsWith('/*', start)) return undefined;
  return { kind: 'other', text: sign, start, end: start + 1 };
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Where a text stops to be JSON (RFC 8259): the parser of the platform does not always tell. For texts that it refused. */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    while (isBlank(text.charCodeAt(at))) at++;
    const next: { readonly expected: Expected; readonly end: number } | undefined = step(text, at, expected, open);
    if (!next) return at;
    ({ expected, end: at } = next);
  }
}

/** Reads one token; undefined when it does not fit. `open` holds the brackets that wait for their end. */
function step(text: string, at: number, expected: Expected, open: string[]) {
  const token = text[at] ?? '';
  const afterValue = (): Expected => (open.length > 0 ? 'comma or end' : 'nothing');
  if (expected === 'colon') return token === ':' ? { expected: 'value' as const, end: at + 1 } : undefined;
  if (token === '}' || token === ']') {
    if (!expected.endsWith('or end') || open.pop() !== token) return undefined;
    return { expected: afterValue(), end: at + 1 };
  }
  if (expected === 'comma or end') {
    const following: Expected = open.at(-1) === '}' ? 'name' : 'value';
    return token === ',' ? { expected: following, end: at + 1 } : undefined;
  }
  if (expected === 'nothing') return undefined;
  return expected.startsWith('name') ? name(text, at) : value(text, at, open, afterValue());
}

function name(text: string, at: number): { expected: Expected; end: number } | undefined {
  const end = endOfString(text, at);
  return end === undefined ? undefined : { expected: 'colon', end };
}

function value(text: string, at: number, open: string[], after: Expected) {
  const token = text[at];
  if (token === '{' || token === '[') {
    open.push(token === '{' ? '}' : ']');
    const first: Expected = token === '{' ? 'name or end' : 'value or end';
    return { expected: first, end: at + 1 };
  }
  const end = token === '"' ? endOfString(text, at) : endOf(scalar, text, at);
  return end === undefined ? undefined : { expected: after, end };
}

function endOfString(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  for (let at = start + 1; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return undefined;
    const end = code === 0x5c ? endOf(escape, text, at) : at + 1;
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

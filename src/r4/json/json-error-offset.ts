type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Returns the offset at which a refused text stops to be JSON (RFC 8259): JSON.parse does not always tell. */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    while (isBlank(text.charCodeAt(at))) at++;
    const next: Step | undefined = readers[expected](text, at, open);
    if (!next) return at;
    ({ expected, end: at } = next);
  }
}

interface Step {
  readonly expected: Expected;
  readonly end: number;
}

/** Reads one token; undefined when it does not fit. `open` holds the brackets that wait for their end. */
type Read = (text: string, at: number, open: string[]) => Step | undefined;

const colon: Read = (text, at) => (text[at] === ':' ? { expected: 'value', end: at + 1 } : undefined);
const comma: Read = (text, at, open) =>
  text[at] === ',' ? { expected: open.at(-1) === '}' ? 'name' : 'value', end: at + 1 } : undefined;
const orEnd =
  (read: Read): Read =>
  (text, at, open) => {
    if (text[at] !== '}' && text[at] !== ']') return read(text, at, open);
    return open.pop() === text[at] ? { expected: afterValue(open), end: at + 1 } : undefined;
  };

const readers: Readonly<Record<Expected, Read>> = {
  value,
  'value or end': orEnd(value),
  name,
  'name or end': orEnd(name),
  colon,
  'comma or end': orEnd(comma),
  nothing: () => undefined,
};

const afterValue = (open: readonly string[]): Expected => (open.length > 0 ? 'comma or end' : 'nothing');

function name(text: string, at: number): Step | undefined {
  const end = endOfString(text, at);
  return end === undefined ? undefined : { expected: 'colon', end };
}

function value(text: string, at: number, open: string[]): Step | undefined {
  const token = text[at];
  if (token === '{' || token === '[') {
    open.push(token === '{' ? '}' : ']');
    return { expected: token === '{' ? 'name or end' : 'value or end', end: at + 1 };
  }
  const end = token === '"' ? endOfString(text, at) : endOf(scalar, text, at);
  return end === undefined ? undefined : { expected: afterValue(open), end };
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

/** Parts of JSON text that a plain parser would drop silently. Positions are offsets. */
export interface JsonScan {
  /** Colons outside strings: one for each name. */
  readonly colons: number;
  /** Start and end of numbers whose text JavaScript would not reproduce, flattened. */
  readonly numbers: readonly number[];
  readonly depth: number;
  /** Objects, arrays, strings that are no names, numbers and literals. */
  readonly values: number;
  readonly hasSurrogateEscape: boolean;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const minus = 0x2d;

/** One pass over the text. It takes any text: whether it is JSON is the parser's question. */
export function scanJson(text: string): JsonScan {
  const numbers: number[] = [];
  let colons = 0;
  let depth = 0;
  let deepest = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      i = endOfString(text, i);
      values++;
    } else if (c === colon) colons++;
    else if (isOpening(c)) {
      deepest = Math.max(deepest, ++depth);
      values++;
    } else if (isClosing(c)) depth--;
    else if (c === minus || isDigit(c)) {
      i = scanNumber(text, i, numbers);
      values++;
    } else if (isLiteral(c)) values++;
  }
  const hasSurrogateEscape = /\\u[dD][89a-fA-F]/.test(text);
  return { colons, numbers, depth: deepest, values: values - colons, hasSurrogateEscape };
}

/** Offset of the closing quote of the string that opens at `start`. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
// `{` and `[`, `}` and `]` differ in one bit.
const isOpening = (c: number): boolean => (c | 0x20) === 0x7b;
const isClosing = (c: number): boolean => (c | 0x20) === 0x7d;
// The first letters of `true`, `false` and `null`, which these have once.
const isLiteral = (c: number): boolean => c === 0x74 || c === 0x66 || c === 0x6e;
// `.`, `e`, `E`, `+`, `-`
const isNumberMark = (c: number): boolean => c === 0x2e || (c | 0x20) === 0x65 || c === 0x2b || c === minus;

/** Notes the number that starts at `start` if it needs its text; returns the offset of its last character. */
function scanNumber(text: string, start: number, numbers: number[]): number {
  let end = start + 1;
  for (let c = text.charCodeAt(end); isDigit(c) || isNumberMark(c); c = text.charCodeAt(end)) end++;
  if (losesDigits(text, start, end)) numbers.push(start, end);
  return end - 1;
}

function losesDigits(text: string, start: number, end: number): boolean {
  if (end - start === 1) return false;
  const digits = text.slice(start, end);
  return String(Number(digits)) !== digits && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(digits);
}

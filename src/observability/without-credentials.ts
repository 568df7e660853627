const mark = '…';

/**
 * A text that is kept, such as a record of the audit, a line of the log or a refusal, without the tokens and passwords that a
 * client put where they do not belong.
 */
export function withoutCredentials(text: string): string {
  if (!suspect.test(text)) return text;
  return text.replace(dotted, withoutJwt).replace(bearer, `$1 ${mark}`).replace(basic, withoutPassword);
}

/** A query, or a form, without them: what a parameter named for them holds, and every value with one in it. */
export const queryWithoutCredentials = (query: Iterable<readonly [string, string]>): URLSearchParams =>
  new URLSearchParams(
    Array.from(query, ([name, value]) => [name, holdsCredential(name, value) ? mark : value] as [string, string]),
  );

// Each credential that is taken out has one of these; most texts have none.
const suspect = /e[wy]|bearer|dpop|basic/i;

// The lookbehind makes the expression try each run of letters once, however long it is.
const dotted = /(?<![\w-])[\w-]+(?:\.[\w-]*)+/g;
const bearer = /\b(bearer|dpop)[ +]+[\w.~+/-]{16,}=*/gi;
const basic = /\b(basic)[ +]+([\w+/-]{4,}=*)/gi;

/** RFC 7515: the first part is a JSON object with `alg`. A token that was cut off is one as well. */
function withoutJwt(run: string): string {
  let start = 0;
  for (const part of run.split('.').slice(0, -1)) {
    const [at] = [0, part.indexOf('eyJ')].filter((from) => from >= 0 && isJoseHeader(part.slice(from)));
    if (at !== undefined) return `${run.slice(0, start + at)}${mark}`;
    start += part.length + 1;
  }
  return run;
}

// Not parsed as JSON: many parts that are none would keep the server busy.
const isJoseHeader = (part: string): boolean =>
  /^e[wy]/.test(part) && /^\{.*"alg"\s*:/s.test(Buffer.from(part, 'base64url').toString('latin1'));

/** RFC 7617: what does not decode to `user:password` is a word, as in "basic metabolic panel". */
function withoutPassword(found: string, scheme: string, encoded: string): string {
  const text = Buffer.from(encoded, 'base64').toString();
  return /^[^\p{C}\uFFFD:]*:[^\p{C}\uFFFD]*$/u.test(text) ? `${scheme} ${mark}` : found;
}

/** Without `code`: R4 searches it most, and addresses that take codes of OAuth are logged without query. */
const credentialName = /(?:token|secret|password|assertion|authorization|jwt|api[_-]?key|code_verifier)$/i;

function holdsCredential(name: string, value: string): boolean {
  if (name.split(/[.:]/).some((part) => credentialName.test(part))) return true;
  const plain = decodedWhole(value);
  return /^\s*(?:bearer|dpop)\s/i.test(plain) || withoutCredentials(plain) !== plain;
}

/** Escapes within escapes hide nothing. */
function decodedWhole(value: string): string {
  let text = value;
  for (let depth = 0; depth < 3 && text.includes('%'); depth++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      return text;
    }
  }
  return text;
}

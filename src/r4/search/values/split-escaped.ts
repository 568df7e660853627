/**
 * Splits at a separator that no backslash precedes (https://hl7.org/fhir/R4/search.html#escaping). Escapes stay in the
 * parts, for {@link unescapeValue}.
 */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** `\,` `\$` `\|` `\\` become the second character; any other backslash stands for itself. */
export const unescapeValue = (text: string): string =>
  text.includes('\\') ? text.replace(/\\([,$|\\])/g, '$1') : text;

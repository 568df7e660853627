import type { Prefix } from '../query/filter.js';

const pattern = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d.-])/;

/** The prefix of a date, number or quantity, `eq` when there is none (https://hl7.org/fhir/R4/search.html#prefix). */
export function splitPrefix(text: string): { readonly prefix: Prefix; readonly rest: string } {
  const found = pattern.exec(text)?.[1] as Prefix | undefined;
  return found === undefined ? { prefix: 'eq', rest: text } : { prefix: found, rest: text.slice(2) };
}

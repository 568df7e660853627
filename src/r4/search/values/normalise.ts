// Only accents: in other scripts combining marks are vowels.
const accents = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe20-\ufe2f]/g;
// oxlint-disable-next-line no-control-regex -- control characters are blanks here
const blanks = /[\s\u0000-\u001f\u007f]+/g;
const plainText = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Text as string search compares it (https://hl7.org/fhir/R4/search.html#string): without case and accents, runs of
 * whitespace as one space.
 */
export function normalise(text: string): string {
  if (plainText.test(text)) return text.toLowerCase();
  return withoutAccents(foldCase(withoutAccents(text)))
    .replace(blanks, ' ')
    .trim();
}

const withoutAccents = (text: string): string => text.normalize('NFKD').replace(accents, '');

/** By way of upper case, `ß` becomes `ss`, but `ẞ` does not; the final sigma depends on its place, which a prefix does not know. */
const foldCase = (text: string): string => text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');

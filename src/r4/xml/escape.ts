// Neither markup nor anything that XML may not contain; what most text is made of.
const special = /[^ !#-%'-;=-\ud7ff\ue000-\ufffd]/;
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const allIllegal = new RegExp(illegal.source, 'gu');

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser makes a space of the plain characters (https://www.w3.org/TR/xml/#AVNormalize).
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

const reference = (character: string): string => references[character]!;

/** The text as it stands between double quotes. */
export const escapeAttribute = (text: string): string =>
  special.test(text) ? text.replace(/[&<"\t\n\r]/g, reference) : text;

/** The text as it stands between tags. */
export const escapeText = (text: string): string => text.replace(/[&<>\r]/g, reference);

/** The first character that no XML 1.0 document may contain, such as `U+0001`. */
export function illegalCharacter(text: string): string | undefined {
  if (!special.test(text)) return undefined;
  const found = illegal.exec(text)?.[0];
  return found && `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text with U+FFFD in place of what no XML 1.0 document may contain. */
export const withoutIllegal = (text: string): string =>
  special.test(text) ? text.replace(allIllegal, '\ufffd') : text;

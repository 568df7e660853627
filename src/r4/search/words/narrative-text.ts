/** They stand within a word; other tags stand between words. */
const inline = new Set(
  'a abbr acronym b big cite code dfn em font i q s samp small span strike strong sub sup tt u var'.split(' '),
);

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['apos', "'"],
  ['gt', '>'],
  ['lt', '<'],
  ['quot', '"'],
]);

/** The text of XHTML, without markup. Reads each character once, whatever it is. */
export function narrativeText(xhtml: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < xhtml.length) {
    const tag = xhtml.indexOf('<', at);
    parts.push(decode(xhtml.slice(at, tag < 0 ? xhtml.length : tag)));
    if (tag < 0) break;
    const isComment = xhtml.startsWith('<!--', tag);
    const end = isComment ? endOfComment(xhtml, tag) : endOfTag(xhtml, tag);
    const name = /^<\/?([A-Za-z]+)/.exec(xhtml.slice(tag, tag + 20))?.[1] ?? '';
    if (!isComment && !inline.has(name.toLowerCase())) parts.push(' ');
    at = end;
  }
  return parts.join('');
}

function endOfComment(text: string, start: number): number {
  const end = text.indexOf('-->', start);
  return end < 0 ? text.length : end + 3;
}

/** Quoted attributes may hold ">". */
function endOfTag(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return text.length;
}

const decode = (text: string): string =>
  text.includes('&') ? text.replace(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g, decodeEntity) : text;

function decodeEntity(_whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return entities.get(name) ?? ' ';
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return point > 0 && point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : ' ';
}

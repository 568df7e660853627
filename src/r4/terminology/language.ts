/** Each text is compared with all of them. */
const mostLanguages = 20;
/** Characters of a tag (RFC 5646, section 4.4.1, has 35) and its weight. */
const longestItem = 60;

/** Languages of a list such as `de, en; q=0.4`, the best first (RFC 9110, section 12.5.4); 20 items are read, and of these no longer ones than languages have. */
export function languagesIn(list: string): readonly string[] {
  return list
    .split(',', mostLanguages)
    .filter((item) => item.length <= longestItem)
    .map((item) => {
      const [tag = '', ...more] = item.split(';').map((part) => part.trim());
      const weight = more.map((part) => /^q=([\d.]+)$/i.exec(part)?.[1]).find((one) => one !== undefined);
      return { tag: tag.toLowerCase(), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ tag, weight }) => tag !== '' && tag !== '*' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

/** The first list that names a language, without `*`: any language will do, and none is asked for. */
export function languagesAsked(...lists: readonly (string | undefined)[]): string | undefined {
  const list = lists.find((one) => one !== undefined && languagesIn(one).length > 0);
  return list?.includes('*') ? list.split(',').filter(isNamed).join(',').trim() : list;
}

const isNamed = (item: string): boolean => item.split(';', 1)[0]!.trim() !== '*';

/** True for a text that may be shown for one of the languages; one that names no language is in the one asked for. */
export const isOfLanguage = (own: string | undefined, list: string): boolean =>
  own === undefined ||
  languagesIn(list).some((wanted) => isKindOf(own, wanted) || shorterThan(wanted).includes(own.toLowerCase()));

/** `de-CH` is a kind of `de` (RFC 4647, section 3.3.1). */
export const isKindOf = (own: string, wanted: string): boolean =>
  own.toLowerCase() === wanted || own.toLowerCase().startsWith(`${wanted}-`);

/** Languages whose texts stand in for those of another one, the nearest first: `de` for `de-ch` (RFC 4647, section 3.4). */
export function shorterThan(tag: string): readonly string[] {
  const parts = tag.split('-').slice(0, -1);
  // A single letter introduces what follows it, and means nothing at the end.
  while (parts.at(-1)?.length === 1) parts.pop();
  return parts.length === 0 ? [] : [parts.join('-'), ...shorterThan(parts.join('-'))];
}

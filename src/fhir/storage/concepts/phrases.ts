/** Characters that JSON has only as escapes (RFC 8259, 7): U+0001 to U+001F. */
const mostPhrases = 31;
const anyMark = /[^ -\uffff]/g;

/** Stands for the phrase with this number, from 0, in what rows of concepts tell (docs/adr/0172). */
export const markOf = (phrase: number): string => String.fromCharCode(phrase + 1);

/** Up to 31 phrases, those first that save most. `uses`: how often each phrase is there. */
export function worthAMark(uses: ReadonlyMap<string, number>): readonly string[] {
  const found = [...uses].filter((one) => savedBy(one) > 0).toSorted((a, b) => savedBy(b) - savedBy(a));
  return found.slice(0, mostPhrases).map(([phrase]) => phrase);
}

const savedBy = ([phrase, times]: readonly [string, number]): number => (phrase.length - 1) * (times - 1);

/** JSON with the phrases that its marks stand for. */
export const spelledOut = (json: string, phrases: readonly string[]): string =>
  phrases.length === 0 ? json : json.replace(anyMark, (mark) => phrases[mark.charCodeAt(0) - 1]!);

const length = 3;

/** More of a long text would not find fewer rows. */
const most = 64;

/** Each three characters in a row of the normalised text, as a number: what contains a text has all of its grams. */
export function* gramsOf(normalised: string): Iterable<number> {
  for (let at = 0; at + length <= normalised.length; at++) yield gram(normalised, at);
}

/** Returns the grams that a search for a part of a text looks for; none when the part is too short. */
export const gramsOfPart = (normalised: string): readonly number[] => [...new Set(gramsOf(normalised))].slice(0, most);

/** 32 bits; different characters rarely make the same. */
function gram(text: string, at: number): number {
  const [first, second, third] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
  return Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b) ^ third;
}

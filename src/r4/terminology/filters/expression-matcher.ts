export interface Steps {
  left: number;
  readonly exhausted: () => Error;
}

/** Places in the text after the expression, for places where it may begin: all ways at once, so none is tried twice. */
export type Matcher = (text: readonly string[], from: ReadonlySet<number>, steps: Steps) => ReadonlySet<number>;

const counted =
  (match: Matcher): Matcher =>
  (text, from, steps) => {
    if (from.size === 0) return from;
    steps.left -= from.size;
    if (steps.left < 0) throw steps.exhausted();
    return match(text, from, steps);
  };

export const character = (isMeant: (one: string) => boolean): Matcher =>
  counted(
    (text, from) => new Set([...from].filter((at) => at < text.length && isMeant(text[at]!)).map((at) => at + 1)),
  );

export const start: Matcher = counted((_, from) => new Set([...from].filter((at) => at === 0)));
export const end: Matcher = counted((text, from) => new Set([...from].filter((at) => at === text.length)));

export const sequence = (parts: readonly Matcher[]): Matcher =>
  counted((text, from, steps) => parts.reduce((places, part) => part(text, places, steps), from));

export const choice = (parts: readonly Matcher[]): Matcher =>
  counted((text, from, steps) => new Set(parts.flatMap((part) => [...part(text, from, steps)])));

/** Places that are new only, so that it ends. */
export const repeat = (part: Matcher, least: number, most: number): Matcher =>
  counted((text, from, steps) => {
    let latest = from;
    for (let i = 0; i < least; i++) latest = part(text, latest, steps);
    const found = new Set(latest);
    for (let i = least; i < most && latest.size > 0; i++) {
      latest = new Set([...part(text, latest, steps)].filter((at) => !found.has(at)));
      for (const at of latest) found.add(at);
    }
    return found;
  });

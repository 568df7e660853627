/** A piece of a JSON text: plain, or one whose text leads to a resource of this server. */
export interface Piece {
  readonly text: string;
  /** Below the console, such as `/data/Patient/p1`. */
  readonly to?: string;
}

/** A string of JSON, and what follows it when it names a member. */
const literal = /"(?:[^"\\]|\\.)*"(\s*:)?/g;
const local = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/** Where a reference leads in the console: relative ones, and addresses below the base. Undefined for all others. */
export function placeOf(reference: string, base: string): string | undefined {
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  return local.test(relative) ? `/data/${relative}` : undefined;
}

/** The text in pieces: together they are the text, digit for digit. */
export function piecesOf(json: string, base: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, 1: colon, index } of json.matchAll(literal)) {
    const to = colon === undefined ? placeOf(found.slice(1, -1), base) : undefined;
    if (to === undefined) continue;
    pieces.push({ text: json.slice(from, index) }, { text: found, to });
    from = index + found.length;
  }
  return [...pieces, { text: json.slice(from) }];
}

/** The resources that a text refers to, each once, in its order. */
export const referencesOf = (json: string, base: string): readonly string[] => [
  ...new Set(piecesOf(json, base).flatMap(({ to }) => to ?? [])),
];

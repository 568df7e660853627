import type { Issue } from './fhir-error.js';

/** Line and column in a text, each from 1. A column is a UTF-16 code unit. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Where texts begin. */
export const textStart: TextPlace = { line: 1, column: 1 };

/** True if a line of the text ends with the character at the offset: LF, CRLF and CR end lines, as in XML. */
export function endsLine(text: string, offset: number): boolean {
  const c = text.charCodeAt(offset);
  return c === lineFeed || (c === carriageReturn && text.charCodeAt(offset + 1) !== lineFeed);
}

/** Line and column of an offset in a text. */
export const textPlace = (text: string, offset: number): TextPlace => textPlaces(text, [offset])[0]!;

/** {@link textPlace} of each offset, in one pass over the text. */
export function textPlaces(text: string, offsets: readonly number[]): readonly TextPlace[] {
  const places = new Map<number, TextPlace>();
  let [line, start, at] = [1, 0, 0];
  for (const offset of [...new Set(offsets)].toSorted((one, other) => one - other)) {
    for (; at < offset; at++) {
      if (!endsLine(text, at)) continue;
      line++;
      start = at + 1;
    }
    places.set(offset, { line, column: offset - start + 1 });
  }
  return offsets.map((offset) => places.get(offset)!);
}

/** Place in the whole of what has a place in a part; the part begins at `origin`. */
export const placeFrom = (origin: TextPlace, { line, column }: TextPlace): TextPlace => ({
  line: origin.line + line - 1,
  column: line === 1 ? origin.column + column - 1 : column,
});

/** A place as the text of an error has it. */
export const placeText = ({ line, column }: TextPlace): string => ` (line ${line}, column ${column})`;

const extension = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue';

/** Part of an issue: where in the body it is (https://hl7.org/fhir/R4/extension-operationoutcome-issue-line.html). */
export const placeExtension = ({ line, column }: TextPlace): Pick<Issue, 'extension'> => ({
  extension: [
    { url: `${extension}-line`, valueInteger: line },
    { url: `${extension}-col`, valueInteger: column },
  ],
});

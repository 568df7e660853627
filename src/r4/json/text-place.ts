/** Line and column of an offset in a text, as errors tell them. */
export function placeOf(text: string, offset: number): string {
  let [line, start] = [1, 0];
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return ` (line ${line}, column ${offset - start + 1})`;
}

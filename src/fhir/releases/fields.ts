import { InvalidRelease } from '../storage/concepts/release-concept.js';
import { linesOf } from './lines.js';

export interface FieldsForm {
  readonly separator: '\t' | '|';
  /** Names of the columns, if the first line has them. */
  readonly header?: readonly string[];
  readonly atLeast: number;
}

/** Calls `read` with the fields and the number of each line that has some, as RF2 and RRF have them: without quotes. Throws {@link InvalidRelease} with the line. */
export async function readFields(
  path: string,
  { separator, header, atLeast }: FieldsForm,
  read: (fields: readonly string[], line: number) => void,
): Promise<void> {
  for await (const { texts, first } of linesOf(path))
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!;
      if (text === '') continue;
      const fields = text.split(separator);
      const line = first + i;
      if (line === 1 && header) {
        requireHeader(fields, header, path);
        continue;
      }
      if (fields.length < atLeast)
        throw new InvalidRelease(
          `${path}, line ${line}: there are ${fields.length} fields and not ${atLeast}. The file was cut off or changed; copy it again.`,
        );
      read(fields, line);
    }
}

function requireHeader(fields: readonly string[], header: readonly string[], path: string): void {
  const own = fields.map((one) => one.replace(/^\uFEFF/, ''));
  const missing = header.find((name, i) => own[i] !== name);
  if (missing !== undefined)
    throw new InvalidRelease(
      `${path}, line 1: the column "${missing}" is not where it should be: ${header.join(', ')}.`,
    );
}

import { InvalidRelease } from '../storage/concepts/release-concept.js';
import { linesOf } from './lines.js';

export interface Fields {
  readonly fields: readonly string[];
  /** File and line, for messages. */
  readonly place: string;
}

export interface FieldsForm {
  readonly separator: '\t' | '|';
  /** Names of the columns, if the first line has them. */
  readonly header?: readonly string[];
  readonly atLeast: number;
}

/** Lines of fields without quotes, as RF2 and RRF have them. Throws {@link InvalidRelease} with the line. */
export async function* fieldsOf(path: string, { separator, header, atLeast }: FieldsForm): AsyncGenerator<Fields> {
  for await (const { text, number } of linesOf(path)) {
    const fields = text.split(separator);
    const place = `${path}, line ${number}`;
    if (number === 1 && header) {
      const own = fields.map((one) => one.replace(/^\uFEFF/, ''));
      const missing = header.find((name, i) => own[i] !== name);
      if (missing !== undefined)
        throw new InvalidRelease(`${place}: the column "${missing}" is not where it should be: ${header.join(', ')}.`);
      continue;
    }
    if (fields.length < atLeast)
      throw new InvalidRelease(
        `${place}: there are ${fields.length} fields and not ${atLeast}. The file was cut off or changed; copy it again.`,
      );
    yield { fields, place };
  }
}

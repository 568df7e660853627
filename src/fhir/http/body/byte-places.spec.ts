import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textPlace } from '../../../r4/errors/text-place.js';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { BytePlaces } from './byte-places.js';
import { LargeBody } from './large-body.js';

const meter = new JsonMeter({ depthLimit: 9, valuesLimit: 9, mostEntries: 9 }, true);
/** Nothing begins between the two characters of CRLF. */
const texts = fc
  .array(fc.constantFrom('a', 'ü', '€', '😀', '\n', '\r\n', '\r', ' '), { minLength: 1 })
  .filter((parts) => parts.every((one, i) => one !== '\r' || !parts[i + 1]?.startsWith('\n')));

describe('the place of a byte in a large body', () => {
  it('is that of its character in the text, in whatever order places are asked about', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.boolean(), fc.nat(20), async (parts, isMarked, cut) => {
        const text = parts.join('');
        const bytes = Buffer.from((isMarked ? '\uFEFF' : '') + text);
        const body = new LargeBody([bytes.subarray(0, cut), bytes.subarray(cut)], meter);
        const places = new BytePlaces(body);
        const starts = parts.map((_, i) => parts.slice(0, i).join(''));
        for (const before of [...starts, ...starts.toReversed()]) {
          const offset = Buffer.byteLength(before) + (isMarked ? 3 : 0);
          expect(await places.at(offset)).toEqual(textPlace(text, before.length));
        }
      }),
    );
  });
});

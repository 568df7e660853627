import { describe, expect, it } from 'vitest';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { LargeBody } from './large-body.js';

const meter = new JsonMeter({ depthLimit: 100, valuesLimit: 100, mostEntries: 0 }, false);

describe('the text of a large body', () => {
  const text = '{"a":"Käse, 漢字, 𝒳"}';

  it.each([1, 2, 3, 7, 1000])('is what was sent, in chunks of %i bytes, with a byte order mark or without', (size) => {
    for (const sent of [text, `\ufeff${text}`]) {
      const bytes = Buffer.from(sent);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const body = new LargeBody(chunks, meter);
      expect(body.text()).toBe(text);
      expect(body.take()).toBe(text);
      expect(body.take()).toBe('');
    }
  });
});

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JsonMeter } from './json-meter.js';

afterEach(() => void vi.restoreAllMocks());

/** Entries and values that the meter counts in a text that comes in chunks of so many bytes. */
function metered(text: string, size: number): object {
  const meter = new JsonMeter({ depthLimit: 100, valuesLimit: 1000, mostEntries: 10 }, true);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) meter.look(bytes.subarray(at, at + size));
  const { entries, count, list, values } = meter;
  return { entries, count, list, values };
}

describe('JsonMeter', () => {
  /** Strings of some hundred characters with quotes, backslashes and others between plain text. */
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom('"', '\\', '\\"', 'ä', '𝒳', ',', '{'),
        fc.nat(200).map((n) => 'x'.repeat(n)),
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join(''));

  it('finds the same in long strings, whatever they hold and wherever chunks end', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 300 }), (one, other, size) => {
        const sent = JSON.stringify({ note: one, entry: [{ a: other }, one], after: other });
        expect(metered(sent, size)).toEqual(metered(sent, 1));
        expect(metered(sent, size)).toMatchObject({ count: 2, values: 7 });
      }),
    );
  });

  it('searches for the end of a string once in a chunk, however many escapes stand in it', () => {
    const bytes = Buffer.from(`"${`${'x'.repeat(80)}\\n`.repeat(700)}`);
    const search = vi.spyOn(Buffer.prototype, 'indexOf');
    const meter = new JsonMeter({ depthLimit: 100, valuesLimit: 1000, mostEntries: 10 }, false);
    for (let i = 0; i < 3; i++) meter.look(bytes);
    expect(search.mock.calls.length).toBeGreaterThan(0);
    // For the quote, and for the escape before it.
    expect(search.mock.calls.length).toBeLessThanOrEqual(3 * 2);
  });

  it('does not look at each byte of a long string', () => {
    const bytes = Buffer.from(`"${'x'.repeat(60_000)}`);
    let read = 0;
    const watched = new Proxy(bytes, {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) read++;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    new JsonMeter({ depthLimit: 100, valuesLimit: 1000, mostEntries: 10 }, false).look(watched);
    expect(read).toBeLessThan(200);
  });
});

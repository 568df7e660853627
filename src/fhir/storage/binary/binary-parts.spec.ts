import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inParts, partSize, slicesOf } from './binary-parts.js';

it('cuts what arrives into parts of one size, of which only the last is smaller', async () => {
  const length = fc.oneof(fc.nat(partSize * 2), fc.constantFrom(0, 1, partSize - 1, partSize, partSize + 1));
  await fc.assert(
    fc.asyncProperty(fc.array(length, { maxLength: 5 }), async (lengths) => {
      const whole = Buffer.alloc(lengths.reduce((sum, each) => sum + each, 0));
      for (let at = 0; at + 4 <= whole.length; at += 4096) whole.writeUInt32BE(at, at);
      let start = 0;
      const chunks = lengths.map((each) => whole.subarray(start, (start += each)));
      const parts: Buffer[] = [];
      for await (const part of inParts(chunks)) parts.push(part);
      expect(Buffer.concat(parts).equals(whole)).toBe(true);
      expect(parts.slice(0, -1).every((part) => part.length === partSize)).toBe(true);
      expect(parts.every((part) => part.length > 0 && part.length <= partSize)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('makes parts that are whole as base64', () => {
  expect(partSize % 3).toBe(0);
});

it('finds the bytes of a range in the parts that have them, in slices of which each is small', () => {
  const size = fc.oneof(fc.nat(3), fc.integer({ min: partSize - 1, max: 3 * partSize }));
  const sizes = fc.array(size, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), fc.boolean(), (given, one, other, isUsual) => {
      const parts = isUsual ? given.map(() => partSize) : given;
      const total = parts.reduce((sum, each) => sum + each, 0);
      fc.pre(total > 0);
      const [first, last] = [one % total, other % total].toSorted((a, b) => a - b) as [number, number];
      const slices = [...slicesOf({ first, last }, isUsual ? undefined : parts)];
      let next = first;
      for (const { part, offset, length } of slices) {
        const begin = parts.slice(0, part).reduce((sum, each) => sum + each, 0);
        expect(begin + offset).toBe(next);
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(partSize);
        expect(offset + length).toBeLessThanOrEqual(parts[part]!);
        next += length;
      }
      expect(next).toBe(last + 1);
    }),
  );
});

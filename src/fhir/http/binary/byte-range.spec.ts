// RFC 9110, sections 13.1.5 and 14
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCurrentFor, RangeNotSatisfiable, readRange } from './byte-range.js';

const size = fc.integer({ min: 1, max: 1_000 });
const position = fc.integer({ min: 0, max: 2_000 });

describe('readRange', () => {
  it('takes the bytes from the one to the other, as far as there are any', () => {
    fc.assert(
      fc.property(size, position, position, (bytes, from, more) => {
        const read = () => readRange(`bytes=${from}-${from + more}`, bytes);
        if (from >= bytes) expect(read).toThrow(RangeNotSatisfiable);
        else expect(read()).toEqual({ first: from, last: Math.min(from + more, bytes - 1) });
      }),
    );
  });

  it('takes all from one on, and the last ones', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 2_000 }), (bytes, count) => {
        expect(readRange(`bytes=-${count}`, bytes)).toEqual({ first: Math.max(bytes - count, 0), last: bytes - 1 });
        if (count < bytes) expect(readRange(`bytes=${count}-`, bytes)).toEqual({ first: count, last: bytes - 1 });
      }),
    );
  });

  it('never leaves the content, whatever the header', () => {
    const likely = fc.stringMatching(/^(bytes|lines|Bytes)?[= ]{0,2}[0-9]{0,22} ?-{0,2}[0-9]{0,22}(,[0-9]-[0-9])?$/);
    fc.assert(
      fc.property(fc.oneof(likely, fc.string()), fc.integer({ min: 0, max: 100 }), (header, bytes) => {
        try {
          const range = readRange(header, bytes);
          if (!range) return;
          expect(range.first).toBeGreaterThanOrEqual(0);
          expect(range.last).toBeGreaterThanOrEqual(range.first);
          expect(range.last).toBeLessThan(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeNotSatisfiable);
        }
      }),
    );
  });

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-1,4-5',
    'bytes=a-b',
    'lines=0-1',
    'bytes=1--2',
  ])('takes all for %j', (header) => {
    expect(readRange(header, 10)).toBeUndefined();
  });

  it('takes all of what is empty', () => {
    expect(readRange('bytes=0-0', 0)).toBeUndefined();
    expect(readRange('bytes=-5', 0)).toBeUndefined();
  });

  it('tells the size to who asks for none of it', () => {
    const expected = expect.objectContaining({
      status: 416,
      headers: expect.objectContaining({ 'content-range': 'bytes */10' }),
    });
    for (const header of ['bytes=10-', 'bytes=10-11', 'bytes=-0', 'bytes=99999999999999999999999-']) {
      expect(() => readRange(header, 10), header).toThrow(expected);
    }
  });
});

describe('isCurrentFor', () => {
  const version = { lastUpdated: '2024-05-01T10:00:00.123Z' } as Parameters<typeof isCurrentFor>[1];

  it.each([
    [undefined, true],
    ['Wed, 01 May 2024 10:00:00 GMT', true],
    ['Wed, 01 May 2024 10:00:01 GMT', false],
    ['W/"1"', false],
    ['"1"', false],
    ['nonsense', false],
  ])('of If-Range %j is %s', (header, expected) => {
    expect(isCurrentFor(header, version)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { readMaxStale } from './max-stale.js';

const read = (header: string, others = {}) => readMaxStale({ 'cache-control': header, ...others });

describe('max-stale', () => {
  it.each([
    ['max-stale=30', 30],
    ['max-stale=0', 0],
    ['Max-Stale="30"', 30],
    ['max-age=0, max-stale=5', 5],
    ['max-stale', Infinity],
    ['max-stale=5, max-stale=60', 5],
  ])('is read from %s', (header, seconds) => {
    expect(read(header)).toBe(seconds);
  });

  it.each(['max-age=30', 'max-stale=', 'max-stale=-1', 'max-stale=1.5', 'max-stale=9999999999', 'x-max-stale=3', ''])(
    'is not in %j',
    (header) => {
      expect(read(header)).toBeUndefined();
    },
  );

  it('counts for nothing beside a wish for what is there now', () => {
    expect(read('no-cache, max-stale=30')).toBeUndefined();
    expect(read('max-stale=30, no-store')).toBeUndefined();
    expect(read('max-stale=30', { 'if-none-match': 'W/"1"' })).toBeUndefined();
    expect(read('max-stale=30', { 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' })).toBeUndefined();
    expect(readMaxStale({})).toBeUndefined();
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { httpDate } from './answer.js';

it('writes an instant like toUTCString', () => {
  const years = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(httpDate(date.toISOString())).toBe(date.toUTCString());
    }),
  );
});

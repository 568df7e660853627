import fc from 'fast-check';
import { expect, it } from 'vitest';
import { httpDate, readHttpDate } from './http-date.js';

it('writes an instant like toUTCString', () => {
  const years = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(httpDate(date.toISOString())).toBe(date.toUTCString());
    }),
  );
});

it.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37'],
  ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00'],
])('reads the form %s of RFC 9110', (text, instant) => {
  expect(readHttpDate(text)).toBe(instant);
});

it.each([
  '',
  'today',
  '2024-01-01',
  '1704067200',
  'Fri, 30 Feb 2024 00:00:00 GMT',
  'Mon, 01 Foo 2024 00:00:00 GMT',
  'Mon, 01 Jan 2024 25:00:00 GMT',
  'Mon, 01 Jan 2024 00:00:00 +0100',
  'Mon, 01 Jan 2024 00:00:00',
])('takes %j for no date', (text) => {
  expect(readHttpDate(text)).toBeUndefined();
});

it('reads what it writes', () => {
  const years = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(readHttpDate(httpDate(date.toISOString()))).toBe(date.toISOString().slice(0, 19));
    }),
  );
});

import { describe, expect, it } from 'vitest';
import { isDate, isDateTime, isInstant, isTime } from './date-format.js';

// https://hl7.org/fhir/R4/datatypes.html#dateTime
describe('dates and times of R4', () => {
  it.each(['2012', '2012-02', '2012-02-29', '2000-02-29', '1900-02-28', '2012-12-31', '2012-04-30'])(
    'know the day %s',
    (text) => {
      expect(isDate(text)).toBe(true);
      expect(isDateTime(text)).toBe(true);
      expect(isInstant(text)).toBe(false);
    },
  );

  it.each([
    '1980-02-31',
    '2011-02-29',
    '1900-02-29',
    '2012-04-31',
    '2012-13',
    '2012-00-01',
    '2012-01-00',
    '0000',
    '12',
  ])('refuse the day %s', (text) => {
    expect(isDate(text)).toBe(false);
    expect(isDateTime(text)).toBe(false);
    expect(isInstant(`${text}T10:00:00Z`)).toBe(false);
  });

  it.each([
    '2015-02-07T13:28:17Z',
    '2015-02-07T13:28:17.239+02:00',
    '2015-06-30T23:59:60Z',
    '2015-02-07T00:00:00-14:00',
  ])('know the moment %s', (text) => {
    expect(isDateTime(text)).toBe(true);
    expect(isInstant(text)).toBe(true);
    expect(isDate(text)).toBe(false);
  });

  it.each([
    '2015-02-07T24:00:00Z',
    '2015-02-07T13:28Z',
    '2015-02-07T13:28:17',
    '2015-02-07T13:28:17.Z',
    '2015-02-07T13:28:17+14:30',
    '2015-02-30T13:28:17Z',
    '2015-02T13:28:17Z',
    '2015-02-07 13:28:17Z',
    '2015-02-07T13:28:17Z\n',
    ' 2015-02-07',
  ])('refuse the moment %j', (text) => {
    expect(isDateTime(text)).toBe(false);
    expect(isInstant(text)).toBe(false);
  });

  it('know times of day, which have seconds and no zone', () => {
    expect(['00:00:00', '23:59:59.5', '23:59:60'].map(isTime)).toEqual([true, true, true]);
    expect(['24:00:00', '10:00', '10:00:00Z', '1:00:00'].map(isTime)).toEqual([false, false, false, false]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMicrosecond, parseDateInterval, wholeMicroseconds } from './date-interval.js';

const microseconds = (instant: string): string => (BigInt(Date.parse(instant)) * 1000n).toString();

describe('parseDateInterval', () => {
  it.each([
    ['2024', '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['2024-02', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2024-12', '2024-12-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2024-01-31T10:30', '2024-01-31T10:30:00Z', '2024-01-31T10:31:00Z'],
    ['2024-01-31T10:30:15', '2024-01-31T10:30:15Z', '2024-01-31T10:30:16Z'],
    ['2024-01-31T23:30:15-05:00', '2024-02-01T04:30:15Z', '2024-02-01T04:30:16Z'],
    ['2024-01-31T10:30:15.1+01:00', '2024-01-31T09:30:15.100Z', '2024-01-31T09:30:15.200Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
    ['0099', '0099-01-01T00:00:00Z', '0100-01-01T00:00:00Z'],
    ['9999-12-31', '9999-12-31T00:00:00Z', '+010000-01-01T00:00:00Z'],
  ])('reads %s as the interval of its precision', (text, low, high) => {
    expect(parseDateInterval(text, 'UTC')).toEqual({ low: microseconds(low), high: microseconds(high) });
  });

  it.each([
    ['2024', 'Europe/Berlin', '2023-12-31T23:00:00Z', '2024-12-31T23:00:00Z'],
    ['2024-03-31', 'Europe/Berlin', '2024-03-30T23:00:00Z', '2024-03-31T22:00:00Z'],
    ['2024-10-27', 'Europe/Berlin', '2024-10-26T22:00:00Z', '2024-10-27T23:00:00Z'],
    ['2024-10-27T02:30', 'Europe/Berlin', '2024-10-27T00:30:00Z', '2024-10-27T00:31:00Z'],
    ['2024-10-27T02:30Z', 'Europe/Berlin', '2024-10-27T02:30:00Z', '2024-10-27T02:31:00Z'],
    // Midnight is left out: the day begins at one.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['1919-03-31', 'America/Toronto', '1919-03-31T04:30:00Z', '1919-04-01T04:00:00Z'],
  ])('reads %s without a zone as one of %s', (text, timeZone, low, high) => {
    expect(parseDateInterval(text, timeZone)).toEqual({ low: microseconds(low), high: microseconds(high) });
  });

  it('refuses a time that the clocks of the zone leave out', () => {
    expect(parseDateInterval('2024-03-31T02:30:00', 'Europe/Berlin')).toBeUndefined();
  });

  it('keeps every digit that is written', () => {
    const second = BigInt(microseconds('2024-01-01T00:00:00Z'));
    expect(parseDateInterval('2024-01-01T00:00:00.0000015Z', 'UTC')).toEqual({
      low: `${second + 1n}.5`,
      high: `${second + 1n}.6`,
    });
    expect(parseDateInterval('2024-01-01T00:00:00.000001999Z', 'UTC')).toEqual({
      low: `${second + 1n}.999`,
      high: `${second + 2n}`,
    });
    expect(parseDateInterval('1969-12-31T23:59:59.999999Z', 'UTC')).toEqual({ low: '-1', high: '0' });
    expect(parseDateInterval('1969-12-31T23:59:59.9999995Z', 'UTC')).toEqual({ low: '-0.5', high: '-0.4' });
  });

  it('rounds to whole microseconds, down and up', () => {
    const rounded = ['7', '7.5', '-7', '-7.5', '-0.5'].map((time) => [wholeMicroseconds(time), nextMicrosecond(time)]);
    expect(rounded).toEqual([
      [7n, 7n],
      [7n, 8n],
      [-7n, -7n],
      [-8n, -7n],
      [-1n, 0n],
    ]);
  });

  it.each([
    '1980-02-31',
    '2023-02-29',
    '2024-00',
    '2024-13',
    '2024-01-00',
    '2024-01-32',
    '0000',
    '24',
    '2024-1-1',
    '2024-01-01T',
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:60:00Z',
    '2024-01-01T10:00:61Z',
    '2024-01-01T10Z',
    '2024-01-01T10:00:00+15:00',
    '2024-01-01T10:00:00+01:60',
    '2024-01-01 10:00',
    '20240101',
    '2024-01-01T10:00:00.Z',
    ' 2024',
    '2024\n',
    '',
    'today',
    `2024-01-01T00:00:00.${'1'.repeat(100_000)}Z`,
  ])('refuses %.30j', (text) => {
    expect(parseDateInterval(text, 'UTC')).toBeUndefined();
  });

  it('agrees with Date on every instant', () => {
    const instants = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        const low = BigInt(date.getTime()) * 1000n;
        expect(parseDateInterval(date.toISOString(), 'UTC')).toEqual({ low: `${low}`, high: `${low + 1000n}` });
      }),
    );
  });

  it('never throws and never turns an interval around', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^\d{4}(-\d\d){0,2}(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z?)?$/)),
        (text) => {
          const interval = parseDateInterval(text, 'UTC');
          if (interval) expect(BigInt(interval.low) < BigInt(interval.high)).toBe(true);
        },
      ),
    );
  });
});

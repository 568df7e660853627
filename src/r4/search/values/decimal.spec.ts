import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber as WrittenDecimal } from '../../json/json.js';
import { add, compareDecimals, decimalText, multiply, numberText, parseDecimal, decimalInterval } from './decimal.js';

const interval = (text: string): readonly [string, string] | undefined => {
  const decimal = parseDecimal(text);
  if (!decimal) return undefined;
  const { low, high } = decimalInterval(decimal);
  return [decimalText(low), decimalText(high)];
};

describe('decimals', () => {
  it.each([
    ['5.40', ['5.395', '5.405']],
    ['5.4', ['5.35', '5.45']],
    ['100', ['99.5', '100.5']],
    ['1E2', ['50', '150']],
    ['1e-3', ['0.0005', '0.0015']],
    ['1e+21', ['500000000000000000000', '1500000000000000000000']],
    ['0', ['-0.5', '0.5']],
    ['-0.10', ['-0.105', '-0.095']],
    [
      '0.1000000000000000055511151231257827',
      ['0.10000000000000000555111512312578265', '0.10000000000000000555111512312578275'],
    ],
  ])('%s spans what its significant digits leave open', (text, expected) => {
    expect(interval(text)).toEqual(expected);
  });

  it.each(['', 'abc', '1.', '.5', '--1', '1e', '1E999999999', '1e-500', 'NaN', 'Infinity', ' 1', '9'.repeat(10_000)])(
    'refuses %.20j',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  it('reads numbers of resources by their own digits', () => {
    expect(numberText(1.5)).toBe('1.5');
    expect(numberText(new WrittenDecimal('1.50'))).toBe('1.50');
    expect(numberText('1.5')).toBeUndefined();
  });

  it('compute exactly', () => {
    const numbers = fc.record({
      digits: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      scale: fc.integer({ min: -20, max: 20 }),
    });
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        expect(compareDecimals(parseDecimal(decimalText(left))!, left)).toBe(0);
        const sum = add(left, right);
        expect(compareDecimals(add(sum, { digits: -right.digits, scale: right.scale }), left)).toBe(0);
        expect(decimalText(multiply(left, right))).toBe(decimalText(multiply(right, left)));
        expect(compareDecimals(left, right)).toBe(-compareDecimals(right, left) + 0);
        const { low, high } = decimalInterval(left);
        expect(compareDecimals(low, left)).toBe(-1);
        expect(compareDecimals(left, high)).toBe(-1);
      }),
    );
  });
});

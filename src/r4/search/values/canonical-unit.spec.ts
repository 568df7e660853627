import { describe, expect, it, vi } from 'vitest';
import { canonicalUnit, ucumCodeOf } from './canonical-unit.js';
import { decimalText } from './decimal.js';

const canonical = (code: string): readonly [string, string] | undefined => {
  const unit = canonicalUnit(code);
  return unit && [decimalText(unit.factor), unit.code];
};

describe('canonicalUnit', () => {
  it.each([
    ['mg', ['0.001', 'g1']],
    ['kg/m2', ['1000', 'm-2.g1']],
    ['mm[Hg]', ['133322', 'm-1.s-2.g1']],
    ['%', ['0.01', '1']],
    ['10*3/uL', ['1000000000000', 'm-3']],
    ['[in_i]', ['0.0254', 'm1']],
    ['{score}', ['1', '1']],
  ])('converts %s by %j', (code, expected) => {
    expect(canonical(code)).toEqual(expected);
    expect(canonical(code)).toEqual(expected);
  });

  it.each(['Cel', '[degF]', '[pH]', '[IU]/L', 'foo', '', 'm'.repeat(1000)])('leaves %.10j alone', (code) => {
    expect(canonicalUnit(code)).toBeUndefined();
  });

  it('tells units that do not convert from what is no unit', () => {
    expect(['mg', 'Cel', '[IU]/L'].map(ucumCodeOf)).toEqual(['mg', 'Cel', '[IU]/L']);
    for (const code of ['foo', '', 'm'.repeat(1000), ' mg']) expect(ucumCodeOf(code), code).toBeUndefined();
  });

  it('takes no time for what has more products than any unit has', () => {
    const of = (terms: number) => Array.from({ length: terms }, () => 'm').join('.');
    expect(ucumCodeOf(of(11))).toBe(of(11));
    expect(ucumCodeOf(of(12))).toBeUndefined();
  });

  it('knows the code that is meant', () => {
    expect(['gram', 'degF', 'IU'].map(ucumCodeOf)).toEqual(['g', '[degF]', '[IU]']);
  });

  it('writes nothing to the console, whatever was sent', () => {
    const log = vi.spyOn(console, 'log');
    for (const code of ['mm Hg', 'mm\tHg', 'x\u2028y', '((', '{', 'm..m', '10**']) ucumCodeOf(code);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});

import { describe, expect, it } from 'vitest';
import type { Filter } from '../r4/search/query/filter.js';
import { type Grant, simplify } from './grant.js';

const filter = (code: string, value: string): Filter => ({
  parameter: { code, type: 'token', url: `https://x.example/${code}`, base: ['Observation'] },
  values: [{ kind: 'token', code: value }],
});
const within: NonNullable<Grant['within']> = { owner: { kind: 'patient', id: 'p1' }, membership: 'compartment' };

describe('simplify', () => {
  it('drops what a wider grant reaches anyway', () => {
    expect(simplify([{ within, where: [] }, { where: [] }, { where: [], only: 'a' }])).toEqual([{ where: [] }]);
    expect(
      simplify([
        { within, where: [filter('a', '1'), filter('b', '1')] },
        { within, where: [filter('a', '1')] },
      ]),
    ).toEqual([{ within, where: [filter('a', '1')] }]);
  });

  it('keeps grants that only overlap', () => {
    const grants: Grant[] = [
      { within, where: [] },
      { where: [filter('a', '1')] },
      { where: [filter('a', '2')] },
      { where: [], only: 'x' },
    ];
    expect(simplify(grants)).toHaveLength(4);
  });

  it('keeps one of two that are equal, in a stable order', () => {
    const one: Grant = { where: [filter('a', '1'), filter('b', '1')] };
    const same: Grant = { where: [filter('b', '1'), filter('a', '1')] };
    expect(simplify([one, same])).toHaveLength(1);
    const other: Grant = { where: [filter('c', '1')] };
    expect(simplify([one, other])).toEqual(simplify([other, one]));
  });
});

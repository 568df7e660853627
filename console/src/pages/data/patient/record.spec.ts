import { describe, expect, it } from 'vitest';
import { countsIn, may } from './record.js';

describe('operations on a record', () => {
  it('are counted by type', () => {
    const part = [
      { name: 'type', valueCode: 'Observation' },
      { name: 'count', valueUnsignedInt: 3 },
    ];
    const parameter = [
      { name: 'changed', part },
      { name: 'other', part },
    ];
    expect(countsIn({ parameter }, 'changed')).toEqual([{ type: 'Observation', count: 3 }]);
  });

  it('are offered for permissions that lie in several rows of the same type', () => {
    const mine = {
      types: [
        { type: 'Patient', permissions: 'rs', reach: ['all'] },
        { type: 'Patient', permissions: 'u', reach: ['record of Patient/1'] },
      ],
    };
    expect([may(mine, 'Patient', 'ru'), may(mine, 'Patient', 'rd'), may(mine, 'Basic', 'r')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

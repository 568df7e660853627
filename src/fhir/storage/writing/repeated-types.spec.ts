import { expect, it } from 'vitest';
import { RepeatedTypes } from './repeated-types.js';

const after = (...updates: readonly ('same' | 'other')[]): boolean => {
  const types = new RepeatedTypes();
  for (const update of updates) types.note('Patient', update === 'same');
  return types.isRepeated('Patient');
};

it.each([
  [false, []],
  [false, ['same']],
  [true, ['same', 'same']],
  [false, ['same', 'same', 'other']],
  [true, ['same', 'same', 'same', 'same', 'same', 'other']],
  [false, ['same', 'same', 'same', 'same', 'same', 'other', 'other']],
  [false, ['other', 'other', 'other', 'same']],
  [true, ['other', 'other', 'other', 'same', 'same']],
] as const)('%s after %j', (isRepeated, updates) => {
  expect(after(...updates)).toBe(isRepeated);
});

it('knows each type by itself', () => {
  const types = new RepeatedTypes();
  for (let i = 0; i < 3; i++) types.note('Patient', true);
  expect(types.isRepeated('Observation')).toBe(false);
});

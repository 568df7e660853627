import { expect, it, vi } from 'vitest';
import { type Refusal, Refused } from '../refusal/refusal.js';
import { LaterRefusal } from './later-refusal.js';

it('finds the reasons when somebody is told, and once', () => {
  const refusal: Refusal = { code: 'scope-missing', fact: 'There is none.', cure: 'Ask for one.' };
  const reasons = vi.fn<() => Refused>(() => new Refused([refusal]));
  const later = new LaterRefusal(reasons);
  expect(reasons).not.toHaveBeenCalled();
  expect(later.refused.refusals).toEqual([refusal]);
  expect(later.refused).toBe(later.refused);
  expect(reasons).toHaveBeenCalledOnce();
});

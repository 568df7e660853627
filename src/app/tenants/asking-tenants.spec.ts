import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AskingTenants } from './asking-tenants.js';

const [calm, loud, third] = [2, 3, 4];

let asking: AskingTenants;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  asking = new AskingTenants();
});
afterEach(() => void vi.useRealTimers());

it('a tenant that nobody else asks beside is alone', () => {
  asking.note(loud);
  asking.note(loud);
  expect(asking.hasOthers(loud)).toBe(false);
});

it('one that asked long ago, and is still served, has others while they ask', () => {
  asking.note(loud);
  vi.advanceTimersByTime(5000);
  asking.note(calm);
  expect([asking.hasOthers(loud), asking.hasOthers(calm)]).toEqual([true, false]);
});

it('others count for a second after their last request, however many came since', () => {
  asking.note(calm);
  asking.note(third);
  vi.advanceTimersByTime(999);
  asking.note(loud);
  asking.note(loud);
  expect(asking.hasOthers(loud)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(asking.hasOthers(loud)).toBe(false);
});

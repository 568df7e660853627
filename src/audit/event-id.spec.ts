import { version } from 'uuid';
import { expect, it } from 'vitest';
import { newEventId } from './event-id.js';

it('makes ids that differ, also beyond what is fetched at a time, and tell their time', () => {
  const before = Date.now();
  const ids = Array.from({ length: 2000 }, newEventId);
  expect(new Set(ids).size).toBe(2000);
  expect(new Set(ids.map((id) => id.slice(14)))).toHaveProperty('size', 2000);
  for (const id of ids) {
    expect(version(id)).toBe(7);
    const at = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
});

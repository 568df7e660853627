import { validate, version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextEventId } from './event-id.js';

const instantOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('nextEventId', () => {
  afterEach(() => void vi.useRealTimers());

  it('gives UUIDv7 of the present instant', () => {
    const before = Date.now();
    const id = nextEventId();
    expect(validate(id) && version(id)).toBe(7);
    expect(instantOf(id)).toBeGreaterThanOrEqual(before);
    expect(instantOf(id)).toBeLessThanOrEqual(Date.now());
  });

  it('gives each once, in order, within one millisecond and when the clock is set back', () => {
    vi.useFakeTimers({ now: Date.now() + 60_000 });
    const ids = Array.from({ length: 5_000 }, nextEventId);
    vi.setSystemTime(Date.now() - 30_000);
    ids.push(...Array.from({ length: 5_000 }, nextEventId));
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  it('does not let one id tell the next', () => {
    const tails = Array.from({ length: 1_000 }, () => nextEventId().slice(-12));
    expect(new Set(tails).size).toBe(1_000);
  });
});

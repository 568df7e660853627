import type { DoctorResult, Recorder } from '../doctor-result.js';
import { phrase } from '../words/say.js';

/** HTTP dates have whole seconds. */
const resolutionMs = 1000;

/** Seconds that another clock is ahead of ours, from its `Date` header; undefined when it sends none. */
export function clockOffset(headers: Headers, askedAt: number, answeredAt: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return undefined;
  const age = Number(headers.get('age') ?? 0) * 1000;
  // The date was written some time between question and answer, and stands for any moment of its second.
  const earliest = date + age - answeredAt;
  const latest = date + age + resolutionMs - askedAt;
  if (earliest <= 0 && latest >= 0) return 0;
  return (earliest > 0 ? earliest : latest) / 1000;
}

/** Judges a clock offset: tokens are refused if it is larger than the allowed skew. */
export function judgeClock(
  found: Recorder,
  whose: `clock.of-${'database' | 'issuer' | 'address' | 'terminology'}`,
  offset: number,
  clockSkew: number,
): DoctorResult {
  const apart = Math.abs(offset);
  const seconds = Number(apart.toFixed(0));
  const state = apart < 1 ? phrase('clock.agrees') : phrase(offset > 0 ? 'clock.ahead' : 'clock.behind', { seconds });
  const values = { whose: phrase(whose), state, allowed: clockSkew };
  if (apart > clockSkew) return found.failed('clock', 'clock.beyond', values);
  return apart > clockSkew / 2 && apart >= 2
    ? found.warning('clock', 'clock', values)
    : found.ok('clock', 'clock', values);
}

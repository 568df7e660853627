import type { DoctorResult, Recorder } from './doctor-result.js';

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
export function judgeClock(found: Recorder, whose: string, offset: number, clockSkew: number): DoctorResult {
  const apart = Math.abs(offset);
  const words = apart < 1 ? 'agrees with ours' : `is ${apart.toFixed(0)} s ${offset > 0 ? 'ahead of' : 'behind'} ours`;
  const fact = `The clock of ${whose} ${words}; CLOCK_SKEW allows ${clockSkew} s.`;
  const cure = 'Let both machines keep time by NTP, and look which of the two is wrong.';
  if (apart > clockSkew)
    return found.failed('clock', fact, `${cure} Until then tokens may count too early or expire too soon.`);
  return apart > clockSkew / 2 && apart >= 2 ? found.warning('clock', fact, cure) : found.ok('clock', fact);
}

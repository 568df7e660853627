import { expect, it } from 'vitest';
import { readRefusals, refusalsWith } from './refusals.js';

const answer = {
  parameter: [
    {
      name: 'refusal',
      part: [
        { name: 'time', valueInstant: '2026-01-02T03:04:05Z' },
        { name: 'request-id', valueString: 'abc' },
        { name: 'request', valueString: 'GET /fhir/r4/Patient' },
        { name: 'reason', valueCoding: { code: 'scope-insufficient' } },
        { name: 'reason', valueCoding: { code: 'no-reach' } },
        { name: 'explanation', valueString: 'One.\n\nTwo.' },
      ],
    },
    { name: 'refusal', part: [{ name: 'time', valueInstant: '2026-01-01T00:00:00Z' }] },
  ],
};

it('reads each refusal with its reasons and facts, also one that says little', () => {
  expect(readRefusals(answer)).toEqual([
    {
      time: '2026-01-02T03:04:05Z',
      requestId: 'abc',
      request: 'GET /fhir/r4/Patient',
      reasons: ['scope-insufficient', 'no-reach'],
      facts: ['One.', 'Two.'],
    },
    { time: '2026-01-01T00:00:00Z', reasons: [], facts: [] },
  ]);
});

it('finds those of one request', () => {
  const refusals = readRefusals(answer);
  expect(refusalsWith(refusals, 'abc')).toHaveLength(1);
  expect(refusalsWith(refusals, 'ab')).toEqual([]);
  expect(refusalsWith(refusals, '')).toHaveLength(2);
});

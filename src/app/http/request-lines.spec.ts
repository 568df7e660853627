import { describe, expect, it } from 'vitest';
import { RequestLines } from './request-lines.js';
import type { RequestFacts } from '../../observability/request-facts.js';

const factsOf = (status: number, reasons?: readonly string[]): RequestFacts => ({
  requestId: 'r',
  method: 'GET',
  route: '/fhir/r4/:type',
  interaction: 'search-type',
  type: 'Patient',
  status,
  durationMs: 1,
  ...(reasons && { reasons }),
});

function logged() {
  const statuses: number[] = [];
  const leftOut: (readonly [string, number])[] = [];
  const lines = new RequestLines({
    request: ({ status }) => void statuses.push(status),
    leftOut: (reason, count) => void leftOut.push([reason, count]),
  });
  return { lines, statuses, leftOut };
}

describe('the lines of requests', () => {
  it('are bounded for a flood of refusals, and tell how many were left out', () => {
    const { lines, statuses, leftOut } = logged();
    for (let i = 0; i < 5_000; i++) {
      lines.tell(factsOf(401, ['token-malformed', 'scope-missing']), `203.0.${i & 255}.7`);
      lines.tell(factsOf(429), '203.0.113.7');
    }
    expect(statuses.length).toBe(200);
    expect(leftOut).toEqual([]);
    lines.close();
    expect(Object.fromEntries(leftOut)).toEqual({ 'token-malformed': 4_810, 'http-429': 4_990 });
  });

  it('are there for everything else, however much it is, and for probes that fail', () => {
    const { lines, statuses, leftOut } = logged();
    for (let i = 0; i < 300; i++) lines.tell(factsOf(i % 2 === 0 ? 200 : 404), '203.0.113.7');
    for (let i = 0; i < 300; i++) lines.tell(factsOf(503, ['keys-unavailable']), '203.0.113.7');
    lines.tell({ ...factsOf(200), interaction: 'health' }, '203.0.113.7');
    lines.tell({ ...factsOf(503), interaction: 'health' }, '203.0.113.7');
    lines.close();
    expect([statuses.length, leftOut]).toEqual([601, []]);
  });
});

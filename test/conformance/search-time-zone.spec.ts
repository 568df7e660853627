// TIME_ZONE: dates without a zone, in resources and searches, against clocks that are looked at one quarter of an hour after the other
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { matchesDate, prefixes } from '../support/naive-search.js';
import { zonedInterval } from '../support/naive-time-zone.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

/** Havana's clocks go from 0:00 to 1:00 and from 1:00 to 0:00, New York's from 2:00 to 3:00 and from 2:00 to 1:00, on the same days. */
const zones = ['America/New_York', 'America/Havana'];

const days = [
  '2000',
  '2000-04',
  '2000-10',
  '2000-04-01',
  '2000-04-02',
  '2000-04-03',
  '2000-10-28',
  '2000-10-29',
  '2000-10-30',
];
const instants = [
  '2000-04-02T04:59:59Z',
  '2000-04-02T05:00:00Z',
  '2000-04-02T07:00:00Z',
  '2000-04-03T03:59:59Z',
  '2000-10-29T03:59:59Z',
  '2000-10-29T04:00:00Z',
  '2000-10-29T05:30:00Z',
  '2000-10-29T06:30:00Z',
  '2000-10-30T00:30:00-04:00',
  '2000-10-30T04:59:59Z',
  '2000-10-30T05:00:00Z',
];
/** None of them is left out by either zone. */
const times = [
  '2000-04-02T01:30:00',
  '2000-04-02T03:30:00',
  '2000-10-29T00:30:00',
  '2000-10-29T01:30:00',
  '2000-10-30T00:00:00',
];

const written = fc.constantFrom(...days, ...instants);
const asked = fc.constantFrom(...days, ...instants, ...times);
const prefix = fc.constantFrom(...prefixes);

/** Validation compares what is written where one of two dates has no time. */
const isWrittenInOrder = (start: string, end: string): boolean => {
  const shared = Math.min(start.length, end.length, 10);
  return start.slice(0, shared) <= end.slice(0, shared);
};

describe.each(zones)('where dates without a zone are those of %s', (zone) => {
  const patients = days.map((birthDate, at) => ({ resourceType: 'Patient', id: `p${at}`, birthDate }));
  const observations = [...days, ...instants].map((effectiveDateTime, at) => ({
    resourceType: 'Observation',
    id: `o${String(at).padStart(2, '0')}`,
    status: 'final',
    code: { text: 'x' },
    effectiveDateTime,
  }));
  const encounters = fc
    .sample(fc.record({ start: written, end: written }), 80)
    .filter(({ start, end }) => zonedInterval(start, zone).low < zonedInterval(end, zone).high)
    .filter(({ start, end }) => isWrittenInOrder(start, end))
    .map((period, at) => ({
      resourceType: 'Encounter',
      id: `e${String(at).padStart(2, '0')}`,
      status: 'finished',
      class: { code: 'AMB' },
      period,
    }));

  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startServer({ TIME_ZONE: zone, VALIDATION: 'structure', AUDIT: 'off' });
    token = server.token('user/*.cruds');
    const body = aBundle('batch', ...[...patients, ...observations, ...encounters].map(putting));
    const answer = await server.call('POST', '', { token, body });
    const stored = answer.text.match(/"status":"201/g)?.length ?? 0;
    const sent = patients.length + observations.length + encounters.length;
    if (stored < sent) throw new Error(answer.text.slice(0, 2000));
  });
  afterAll(() => server?.close());

  const interval = (text: string) => zonedInterval(text, zone);
  const rows = {
    'Patient?birthdate': patients.map(({ id, birthDate }) => ({ id, dates: interval(birthDate) })),
    'Observation?date': observations.map(({ id, effectiveDateTime }) => ({ id, dates: interval(effectiveDateTime) })),
    'Encounter?date': encounters.map(({ id, period: { start, end } }) => ({
      id,
      dates: { low: interval(start).low, high: interval(end).high },
    })),
  };

  it.each(Object.entries(rows))(
    '%s finds what a look at every resource finds',
    { timeout: 120_000 },
    async (query, all) => {
      let found = 0;
      await fc.assert(
        fc.asyncProperty(prefix, asked, async (by, date) => {
          const path = `${query}=${by}${encodeURIComponent(date)}&_count=1000`;
          const { status, body, text } = await server.call('GET', path, { token });
          expect(status, text).toBe(200);
          const ids = (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
          const expected = all.filter(({ dates }) => matchesDate(by, interval(date), dates)).map(({ id }) => id);
          expect(ids, path).toEqual(expected.toSorted());
          found += ids.length;
        }),
        { numRuns: isFull ? 150 : 50 },
      );
      expect(found).toBeGreaterThan(0);
    },
  );
});

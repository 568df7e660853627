import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../errors/fhir-error.js';
import { parseHistory } from './parse-history.js';

const settings = { searchCountDefault: 20, searchCountMax: 100, timeZone: 'UTC' };
const parse = (query: string) => parseHistory(new URLSearchParams(query), settings);

function refusal(query: string): InvalidRequest {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof InvalidRequest) return error;
    throw error;
  }
  throw new Error(`${query} was taken.`);
}

describe('parseHistory', () => {
  it('takes a history newest first when nothing is asked', () => {
    expect(parse('')).toEqual({ request: { count: 20, newestFirst: true }, canonical: '_count=20' });
  });

  it('reads every parameter', () => {
    const query = '_sort=_lastUpdated&_count=7&_since=2024-05-01T10:00:00.5%2B02:00&_at=2024-05&_cursor=abc';
    expect(parse(query)).toEqual({
      request: {
        count: 7,
        newestFirst: false,
        since: '1714550400500000',
        at: { low: '1714521600000000', high: '1717200000000000' },
      },
      cursor: 'abc',
      canonical: '_at=2024-05&_since=2024-05-01T10%3A00%3A00.5%2B02%3A00&_sort=_lastUpdated&_count=7',
    });
    expect(parse('_sort=-_lastUpdated').request.newestFirst).toBe(true);
  });

  it('bounds _count', () => {
    expect(parse('_count=5000').request.count).toBe(100);
  });

  it('writes the same query in one spelling, with what shapes the answer', () => {
    expect(parse('_summary=text&_format=json&_pretty=true').canonical).toBe(
      parse('_pretty=true&_summary=text&_format=json').canonical,
    );
    expect(parse('_format=json').canonical).not.toBe(parse('').canonical);
    expect(parse('_elements=id').canonical).toBe('_elements=id&_count=20');
  });

  it.each([
    ['_since=2024', /_since=2024-05-01T10:00:00Z/],
    ['_since=2024-05-01', /an instant/],
    ['_since=2024-05-01T10:00Z', /an instant/],
    ['_since=2024-05-01T10:00:00', /zone/],
    ['_since=2024-13-01T10:00:00Z', /is not an instant/],
    ['_since=2024-05-01T10:00:00+02:00', /%2B/],
    ['_since=', /is not an instant/],
    ['_at=yesterday', /_at=2024-05 /],
    ['_at=2024-02-30', /is not a date/],
    ['_at=gt2024', /is not a date/],
    ['_count=0', /1 and more/],
    ['_count=-1', /1 and more/],
    ['_count=x', /1 and more/],
    ['_sort=id', /-_lastUpdated.*_lastUpdated/],
    ['_sort=', /-_lastUpdated/],
    ['_sort=_lastUpdated,-_lastUpdated', /-_lastUpdated/],
    ['_count=1&_count=1', /more than once/],
    ['_since=2024-05-01T10:00:00Z&_since=2024-05-01T10:00:00Z', /more than once/],
  ])('refuses %s, with its place and what would be right', (query, text) => {
    const { status, issues } = refusal(query);
    expect(status).toBe(400);
    expect(issues[0]!.diagnostics).toMatch(text);
    expect(issues[0]!.location).toEqual([`http.${query.split('=')[0]}`]);
  });

  it.each(['_id=1', '_list=1', 'status=final', '__proto__=1', '_Since=2024', 'x\u0000=1'])(
    'refuses %s and lists what a history takes',
    (query) => {
      expect(refusal(query).message).toContain(
        'It takes _at, _count, _elements, _format, _pretty, _since, _sort, _summary.',
      );
    },
  );

  it('suggests what was meant', () => {
    expect(refusal('_sinse=2024-05-01T10:00:00Z').message).toContain('Did you mean _since?');
  });
});

import { describe, expect, it } from 'vitest';
import type { Criterion } from '../../../../r4/search/query/criterion.js';
import { parseFilter } from '../../../../r4/search/values/parse-filter.js';
import { SearchParameters } from '../../../../r4/search/parameters/search-parameters.js';
import { splitEntries } from './split-entries.js';

const r4 = new SearchParameters();
const filter = (code: string, text: string): Criterion => ({
  kind: 'filter',
  filter: parseFilter(r4.find('Observation', code)!, text, { base: '', timeZone: 'UTC' }),
});

/** Entries with their separators to be seen, and how many criteria are left. */
function split(...criteria: readonly Criterion[]) {
  const { entries, others } = splitEntries(criteria);
  return [entries.map((entry) => entry.replaceAll('\u001f', '␟')), others];
}

describe('splitEntries', () => {
  const date = filter('date', 'ge2020');
  const code = filter('code', 'http://loinc.org|8867-4');

  it('takes what a row must hold as it is', () => {
    expect(split(filter('patient', 'Patient/p1'), code, filter('code', '|x'), date)).toEqual([
      ['patient␟Patient/p1', 'code␟8867-4␟http://loinc.org', 'code␟x␟'],
      [date],
    ]);
  });

  it.each([
    ['a code of any system', filter('code', '8867-4')],
    ['any code of a system', filter('code', 'http://loinc.org|')],
    ['one of several values', filter('code', 'http://a|x,http://a|y')],
    ['a reference to any type', filter('subject', 'p1')],
    ['a URL, which may have a version', filter('subject', 'https://other.example/Patient/p1')],
    ['an id', filter('_id', 'o1')],
  ])('leaves %s', (_what, criterion) => {
    expect(split(criterion)).toEqual([[], [criterion]]);
  });

  it('leaves all beside a negation or a link', () => {
    const not: Criterion = { kind: 'not', of: code };
    expect(split(code, not)).toEqual([[], [code, not]]);
  });
});

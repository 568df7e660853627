import { describe, expect, it } from 'vitest';
import { parseParameter } from '../../r4/search/query/parse-parameter.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { filterPredicate } from './predicates/filters/filter-predicate.js';
import { ascending } from './many-values.js';
import { BindParameters } from './session/statement.js';

const r4 = new SearchParameters();

function compiled(type: string, name: string, value: string) {
  const [code = '', modifier] = name.split(':');
  const settings = { base: '', timeZone: 'UTC', type, findByUrl: (url: string) => r4.findByUrl(url) };
  const criterion = parseParameter({ parameter: r4.find(type, code)!, modifier, value }, settings);
  if (criterion.kind !== 'filter') throw new Error(`${name} is no filter.`);
  const parameters = new BindParameters();
  const text = filterPredicate(criterion.filter, 'r', parameters);
  return { length: text.length, parameters: parameters.values.length };
}

const day = (n: number): string => new Date(Date.UTC(1990, 0, n)).toISOString().slice(0, 10);

describe('thousands of values of one parameter (ADR 54)', () => {
  it.each<readonly [string, string, (n: number) => string]>([
    ['Observation', 'code', (n) => `c${n}`],
    ['Observation', 'code', (n) => `http://loinc.org|c${n}`],
    ['Observation', 'code:text', (n) => `text ${n}`],
    ['Observation', 'subject', (n) => `p${n}`],
    ['Observation', 'subject', (n) => `Patient/p${n}`],
    ['Observation', 'subject:identifier', (n) => `p${n}`],
    ['Patient', '_id', (n) => `p${n}`],
    ['Patient', 'name', (n) => `name${n}`],
    ['Patient', 'name:exact', (n) => `name${n}`],
    ['ValueSet', 'url', (n) => `http://example.org/${n}`],
    ['ValueSet', 'url:below', (n) => `http://example.org/${n}`],
    ['Observation', 'date', day],
    ['Observation', 'date', (n) => `${['gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ne'][n % 7]}${day(n)}`],
    ['Observation', '_lastUpdated', (n) => `${['', 'ge', 'lt', 'ne', 'ap'][n % 5]}${day(n)}`],
    ['Observation', 'value-quantity', (n) => String(n)],
    ['Observation', 'value-quantity', (n) => `${['gt', 'lt', 'ne', ''][n % 4]}${n}|http://unitsofmeasure.org|mg`],
    ['RiskAssessment', 'probability', (n) => `${['ge', 'le', 'sa', 'eb', ''][n % 5]}${n}`],
  ])('%s?%s: are one condition, however many', (type, name, value) => {
    const of = (count: number) =>
      compiled(type, name, Array.from({ length: count }, (_, n) => value(n + 1000)).join(','));
    const [thousand, thousands] = [of(1000), of(3000)];
    expect(thousands).toEqual(thousand);
    expect(thousands.parameters).toBeLessThan(20);
  });

  it('intervals in the order of their starts have the last end so far', () => {
    const intervals = [
      ['5', '6.5'],
      ['-1', '2'],
      ['10', '11'],
      ['1', '8'],
      ['1', '3'],
    ].map(([low = '', high = '']) => ({ low, high }));
    expect(ascending(intervals)).toEqual({ lows: ['-1', '1', '1', '5', '10'], highs: ['2', '8', '8', '8', '11'] });
  });
});

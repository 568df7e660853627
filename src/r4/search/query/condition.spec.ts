import { describe, expect, it } from 'vitest';
import { parseCondition } from './condition.js';
import { SearchOffer } from '../parameters/search-offer.js';
import { SearchParameters } from '../parameters/search-parameters.js';

const parameters = new SearchParameters();
const offer = new SearchOffer(parameters);
for (const type of ['Patient', 'Observation']) offer.add(...parameters.forType(type).values());
const settings = {
  offer,
  base: 'http://localhost:3000/fhir/r4',
  timeZone: 'UTC',
  searchValues: 10_000,
  chainDepth: 8,
  maySearch: () => true,
};

const keyOf = (text: string, type = 'Patient') => parseCondition(type, new URLSearchParams(text), settings).key;

describe('a condition', () => {
  it('has one key for every spelling and order', () => {
    const key = keyOf('identifier=http://a|1,http://b|2&birthdate=2000-01-01');
    expect(keyOf('birthdate=2000-01-01&identifier=http://b|2,http://a|1')).toBe(key);
    expect(keyOf('birthdate=eq2000-01-01&identifier=http%3A%2F%2Fa%7C1%2Chttp://b%7C2')).toBe(key);
    expect(keyOf('birthdate=2000-01-01&birthdate=2000-01-01&identifier=http://b|2,http://a|1')).toBe(key);
  });

  it('has different keys for what means something else', () => {
    const texts = [
      'identifier=a|1',
      'identifier=a|2',
      'identifier=1',
      'identifier=|1',
      'identifier=a|1&identifier=a|2',
    ];
    const other = ['_id=1', 'birthdate=2000', 'birthdate=gt2000', 'name=a', 'family=a', 'identifier=a|1,a|2'];
    expect(new Set([...texts, ...other].map((text) => keyOf(text))).size).toBe(texts.length + other.length);
    expect(keyOf('_id=1', 'Observation')).not.toBe(keyOf('_id=1'));
  });

  it.each([
    ['', /needs a search criterion/],
    ['_count=1', /_count is no criterion/],
    ['identifier=1&_sort=name', /_sort is no criterion/],
    ['identifier=1&_include=Patient:organization', /_include is no criterion/],
    ['identifier=', /has no value/],
    ['identifer=1', /identifier/],
    ['birthdate=yesterday', /birthdate/],
    ['_id=1&'.repeat(51), /50 criteria at most/],
  ])('is refused: "%s"', (text, fact) => {
    expect(() => keyOf(text)).toThrow(fact);
  });
});

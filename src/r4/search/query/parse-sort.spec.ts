// https://hl7.org/fhir/R4/search.html#sort
import { describe, expect, it } from 'vitest';
import { parseSort } from './parse-sort.js';
import { SearchOffer } from '../parameters/search-offer.js';
import { SearchParameters } from '../parameters/search-parameters.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

const parameters = new SearchParameters();
const offer = new SearchOffer(parameters);
offer.add(...[...parameters.forType('Patient').values()].filter(({ expression }) => expression !== undefined));
const shoeSize: SearchParameter = {
  code: 'shoe-size',
  type: 'string',
  url: 'http://example.org/SearchParameter/shoe-size',
  base: ['Patient'],
  expression: 'Patient.name.text',
};
offer.add(shoeSize);

describe('parseSort', () => {
  it('reads keys in their order, descending after a minus', () => {
    expect(parseSort('-birthdate,family,_lastUpdated', ['Patient'], offer)).toEqual([
      { by: 'birthdate', descending: true },
      { by: 'family', descending: false },
      { by: '_lastUpdated', descending: false },
    ]);
  });

  it('drops what comes after the id, which ends every order of one type', () => {
    expect(parseSort('-_id,family', ['Patient'], offer)).toEqual([{ by: '_id', descending: true }]);
    expect(parseSort('_id,_lastUpdated', ['Patient', 'Basic'], offer)).toHaveLength(2);
  });

  it.each([
    ['shoe-size', /shoe-size was added to R4 by this server and does not sort/],
    ['--family', /"-family" is not a parameter of Patient that sorts/],
    ['Family', /Did you mean family\?/],
    ['_text', /_text/],
    [' family', /" family"/],
  ])('refuses %j with what sorts', (text, fact) => {
    expect(() => parseSort(text, ['Patient'], offer)).toThrow(fact);
    expect(() => parseSort(text, ['Patient'], offer)).toThrow(/Patient can be sorted by _id, .*birthdate/);
  });

  it('takes of several types only what all of them have a column for', () => {
    expect(() => parseSort('family', ['Patient', 'Practitioner'], offer)).toThrow(/_id and _lastUpdated only/);
  });
});

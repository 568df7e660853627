import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../r4/json/json.js';
import { comparisonWith } from './compare-patients.js';

const asked: JsonObject = {
  identifier: [{ system: 'urn:mrn', value: '1' }],
  name: [{ family: 'Müller', given: ['Anna', 'Maria'] }],
  birthDate: '1980-01-02',
  gender: 'female',
};
const grade = (stored: JsonObject) => comparisonWith(asked)(stored).grade;

describe('two patients', () => {
  it.each<[string, JsonObject, string]>([
    ['one identifier', { identifier: [{ system: 'urn:mrn', value: '1' }] }, 'certain'],
    ['one identifier and another birth date', { ...asked, birthDate: '1981-01-02' }, 'possible'],
    ['one identifier of another system', { identifier: [{ system: 'urn:other', value: '1' }] }, 'certainly-not'],
    [
      'names, however written, and the birth date',
      { name: [{ family: 'MULLER', given: ['anna'] }], birthDate: '1980-01-02' },
      'probable',
    ],
    ['the name without a birth date', { name: [{ family: 'Müller', given: ['Anna'] }] }, 'possible'],
    ['the birth date alone', { birthDate: '1980-01-02' }, 'possible'],
    ['the gender alone', { gender: 'female' }, 'certainly-not'],
    ['another family name', { ...asked, identifier: [], name: [{ family: 'Meier', given: ['Anna'] }] }, 'possible'],
    ['nothing', {}, 'certainly-not'],
  ])('with %s', (_, stored, expected) => {
    expect(grade(stored)).toBe(expected);
  });

  it('are compared with reasons', () => {
    expect(comparisonWith(asked)({ ...asked, gender: 'male' })).toEqual({
      grade: 'certain',
      score: 0.96,
      agrees: ['identifier', 'family name', 'given name', 'birth date'],
      differs: ['gender'],
    });
  });

  it('are compared by a bounded number of values', () => {
    const telecom = (count: number, length: number): JsonObject => ({
      ...asked,
      telecom: Array.from({ length: count }, (_, i) => ({ value: `${i}`.padEnd(length, 'x') })),
    });
    expect(comparisonWith(telecom(100, 1000))(telecom(1, 1000)).agrees).toContain('telecom');
    expect(() => comparisonWith(telecom(101, 10))).toThrow(/101 values of telecom; .match takes 100/);
    expect(() => comparisonWith(telecom(1, 1001))).toThrow(/a telecom of more than 1000 characters/);
    // What is stored has any size: longer values agree with none, and the first ones are looked at.
    const stored = { ...asked, telecom: [{ value: 'x'.repeat(1_000_000) }, ...(telecom(2000, 10)['telecom'] as [])] };
    expect(comparisonWith(telecom(1, 10))(stored).agrees).toContain('telecom');
  });
});

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../r4/json/json.js';
import { comparePatients } from './compare-patients.js';

const asked: JsonObject = {
  identifier: [{ system: 'urn:mrn', value: '1' }],
  name: [{ family: 'Müller', given: ['Anna', 'Maria'] }],
  birthDate: '1980-01-02',
  gender: 'female',
};
const grade = (stored: JsonObject) => comparePatients(asked, stored).grade;

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
    expect(comparePatients(asked, { ...asked, gender: 'male' })).toEqual({
      grade: 'certain',
      score: 0.96,
      agrees: ['identifier', 'family name', 'given name', 'birth date'],
      differs: ['gender'],
    });
  });
});

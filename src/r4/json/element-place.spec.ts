import { describe, expect, it } from 'vitest';
import { elementPlace } from './element-place.js';

const text = `{
  "resourceType": "Patient",
  "name": [{"given": ["a\\"]", "b"]},
    {"family": "x"}],
  "deceasedBoolean": true,
  "_birthDate": {"id": "b"}
}`;

describe('the place of an element in JSON text', () => {
  it.each([
    ['Patient', 1, 1],
    ['Patient.name', 3, 11],
    ['Patient.name[0].given[1]', 3, 31],
    ['Patient.name[1].family', 4, 16],
    ['Patient.deceased', 5, 22],
    ['Patient.birthDate', 6, 17],
    ['Patient.name[1].period.start', 4, 5],
    ['Patient.gender', 1, 1],
    ['Patient.name[7]', 3, 11],
  ])('%s is at line %i, column %i', (expression, line, column) => {
    expect(elementPlace(text, expression)).toEqual({ line, column });
  });

  it('is that of the nearest element around one that is not there, whatever the text', () => {
    for (const odd of ['', '[', '{"a"', '{"a":', '[1,2'])
      expect(elementPlace(odd, 'Patient.a[3].b')).toMatchObject({ line: 1 });
  });
});

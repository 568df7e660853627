import { describe, expect, it } from 'vitest';
import { referencedType } from './referenced-type.js';

const resource = { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'p' }, null] };

describe('referencedType', () => {
  it.each([
    [{ reference: 'Patient/1' }, 'Patient'],
    [{ reference: 'Patient/1/_history/2' }, 'Patient'],
    [{ reference: 'https://other.example/fhir/Practitioner/9' }, 'Practitioner'],
    [{ reference: '#p' }, 'Patient'],
    [{ reference: '#' }, 'Observation'],
    [{ reference: '#missing' }, undefined],
    [{ reference: 'urn:uuid:1' }, undefined],
    [{ reference: 'urn:uuid:1', type: 'Patient' }, 'Patient'],
    [{ type: 'Group', identifier: { value: '1' } }, 'Group'],
    [{ reference: 'Foo/1' }, undefined],
    [{ reference: 7 }, undefined],
    ['Patient/1', undefined],
    [null, undefined],
  ])('of %j is %s', (reference, expected) => {
    expect(referencedType(reference, resource)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { isResourceType, resourceTypes, suggestType } from './resource-types.js';

describe('resource types', () => {
  it('are the 146 concrete types of R4', () => {
    expect(resourceTypes.size).toBe(146);
    expect(isResourceType('Patient')).toBe(true);
    expect(isResourceType('Binary')).toBe(true);
  });

  it.each(['DomainResource', 'Resource', 'patient', 'HumanName', 'constructor', ''])('%j is none', (name) => {
    expect(isResourceType(name)).toBe(false);
  });

  it.each([
    ['patient', 'Patient'],
    ['Patients', 'Patient'],
    ['Observations', 'Observation'],
    ['Obsrevation', 'Observation'],
    ['medicationrequest', 'MedicationRequest'],
  ])('suggests for %s the type %s', (name, expected) => {
    expect(suggestType(name)).toBe(expected);
  });

  it.each(['Foo', 'x', 'index.php', 'P'.repeat(10_000)])('suggests nothing for %.20s', (name) => {
    expect(suggestType(name)).toBeUndefined();
  });
});

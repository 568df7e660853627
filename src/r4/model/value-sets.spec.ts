import { describe, expect, it } from 'vitest';
import { uncheckedValueSets, valueSetCodes } from './value-sets.js';

describe('value sets of required bindings', () => {
  it('have the codes of their code systems, children included', () => {
    const gender = valueSetCodes('http://hl7.org/fhir/ValueSet/administrative-gender');
    expect([...gender!.codes]).toEqual(['male', 'female', 'other', 'unknown']);
    expect([...gender!.systems.keys()]).toEqual(['http://hl7.org/fhir/administrative-gender']);
    expect(valueSetCodes('http://hl7.org/fhir/ValueSet/questionnaire-display-category')).toBeUndefined();
  });

  it('name, with the reason, the few that HL7 does not list', () => {
    expect([...uncheckedValueSets().keys()]).toEqual([
      'http://hl7.org/fhir/ValueSet/currencies',
      'http://hl7.org/fhir/ValueSet/mimetypes',
      'http://hl7.org/fhir/ValueSet/ucum-units',
      'http://loinc.org/vs/LL379-9',
    ]);
    expect([...uncheckedValueSets().values()].every((reason) => reason.length > 20)).toBe(true);
    expect(valueSetCodes('http://hl7.org/fhir/ValueSet/mimetypes')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { elementsOf, elementTypes, isPrimitiveType, propertyType, supertypes } from './elements.js';
import { resourceTypes } from './resource-types.js';

describe('elements of R4 types', () => {
  it('know type and repetition, inherited elements included', () => {
    expect(elementTypes('Patient', 'name')).toEqual({ types: ['HumanName'], repeats: true, choice: false });
    expect(elementTypes('Patient', 'text')).toEqual({ types: ['Narrative'], repeats: false, choice: false });
    expect(elementTypes('Patient', 'id')).toMatchObject({ types: ['id'] });
    expect(elementTypes('Age', 'value')).toMatchObject({ types: ['decimal'] });
  });

  it('know the code system that a code implies', () => {
    expect(elementTypes('Patient', 'gender')).toMatchObject({
      types: ['code'],
      system: 'http://hl7.org/fhir/administrative-gender',
    });
  });

  it('list every type of a choice under its FHIRPath name', () => {
    expect(elementTypes('Patient', 'deceased')).toEqual({
      types: ['boolean', 'dateTime'],
      repeats: false,
      choice: true,
    });
  });

  it('lead into backbone elements and references to other elements', () => {
    expect(elementTypes('Patient', 'contact')?.types).toEqual(['Patient.contact']);
    expect(elementTypes('Patient.contact', 'name')?.types).toEqual(['HumanName']);
    expect(elementTypes('Questionnaire.item', 'item')?.types).toEqual(['Questionnaire.item']);
    expect(elementTypes('Timing', 'repeat')?.types).toEqual(['Timing.repeat']);
  });

  it('tell the type of a JSON property', () => {
    expect(propertyType('Observation', 'valueQuantity')).toEqual({ type: 'Quantity', repeats: false });
    expect(propertyType('Observation', 'value')).toBeUndefined();
    expect(propertyType('Patient', '_birthDate')).toEqual({ type: 'Element', repeats: false });
    expect(propertyType('Bundle.entry', 'resource')).toEqual({ type: 'Resource', repeats: false });
    expect(propertyType('Attachment', 'url')).toEqual({ type: 'url', repeats: false });
    expect(propertyType('Narrative', 'div')).toEqual({ type: 'xhtml', repeats: false });
  });

  it.each(['constructor', '__proto__', 'toString', 'nothing'])('know no element %s', (name) => {
    expect(elementTypes('Patient', name)).toBeUndefined();
    expect(propertyType('Patient', name)).toBeUndefined();
    expect(elementsOf(name).size).toBe(0);
  });

  it('know what a type specialises', () => {
    expect(supertypes('Age')).toEqual(['Age', 'Quantity', 'Element']);
    expect(supertypes('Bundle')).toEqual(['Bundle', 'Resource']);
    expect(isPrimitiveType('canonical')).toBe(true);
    expect(isPrimitiveType('Coding')).toBe(false);
  });

  it('name only types that are defined', () => {
    const seen = new Set<string>();
    const visit = (type: string): void => {
      if (seen.has(type)) return;
      seen.add(type);
      expect(supertypes(type).at(-1)).toMatch(/^(Element|Resource)$/);
      for (const { types } of elementsOf(type).values()) types.forEach(visit);
    };
    resourceTypes.forEach(visit);
    expect(seen.size).toBeGreaterThan(600);
  });
});

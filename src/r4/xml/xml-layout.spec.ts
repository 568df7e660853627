import { describe, expect, it } from 'vitest';
import { layoutOf } from './xml-layout.js';

const names = (type: string): readonly string[] => [...layoutOf(type).elements.keys()];

describe('the XML layout of a type', () => {
  it('begins with what Resource and DomainResource define', () => {
    expect(names('Patient').slice(0, 10)).toEqual([
      'id',
      'meta',
      'implicitRules',
      'language',
      'text',
      'contained',
      'extension',
      'modifierExtension',
      'identifier',
      'active',
    ]);
  });

  it('writes id and url as attributes where FHIR does', () => {
    expect([...layoutOf('Extension').attributes]).toEqual(['id', 'url']);
    expect([...layoutOf('Patient.contact').attributes]).toEqual(['id']);
    expect([...layoutOf('Age').attributes]).toEqual(['id']);
    expect([...layoutOf('Patient').attributes]).toEqual([]);
    expect(names('Attachment')).toContain('url');
    expect(names('Extension')).not.toContain('url');
  });

  it('names every type of a choice, in one place of the order', () => {
    const { elements } = layoutOf('Patient');
    expect(elements.get('deceasedBoolean')).toMatchObject({ path: '.deceased', type: 'boolean', content: 'primitive' });
    expect(elements.get('deceasedDateTime')?.order).toBe(elements.get('deceasedBoolean')?.order);
    expect(elements.has('deceased')).toBe(false);
  });

  it('knows resources, narrative and backbone elements apart', () => {
    expect(layoutOf('Bundle.entry').elements.get('resource')).toMatchObject({ content: 'resource', repeats: false });
    expect(layoutOf('Patient').elements.get('contained')).toMatchObject({ content: 'resource', repeats: true });
    expect(layoutOf('Narrative').elements.get('div')?.content).toBe('xhtml');
    expect(layoutOf('Patient').elements.get('contact')).toMatchObject({ content: 'complex', type: 'Patient.contact' });
  });

  it('has the siblings of primitives as JSON properties only', () => {
    const { elements, properties } = layoutOf('Patient');
    expect(properties.get('_birthDate')).toBe(elements.get('birthDate'));
    expect(elements.has('_birthDate')).toBe(false);
    expect(properties.has('_name')).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { mentionsElement } from './mentions-element.js';
import { SearchParameters } from './search-parameters.js';

const r4 = new SearchParameters();
const mentions = (type: string, code: string, element: string) => mentionsElement(r4.find(type, code)!, type, element);

describe('which parameters depend on an element', () => {
  it.each([
    ['Patient', 'phone', 'telecom'],
    ['Patient', 'telecom', 'telecom'],
    ['Patient', 'email', 'telecom'],
    ['Patient', 'family', 'name'],
    ['Patient', 'phonetic', 'name'],
    ['Patient', 'death-date', 'deceased'],
    ['Patient', 'deceased', 'deceased'],
    ['Observation', 'value-quantity', 'value'],
    ['Observation', 'code-value-quantity', 'value'],
    ['Observation', 'code-value-quantity', 'code'],
    ['Observation', 'combo-value-concept', 'component'],
    ['Observation', 'patient', 'subject'],
    ['Condition', 'code', 'code'],
  ])('%s?%s: %s', (type, code, element) => {
    expect(mentions(type, code, element)).toBe(true);
  });

  it.each([
    ['Patient', 'family', 'telecom'],
    ['Patient', '_id', 'telecom'],
    ['Patient', '_lastUpdated', 'telecom'],
    ['Observation', 'date', 'value'],
    ['Observation', 'code', 'subject'],
  ])('not %s?%s: %s', (type, code, element) => {
    expect(mentions(type, code, element)).toBe(false);
  });

  it.each(['Patient.descendants().value', '%resource.telecom', 'Patient.children()', 'Patient.repeat(item)'])(
    'whatever may lead anywhere does: %s',
    (expression) => {
      const parameter = { code: 'x', type: 'token', url: 'urn:x', base: ['Patient'], expression } as const;
      expect(mentionsElement(parameter, 'Patient', 'photo')).toBe(true);
    },
  );
});

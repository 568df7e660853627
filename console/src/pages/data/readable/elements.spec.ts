import { expect, it } from 'vitest';
import en from '../../../messages/en.json' with { type: 'json' };
import { elementsOfType, isReadable, shownElements } from './elements.js';

it('the readable view has words for each element', () => {
  const names = new Set(
    Object.values(elementsOfType).flatMap((elements) => elements.map((one) => one.replace('[x]', ''))),
  );
  expect([...names].filter((name) => !(`element.${name}` in en))).toEqual([]);
});

it('a readable view is there for more than twenty types, and for no other', () => {
  expect(Object.keys(elementsOfType).length).toBeGreaterThanOrEqual(20);
  expect([isReadable('Patient'), isReadable('Basic'), isReadable('toString')]).toEqual([true, false, false]);
});

it('elements are shown if they are there, in the order of the view, whichever type they have', () => {
  const resource = { resourceType: 'Observation', status: 'final', valueQuantity: { value: 1 }, code: {} };
  expect(shownElements('Observation', resource).map(({ name }) => name)).toEqual(['code', 'value', 'status']);
  expect(shownElements('Patient', { deceasedBoolean: false })).toEqual([{ name: 'deceased', value: false }]);
});

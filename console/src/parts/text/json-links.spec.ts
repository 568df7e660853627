import { describe, expect, it } from 'vitest';
import { piecesOf, placeOf, referencesOf } from './json-links.js';

const base = 'https://fhir.example/fhir/r4';

describe('placeOf', () => {
  it.each([
    ['Patient/p1', '/data/Patient/p1'],
    [`${base}/Patient/p1`, '/data/Patient/p1'],
    ['Patient/p1/_history/2', '/data/Patient/p1/_history/2'],
    ['https://other.example/fhir/r4/Patient/p1', undefined],
    ['javascript:alert(1)', undefined],
    ['//evil.example/x', undefined],
    ['Patient/../../x', undefined],
    ['#contained', undefined],
    ['text/plain', undefined],
    ['urn:uuid:1', undefined],
  ])('%s: %s', (reference, place) => {
    expect(placeOf(reference, base)).toBe(place);
  });
});

describe('piecesOf', () => {
  const json = `{"a":{"reference":"Patient/p1"},"Patient/x":1,"b":"say \\"Patient/p2\\"","c":1.10,"d":"${base}/Group/g"}`;

  it('are the text, digit for digit', () => {
    expect(
      piecesOf(json, base)
        .map(({ text }) => text)
        .join(''),
    ).toBe(json);
  });

  it('lead from values, and not from names or from parts of values', () => {
    expect(referencesOf(json, base)).toEqual(['/data/Patient/p1', '/data/Group/g']);
  });
});

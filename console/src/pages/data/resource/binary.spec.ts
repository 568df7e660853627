import { describe, expect, it } from 'vitest';
import { contentOf, shownAs } from './binary.js';

describe('a Binary', () => {
  it.each([
    ['image/png', 'image'],
    ['image/svg+xml', 'page'],
    ['Text/HTML; charset=utf-8', 'page'],
    ['text/plain', 'text'],
    ['application/fhir+json', 'text'],
    ['application/pdf', 'nothing'],
    ['application/javascript', 'nothing'],
    ['', 'nothing'],
  ])('of %s is shown as %s', (contentType, shown) => {
    expect(shownAs(contentType)).toBe(shown);
  });

  it.each([[undefined], [null], ['text'], [{ contentType: 'a/b' }], [{ contentType: 'a/b', data: '%' }]])(
    'has no content in %j',
    (resource) => {
      expect(contentOf(resource)).toBeUndefined();
    },
  );

  it('has bytes', () => {
    const content = contentOf({ contentType: 'a/b', data: btoa('\u00ff1') });
    expect([...content!.bytes]).toEqual([255, 49]);
  });
});

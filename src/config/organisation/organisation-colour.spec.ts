import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourForms, isReadable, nearestReadable } from './organisation-colour.js';

const colour = fc.stringMatching(/^#[0-9a-f]{6}$/);

describe('the colour of an organisation', () => {
  it.each([
    ['#0f5e9c', true],
    ['#a3211f', true],
    ['#000000', true],
    ['#ffcc00', false],
    ['#ffffff', false],
    ['#7fb3e0', false],
  ])('%s can be read: %s', (text, expected) => {
    expect(isReadable(text)).toBe(expected);
  });

  it('has a readable one near it, itself where it is one', () => {
    fc.assert(fc.property(colour, (text) => isReadable(nearestReadable(text))));
    fc.assert(fc.property(colour, (text) => !isReadable(text) || nearestReadable(text) === text));
    expect(nearestReadable('#ffcc00')).toBe('#856a00');
  });

  it('gets lighter in dark', () => {
    expect(colourForms('#0f5e9c')).toEqual({
      light: '#0f5e9c',
      lightSoft: '#e7eff5',
      dark: expect.any(String) as string,
      darkSoft: expect.any(String) as string,
    });
    expect(colourForms('#000000').dark > '#7').toBe(true);
  });
});

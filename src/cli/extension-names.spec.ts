import { describe, expect, it } from 'vitest';
import { namesOf } from './extension-names.js';

describe('the names of an extension', () => {
  it.each([
    ['cardio', 'cardio', 'Cardio'],
    ['@acme/heart-rate', 'heart-rate', 'HeartRate'],
    ['@acme/x2-3d', 'x2-3d', 'X23d'],
    ['@acme.org/fs', 'fs', 'Fs'],
  ])('come from that of the package: %s', (name, kebab, pascal) => {
    expect(namesOf(name)).toEqual({ name, kebab, pascal });
  });

  it.each([
    ['Cardio', /"Cardio" is no name of an extension: .*Example: lanyard new extension @acme\/cardio$/],
    ['', /"" is no name/],
    ['../cardio', /is no name/],
    ['@acme', /is no name/],
    ['@acme/', /is no name/],
    ['@acme/a/b', /is no name/],
    ['a b', /is no name/],
    ['-cardio', /is no name/],
    ['cardio-', /is no name/],
    ['2cardio', /is no name/],
    ['ca_rdio', /is no name/],
    ['cardio\n', /"cardio\\n" is no name/],
    ['__proto__', /is no name/],
    ['a'.repeat(41), /has 41 characters; an extension has 40 at most/],
    ['fs', /"fs" is a name of Node\.js, npm or this server\. Put a scope before it: @acme\/fs/],
    ['lanyard-fhir', /Put a scope before it/],
  ])('%j is refused in one line', (name, message) => {
    expect(() => namesOf(name)).toThrow(message);
    expect(() => namesOf(name)).toThrow(/^[^\n]*$/);
  });
});

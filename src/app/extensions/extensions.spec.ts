// ADR 64: which versions fit, and who gets the server's copies
import { describe, expect, it } from 'vitest';
import { fits } from './check-manifest.js';
import { isServed, type ServerCopies } from './server-copies.js';

describe('a range of versions', () => {
  it.each([
    ['0.2.0', '^0.2.0', true],
    ['0.2.3', '^0.2.0', true],
    ['0.3.0', '^0.2.0', false],
    ['0.2.0-rc.1', '^0.2.0', true],
    ['0.2.0-rc.1', '^0.1.0', false],
    ['0.2.0-rc.1', '>=0.1.0', true],
    ['1.0.0-beta.2', '*', true],
    ['0.2.0+build.5', '0.2.0', true],
  ])('%s is of %s: %s', (version, range, is) => {
    expect(fits(version, range)).toBe(is);
  });
});

describe('a file of an extension', () => {
  const root = 'file:///srv/node_modules/@acme/cardio/';
  const copies: ServerCopies = {
    server: 'file:///app/dist/main.js',
    packages: [{ root, names: ['lanyard-fhir', '@nestjs/common', 'zod'] }],
  };

  it.each([
    ['lanyard-fhir/fhir', `${root}dist/index.js`, true],
    ['@nestjs/common', `${root}dist/index.js`, true],
    ['zod', `${root}dist/index.js`, true],
    ['zod-to-json', `${root}dist/index.js`, false],
    ['./zod', `${root}dist/index.js`, false],
    ['typeorm', `${root}dist/index.js`, false],
    ['zod', `${root}node_modules/other/index.js`, false],
    ['@nestjs/common', `${root}node_modules/other/index.js`, true],
    ['zod', 'file:///srv/node_modules/@acme/cardio-two/index.js', false],
    ['zod', undefined, false],
  ])('that imports %s from %s gets the copy of the server: %s', (specifier, parent, is) => {
    expect(isServed(specifier, parent, copies)).toBe(is);
  });
});

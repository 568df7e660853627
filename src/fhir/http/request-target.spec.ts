import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownAddress, readTarget } from './request-target.js';

const own = ownAddress('https://fhir.example/emr/');
const target = (text: string, host?: string): string => readTarget(text, host, own);

describe('the target of a request', () => {
  it.each([
    ['/fhir/r4/%24my-access', '/fhir/r4/$my-access'],
    ['/fhir/r4/%50atient/p%31', '/fhir/r4/Patient/p1'],
    ['/%66hir/r4/Patient', '/fhir/r4/Patient'],
    ['/emr/fhir/r4/Patient', '/fhir/r4/Patient'],
    ['/%65mr/fhir/r4/Patient', '/fhir/r4/Patient'],
    ['/fhir/r4/Patient?name=%24%41', '/fhir/r4/Patient?name=%24%41'],
    ['*', '/*'],
    ['*fhir/r4/Patient?x=*', '/*fhir/r4/Patient?x=*'],
  ])('has no needless escapes, and no path of PUBLIC_URL: %s', (given, read) => {
    expect(target(given)).toBe(read);
  });

  it.each([
    '/a%2Fb',
    '/a%2fb',
    '/a%5Cb',
    '/a%3Fb',
    '/a%23b',
    '/a%00',
    '/a%25',
    '/a%2524',
    '/a%252F',
    '/a%C3%A4',
    '/a%zz',
    '/a%%350',
    '/a%2',
  ])('keeps every other escape as it is: %s', (given) => {
    expect(target(given)).toBe(given);
  });

  it.each([
    ['https://fhir.example/emr/fhir/r4/Patient?x=1', undefined, '/fhir/r4/Patient?x=1'],
    ['HTTP://FHIR.example/fhir/r4/%50atient', undefined, '/fhir/r4/Patient'],
    ['http://10.0.0.1:3000/fhir/r4', '10.0.0.1:3000', '/fhir/r4'],
    ['http://fhir.example?x=/y', undefined, '/?x=/y'],
    ['http://evil.example/fhir/r4/Patient', 'fhir.example', 'http://evil.example/fhir/r4/Patient'],
    ['http://fhir.example@evil.example/fhir/r4', undefined, 'http://fhir.example@evil.example/fhir/r4'],
    ['http://fhir.example:80@evil.example/', undefined, 'http://fhir.example:80@evil.example/'],
    ['ftp://fhir.example/fhir/r4', undefined, 'ftp://fhir.example/fhir/r4'],
    ['//fhir.example/fhir/r4', undefined, '//fhir.example/fhir/r4'],
  ])('may name this server, and no other: %s', (given, host, read) => {
    expect(target(given, host)).toBe(read);
  });

  it('is read once: reading it again changes nothing, and it has the same segments', () => {
    const piece = fc.constantFrom(
      '%24',
      '%2F',
      '%2f',
      '%2E',
      '%25',
      '%252F',
      '%25%32%46',
      '%5C',
      '%50',
      '/',
      '.',
      'a',
      '$',
      '%',
      '%4',
      '%35',
      '%32',
      '0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/fhir/r4/${pieces.join('')}`;
        const read = target(path);
        expect(target(read)).toBe(read);
        expect(read.split('/').length).toBe(path.split('/').length);
        expect(decodes(read)).toBe(decodes(path));
      }),
    );
  });
});

/** Returns the path with all its escapes decoded. */
function decodes(path: string): string | undefined {
  try {
    return path.split('/').map(decodeURIComponent).join('\n');
  } catch {
    return undefined;
  }
}

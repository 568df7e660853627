// https://hl7.org/fhir/R4/http.html#mime-type; RFC 9110 section 12.5.1
import { describe, expect, it } from 'vitest';
import { acceptedFormat, formatOfType, namedFormat } from './formats.js';

describe('Accept', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['text/*', 'json'],
    ['application/fhir+json', 'json'],
    ['Application/FHIR+JSON', 'json'],
    ['application/json;charset=utf-8', 'json'],
    ['text/json', 'json'],
    ['application/fhir+xml', 'xml'],
    ['application/xml; charset=utf-8', 'xml'],
    ['text/xml', 'xml'],
    ['application/fhir+xml;fhirVersion=4.0', 'xml'],
    ['application/fhir+xml;fhirVersion="4.0.1"', 'xml'],
    ['application/fhir+xml, application/fhir+json', 'xml'],
    ['application/fhir+json, application/fhir+xml', 'json'],
    ['application/fhir+xml, */*', 'xml'],
    ['*/*, application/fhir+xml', 'xml'],
    ['application/fhir+json;q=0.5, application/fhir+xml;q=0.8', 'xml'],
    ['application/fhir+json;q=0.9, application/fhir+xml;q=0.85', 'json'],
    ['application/fhir+json;q=0.5, */*', 'xml'],
    ['application/fhir+json;q=0, */*;q=0.1', 'xml'],
    ['application/fhir+xml;fhirVersion=3.0, application/fhir+json', 'json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml'],
    ['application/fhir+xml;q=rubbish', 'xml'],
    [',, application/fhir+xml ,', 'xml'],
  ])('%s is answered in %s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });

  it.each([
    'text/html',
    'application/fhir+turtle',
    'application/fhir+json;q=0',
    '*/*;q=0.000',
    'application/fhir+xml; fhirVersion=5.0',
    'application/fhir+json; fhirVersion=3.0, application/fhir+xml; fhirVersion=1.0',
    'json',
    ',',
  ])('%s cannot be answered', (accept) => {
    expect(acceptedFormat(accept)).toBeUndefined();
  });

  it('is read in time that grows with its length', () => {
    const long = `${'application/fhir+xml;q=0.1,'.repeat(9000)}${'; q = '.repeat(9000)}`;
    expect(acceptedFormat(long)).toBe('xml');
  });
});

describe('_format', () => {
  it.each([
    'json',
    'application/fhir+json',
    'application/fhir json',
    'application/json',
    'text/json',
    'json;charset=utf-8',
  ])('%s is JSON', (name) => {
    expect(namedFormat(name)).toBe('json');
  });

  it.each([
    'xml',
    'application/fhir+xml',
    'application/fhir xml',
    'application/xml',
    'text/xml',
    'application/fhir+xml;fhirVersion=4.0',
    'application/fhir xml; fhirVersion=4.0',
  ])('%s is XML', (name) => {
    expect(namedFormat(name)).toBe('xml');
  });

  it.each([
    'jsonp',
    'xmls',
    'ttl',
    'html',
    '*/*',
    'application/fhir+xml;fhirVersion=3.0',
    'application/fhir',
    '__proto__',
  ])('%s is not offered', (name) => {
    expect(namedFormat(name)).toBeUndefined();
  });
});

it('reads the format of a Content-Type', () => {
  expect(
    ['application/fhir+xml; charset=utf-8', 'TEXT/XML', 'application/json', 'text/plain'].map(formatOfType),
  ).toEqual(['xml', 'xml', 'json', undefined]);
});

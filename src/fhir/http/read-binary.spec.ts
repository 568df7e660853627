// https://hl7.org/fhir/R4/binary.html#rest
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../model/fhir-error.js';
import { readBinary } from './read-binary.js';

const read = (text: string, contentType: string) => readBinary(Buffer.from(text), contentType, 100);
const xml = '<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/></Binary>';
const json = '{"resourceType":"Binary","contentType":"text/plain"}';
const bundle = `{"resourceType":"Bundle","entry":[{"resource":${json}}]}`;

describe('readBinary', () => {
  it.each([
    [json, 'application/fhir+json'],
    [`\ufeff ${json}`, 'application/json; charset=utf-8'],
    [xml, 'application/fhir+xml'],
    [`<?xml version="1.0"?>\n<!-- a --> <!-- <b> -->\n${xml}`, 'text/xml'],
  ])('reads the Binary %j that came as %s', (text, contentType) => {
    expect(read(text, contentType)).toEqual({ resourceType: 'Binary', contentType: 'text/plain' });
  });

  it.each([
    ['{"resourceType":"Patient"}', 'application/fhir+json'],
    ['<Patient xmlns="http://hl7.org/fhir"/>', 'application/fhir+xml'],
    [bundle, 'application/json'],
    ['not JSON', 'application/json'],
    ['', 'application/json'],
    ['<html><Binary></html>', 'application/xml'],
    ['<!-- <Binary> ', 'text/xml'],
    ['<Binaries/>', 'text/xml'],
  ])('takes %j that came as %s for content', (text, contentType) => {
    expect(read(text, contentType)).toBeUndefined();
  });

  it.each([
    ['', 'application/fhir+json'],
    ['[]', 'application/fhir+json'],
    ['{"resourceType":', 'application/fhir+json'],
    ['<html/>', 'application/fhir+xml'],
    ['{"resourceType":"Binary"', 'application/json'],
    ['<Binary xmlns="http://hl7.org/fhir">', 'text/xml'],
  ])('refuses %j that came as %s', (text, contentType) => {
    expect(() => read(text, contentType)).toThrow(InvalidRequest);
  });

  it('takes bytes that are no UTF-8 for content, unless they are called FHIR', () => {
    const bytes = Buffer.from(xml.replace('plain', 'pl\u00e4in'), 'latin1');
    expect(readBinary(bytes, 'text/xml', 100)).toBeUndefined();
    expect(() => readBinary(bytes, 'application/fhir+xml', 100)).toThrow(InvalidRequest);
  });

  it('looks at long text once', () => {
    for (const text of [' '.repeat(5_000_000), '<!-- -->'.repeat(500_000), '<? ?> '.repeat(500_000)]) {
      expect(read(text, 'text/xml')).toBeUndefined();
    }
  });
});

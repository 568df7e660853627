// https://hl7.org/fhir/R4/binary.html#rest
import { describe, expect, it } from 'vitest';
import { largeDocuments } from '../../../../test/support/large-documents.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { FhirOptions } from '../../fhir-options.js';
import { BodyMemory } from '../body/body-memory.js';
import { readBinary } from './read-binary.js';
import { BodyReader } from '../body/read-body.js';

const options = { depthLimit: 100, valuesLimit: 1000 } as FhirOptions;
const bodies = new BodyReader(new BodyMemory(options), largeDocuments(), options);
const read = (text: string, contentType: string) => readBinary(Buffer.from(text), contentType, bodies);
const xml = '<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/></Binary>';
const json = '{"resourceType":"Binary","contentType":"text/plain"}';
const bundle = `{"resourceType":"Bundle","entry":[{"resource":${json}}]}`;

describe('readBinary', () => {
  it.each([
    [json, 'application/fhir+json'],
    [`\ufeff ${json}`, 'application/json; charset=utf-8'],
    [xml, 'application/fhir+xml'],
    [`<?xml version="1.0"?>\n<!-- a --> <!-- <b> -->\n${xml}`, 'text/xml'],
  ])('reads the Binary %j that came as %s', async (text, contentType) => {
    expect(await read(text, contentType)).toEqual({ resourceType: 'Binary', contentType: 'text/plain' });
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
  ])('takes %j that came as %s for content', async (text, contentType) => {
    expect(await read(text, contentType)).toBeUndefined();
  });

  it.each([
    ['', 'application/fhir+json'],
    ['[]', 'application/fhir+json'],
    ['{"resourceType":', 'application/fhir+json'],
    ['<html/>', 'application/fhir+xml'],
    ['{"resourceType":"Binary"', 'application/json'],
    ['<Binary xmlns="http://hl7.org/fhir">', 'text/xml'],
  ])('refuses %j that came as %s', async (text, contentType) => {
    await expect(read(text, contentType)).rejects.toThrow(InvalidRequest);
  });

  it('takes bytes that are no UTF-8 for content, unless they are called FHIR', async () => {
    const bytes = Buffer.from(xml.replace('plain', 'pl\u00e4in'), 'latin1');
    expect(await readBinary(bytes, 'text/xml', bodies)).toBeUndefined();
    await expect(readBinary(bytes, 'application/fhir+xml', bodies)).rejects.toThrow(InvalidRequest);
  });

  it('looks at long text once', async () => {
    for (const text of [' '.repeat(5_000_000), '<!-- -->'.repeat(500_000), '<? ?> '.repeat(500_000)]) {
      expect(await read(text, 'text/xml')).toBeUndefined();
    }
  });
});

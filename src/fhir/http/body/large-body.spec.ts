import { describe, expect, it } from 'vitest';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { XmlMeter } from '../../../r4/xml/xml-meter.js';
import { largeDocuments } from '../../../../test/support/large-documents.js';
import { takeLargeText } from '../../../r4/json/large-text.js';
import type { FhirOptions } from '../../fhir-options.js';
import type { FhirCall } from '../fhir-request.js';
import { BodyMemory } from './body-memory.js';
import { LargeBody } from './large-body.js';
import { BodyReader } from './read-body.js';

const meter = new JsonMeter({ depthLimit: 100, valuesLimit: 100, mostEntries: 0 }, false);

describe('the text of a large body', () => {
  const text = '{"a":"Käse, 漢字, 𝒳"}';

  it.each([1, 2, 3, 7, 1000])(
    'is what was sent, in chunks of %i bytes, with a byte order mark or without',
    async (size) => {
      for (const sent of [text, `\ufeff${text}`]) {
        const bytes = Buffer.from(sent);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        const body = new LargeBody(chunks, meter);
        expect(body.text()).toBe(text);
        expect(await body.take()).toBe(text);
        expect(await body.take()).toBe('');
      }
    },
  );
});

describe('a resource that is read from a large body', () => {
  const options = {
    bodyMemory: 1e6,
    callerShare: 1,
    requestTimeout: 1,
    depthLimit: 100,
    valuesLimit: 100,
  } as FhirOptions;
  const bodies = new BodyReader(new BodyMemory(options), largeDocuments(), options);
  const read = (text: string, of: LargeBody['meter'], contentType: string) =>
    bodies.resource(
      { large: new LargeBody([Buffer.from(text)], of), body: '', contentType } as unknown as FhirCall,
      'Basic',
    );

  it('keeps its text for whoever checks it, once, if that is JSON', async () => {
    const text = '{ "resourceType": "Basic" }';
    const resource = await read(text, meter, 'application/fhir+json');
    expect([takeLargeText(resource), takeLargeText(resource)]).toEqual([text, undefined]);
    const xml = await read('<Basic xmlns="http://hl7.org/fhir"/>', new XmlMeter(100), 'application/fhir+xml');
    expect(takeLargeText(xml)).toBeUndefined();
  });
});

// https://hl7.org/fhir/R4/extensibility.html#Extension.url, https://hl7.org/fhir/R4/references.html#contained
import { expect, it } from 'vitest';
import type { JsonObject } from '../json/json.js';
import { validateResource } from './validate-resource.js';

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
const aPatient = (more: JsonObject): JsonObject => ({ resourceType: 'Patient', text: narrative, ...more });
const extension = { url: 'http://example.org/e', valueString: 'a' };
const findings = (resource: JsonObject): readonly string[] =>
  validateResource(resource).map(({ code, expression, severity }) => `${severity} ${code} ${expression}`);

it.each<[string, JsonObject, readonly string[]]>([
  [
    'an extension whose url is not absolute',
    aPatient({
      extension: [{ url: 'e', valueString: 'a' }],
      name: [{ extension: [{ url: 'f', valueString: 'a' }] }],
    }),
    ['error relative-url Patient.extension[0].url', 'error relative-url Patient.name[0].extension[0].url'],
  ],
  [
    'one on the value of an extension',
    aPatient({ extension: [{ ...extension, _valueString: { extension: [{ url: 'e', valueString: 'a' }] } }] }),
    ['error relative-url Patient.extension[0].value.extension[0].url'],
  ],
])('finds %s', (_, resource, expected) => {
  expect(findings(resource)).toEqual(expected);
});

it('takes parts of an extension by relative urls, and a contained resource that only the narrative shows', () => {
  const parts = [{ url: 'a', valueString: 'x' }];
  const div = '<div xmlns="http://www.w3.org/1999/xhtml"><img src="#i" alt="an image"/></div>';
  const image = { resourceType: 'Binary', id: 'i', contentType: 'image/png', data: 'YQ==' };
  const resource = aPatient({
    text: { status: 'generated', div },
    contained: [image],
    extension: [{ url: 'http://example.org/e', extension: parts }],
  });
  expect(findings(resource)).toEqual([]);
});

// ADR 51: what is accepted can be read
import { expect, it } from 'vitest';
import type { JsonObject } from '../json/json.js';
import { validateResource } from './validate-resource.js';

const aPatient = (content: JsonObject): JsonObject => ({ resourceType: 'Patient', ...content });
const anObservation = (content: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  ...content,
});
const narrative = { status: 'generated' };

it.each<[string, JsonObject, string]>([
  [
    'a narrative with an entity of HTML',
    aPatient({ text: { ...narrative, div: '<div xmlns="http://www.w3.org/1999/xhtml">a&nbsp;b</div>' } }),
    'Patient.text.div: expected the character itself, or its number as in &#160;; found &nbsp;, an entity of HTML.',
  ],
  [
    'a narrative that is no XML after something else is wrong',
    aPatient({ text: { ...narrative, div: '<div xmlns="http://www.w3.org/1999/xhtml"><font>a</div>' } }),
    'Patient.text.div: expected </font>; found </div.',
  ],
  ['U+FFFE', aPatient({ name: [{ family: 'a\ufffe' }] }), 'Patient.name[0].family: expected characters that XML can'],
  ['U+FFFF in an id', aPatient({ name: [{ id: '\uffff' }] }), 'Patient.name[0].id: expected characters that XML can'],
  ['U+0001 in a uri', aPatient({ implicitRules: 'urn:\u0001' }), 'Patient.implicitRules: expected characters that'],
  ['U+0001 in a date', aPatient({ birthDate: '\u0001' }), 'Patient.birthDate: expected characters that XML can'],
  [
    'U+0001 in a code',
    anObservation({ code: { coding: [{ code: 'a\u0001' }] } }),
    'Observation.code.coding[0].code: expected characters that XML can',
  ],
  [
    'U+0001 in a canonical',
    aPatient({ meta: { profile: ['http://e.x/\u0001'] } }),
    'Patient.meta.profile[0]: expected characters that XML can',
  ],
  [
    'half of a surrogate pair',
    aPatient({ extension: [{ url: 'urn:\ud800', valueString: 'a' }] }),
    'Patient.extension[0].url: expected characters that XML can hold; found U+D800.',
  ],
])('refuses what no XML can hold at either level: %s', (_, resource, text) => {
  for (const level of ['strict', 'structure'] as const) {
    const errors = validateResource(resource, { level }).filter(({ severity }) => severity === 'error');
    expect(errors.map((error) => error.text)).toContainEqual(expect.stringContaining(text));
  }
});

it('finds a narrative that says nothing: an error as R4 says (txt-2), at the level of structure a warning', () => {
  const resource = aPatient({ text: { ...narrative, div: '<div xmlns="http://www.w3.org/1999/xhtml"> </div>' } });
  const severities = (['strict', 'structure'] as const).map((level) =>
    validateResource(resource, { level }).map(({ severity, code }) => `${severity} ${code}`),
  );
  expect(severities).toEqual([['error txt-2'], ['warning txt-2']]);
});

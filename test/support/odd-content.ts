import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/r4/json/json.js';
import { propertiesOf } from '../../src/r4/model/elements.js';

/** Elements that indexers, consents, compartments and answers look into, whatever type they stand in. */
const inner = (
  'coding code system value unit display text div type use comparator currency reference identifier url version start end repeat ' +
  'event boundsPeriod low high origin factor data family given line city latitude longitude resourceType id security profile tag ' +
  'versionId lastUpdated extension valueString valueReference entity what role agent who target contained attachment resource entry linkId'
).split(' ');

const texts = [
  '',
  ' ',
  'a',
  'final',
  'active',
  'Patient',
  'Patient/a',
  'Patient/a/_history/1',
  '#a',
  '#',
  'urn:x|1|2',
  '2020',
  '2020-02-31',
  '0000',
  '9999-12-31T23:59:60.123456789012345Z',
  '2020-01-01T00:00:00+14:00',
  'http://unitsofmeasure.org',
  'mg',
  '10*9/L',
  'Cel',
  'E U L 1 -2.5 1e9',
  '1e400',
  "'",
  '"',
  '\\',
  '{},()',
  'NULL',
  '\u001f',
  '\u0001',
  '\uffff',
  'ẞß',
  'e\u0301',
  '\ufdfa',
  'a'.repeat(63) + '\u{1f600}',
  '\u{1f600}'.repeat(40),
  'http://localhost:3000/fhir/r4/Patient/a',
  'x'.repeat(3000),
  '字'.repeat(200),
  'İ'.repeat(70),
  '<div xmlns="http://www.w3.org/1999/xhtml">a</div>',
  '__proto__',
  'constructor',
  'toString',
];

const scalar: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 70 }) },
  { weight: 2, arbitrary: fc.constantFrom<Json>(null, true, false, 0, -1, 2.5, 1e300, 5e-324, 123456789012345) },
);

const { value: jsonValue } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...inner), tie('value'), { maxKeys: 5 }) as fc.Arbitrary<JsonObject>,
  ),
}));

/** Resources of a type whose elements have R4's names and any JSON in them; `meta` and `id` are left out. */
export function oddContent(type: string): fc.Arbitrary<JsonObject> {
  const names = [...propertiesOf(type).keys()].filter((name) => !['id', 'meta', 'resourceType'].includes(name));
  return fc
    .dictionary(fc.constantFrom(...names, 'noElement'), jsonValue, { minKeys: 1, maxKeys: 12 })
    .map((content) => ({ resourceType: type, ...content }));
}

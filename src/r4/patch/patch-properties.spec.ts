import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameters } from '../../../test/support/fhirpath-patch.js';
import { FhirError } from '../errors/fhir-error.js';
import { type Json, type JsonObject, parseJson, writeJson } from '../json/json.js';
import { applyFhirPathPatch } from './fhirpath/fhirpath-patch.js';
import { applyJsonPatch } from './json-patch.js';

const resource =
  '{"resourceType":"Patient","id":"p","meta":{"versionId":"1"},"active":true,"_active":{"id":"a"},' +
  '"name":[{"family":"A","given":["B","C"],"_given":[null,{"id":"c"}]},{"text":"D"}],"deceasedBoolean":false,' +
  '"extension":[{"url":"e","valueDecimal":1.50},{"url":"f","extension":[{"url":"g","valueQuantity":{"value":2.0E1}}]}],' +
  '"contained":[{"resourceType":"Basic","id":"b"}]}';

const number = fc.constantFrom('0', '1.0', '1.50', '1e999', '-0', '12345678901234567890');
const jsonText = fc.oneof(fc.json(), number, fc.constantFrom('{"family":1.10}', '["x"]', '{"constructor":1}', '""'));
const tokens =
  'name given extension family 0 1 2 - 01 id meta versionId contained __proto__ constructor toString length ~0 ~1 ~2';
const pointer = fc.oneof(
  fc
    .array(fc.constantFrom(...tokens.split(' ')), { maxLength: 5 })
    .map((path) => path.map((token) => `/${token}`).join('')),
  fc.string(),
);
const jsonOperation = fc
  .record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
    path: pointer,
    from: pointer,
    value: jsonText,
  })
  .map(
    ({ op, path, from, value }) =>
      `{"op":"${op}","path":${JSON.stringify(path)},"from":${JSON.stringify(from)},"value":${value}}`,
  );

const names =
  'Patient Basic name given family active deceased extension contained id meta contact value [0] [1] [9] nme';
const steps = [
  ...names.split(' '),
  "where(use = 'x')",
  "where(family = 'A')",
  'where(text.exists())',
  'where($this)',
  'where(value > 1.1)',
  "where(url = 'e' or true)",
  "extension('e')",
  'ofType(boolean)',
  'as(Quantity)',
  'first()',
  'last()',
  'resolve()',
  '$this',
  '(',
  "'",
];
const path = fc.oneof(
  fc
    .array(fc.constantFrom(...steps), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('.').replaceAll('.[', '[')),
  fc.string(),
);
const value = fc.oneof(
  fc.constantFrom(
    { valueString: 'x' },
    { valueBoolean: true },
    { valueHumanName: { family: 'x' } },
    { _valueString: { id: 'x' } },
    {
      part: [
        { name: 'url', valueUri: 'h' },
        { name: 'value', valueInteger: 1 },
      ],
    },
    { part: [{ name: 'name', part: [{ name: 'given', valueString: 'x' }] }] },
    { resource: { resourceType: 'Basic' } },
    {},
  ),
  fc.dictionary(
    fc.constantFrom('valueString', '_valueString', 'valueQuantity', 'part', 'resource', '__proto__'),
    jsonText.map((text) => parse(text)),
  ),
);
const index = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constant(0.5));
const name = fc.oneof(fc.constantFrom(...steps), fc.string());
const fhirPathOperation = fc.oneof(
  fc.record({ type: fc.constant('add'), path, name, value }),
  fc.record({ type: fc.constant('insert'), path, index, value }),
  fc.record({ type: fc.constant('delete'), path }),
  fc.record({ type: fc.constant('replace'), path, value }),
  fc.record({ type: fc.constant('move'), path, source: index, destination: index }),
);

function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** Applies a patch to a resource; anything thrown must be an answer for the client, and what went in must be as it was. */
function checkPatch(apply: (resource: JsonObject) => JsonObject, patch: Json): void {
  const given = parseJson(resource) as JsonObject;
  const written = JSON.stringify(patch);
  try {
    const patched = apply(given);
    expect(patched['resourceType']).toBe('Patient');
    expect(patched['id']).toBe('p');
    writeJson(patched);
  } catch (error) {
    expect(error).toBeInstanceOf(FhirError);
  }
  expect(writeJson(given)).toBe(resource);
  expect(JSON.stringify(patch)).toBe(written);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('any patch', () => {
  it('in JSON Patch is applied or refused, and changes neither its resource nor itself', () => {
    fc.assert(
      fc.property(fc.array(jsonOperation, { maxLength: 8 }), (operations) => {
        const patch = parse(`[${operations.join(',')}]`);
        checkPatch((given) => applyJsonPatch(given, patch), patch);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of JSON that is no patch is refused', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const patch = parse(text);
        checkPatch((given) => applyJsonPatch(given, patch), patch);
        if (typeof patch === 'object' && patch !== null) {
          checkPatch((given) => applyFhirPathPatch(given, patch as JsonObject), patch);
        }
      }),
    );
  });

  it('in FHIRPath Patch is applied or refused, and changes neither its resource nor itself', () => {
    fc.assert(
      fc.property(fc.array(fhirPathOperation, { maxLength: 4 }), (operations) => {
        const patch = parameters(...(operations as readonly Record<string, Json>[]));
        checkPatch((given) => applyFhirPathPatch(given, patch), patch);
      }),
      { numRuns: 500 },
    );
  });

  it('with parts that are not what they should be is refused', () => {
    const part = fc.record(
      {
        name: fc.constantFrom('type', 'path', 'name', 'value', 'index'),
        valueString: fc.jsonValue(),
        valueInteger: fc.jsonValue(),
      },
      { requiredKeys: ['name'] },
    );
    const anyParameters = fc.array(
      fc.record({ name: fc.constant('operation'), part: fc.array(fc.oneof(part, fc.jsonValue())) }),
    );
    fc.assert(
      fc.property(anyParameters, (parameter) => {
        const patch = { resourceType: 'Parameters', parameter } as unknown as JsonObject;
        checkPatch((given) => applyFhirPathPatch(given, patch), patch);
      }),
    );
  });

  it('that is undone gives back the same text', () => {
    const family = fc.stringMatching(/^[A-Za-z]{1,9}$/);
    fc.assert(
      fc.property(family, fc.nat(2), (added, at) => {
        const before = parseJson(resource) as JsonObject;
        const insertion = {
          type: 'insert',
          path: 'Patient.name',
          index: at,
          value: { valueHumanName: { family: added } },
        };
        const deletion = { type: 'delete', path: `Patient.name[${at}]` };
        expect(writeJson(applyFhirPathPatch(before, parameters(insertion, deletion)))).toBe(resource);
        const pointed = `/name/${at}`;
        const operations = [
          { op: 'add', path: pointed, value: { family: added } },
          { op: 'remove', path: pointed },
        ];
        expect(writeJson(applyJsonPatch(before, operations))).toBe(resource);
      }),
    );
  });
});

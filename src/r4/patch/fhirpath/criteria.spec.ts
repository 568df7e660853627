import { describe, expect, it } from 'vitest';
import { parameters } from '../../../../test/support/fhirpath-patch.js';
import { type JsonObject, parseJson } from '../../json/json.js';
import { applyFhirPathPatch } from './fhirpath-patch.js';
import { locate } from './locate.js';
import { parseSelection } from './parse-selection.js';
import { Effort } from '../patch-limits.js';

const observation = parseJson(`{
  "resourceType": "Observation",
  "status": "final",
  "identifier": [{ "use": "usual", "system": "s", "value": "1" }, { "use": "official", "value": "2" }],
  "component": [
    { "code": { "text": "weight" }, "valueQuantity": { "value": 70.10, "unit": "kg" } },
    { "code": { "text": "height" }, "valueQuantity": { "value": 1.80E2, "unit": "cm" } },
    { "code": { "text": "name" }, "valueString": "it's" },
    { "code": { "text": "since" }, "valueDateTime": "2020-01-01", "_valueDateTime": { "extension": [{ "url": "e", "valueBoolean": true }] } },
    { "code": { "text": "none" }, "_valueString": { "id": "absent" } },
    { "code": { "text": "odd" }, "valueQuantity": { "value": 1e999 } }
  ]
}`) as JsonObject;

function found(path: string): readonly unknown[] {
  return locate(observation, parseSelection(path), new Effort()).map(({ value }) => value);
}

const textsWhere = (criteria: string) => found(`Observation.component[0].where(${criteria}).code.text`);

describe('the criteria of where()', () => {
  it.each([
    ["Observation.identifier.where(use = 'official').value", ['2']],
    ["Observation.identifier.where(use = 'usual' and system = 's').value", ['1']],
    ['Observation.identifier.where(system.empty()).value', ['2']],
    ['Observation.identifier.where(system.exists().not()).value', ['2']],
    ["Observation.identifier.value.where($this = '2')", ['2']],
    ["Observation.identifier.value.where(startsWith('1'))", ['1']],
    ["Observation.identifier.where(use = 'old')", []],
    ["Observation.component.where(code.text = 'height').value.unit", ['cm']],
    ["Observation.component.where(value.ofType(string) = 'it\\'s').code.text", ['name']],
    ["Observation.component.where(value.extension('e').exists()).code.text", ['since']],
    ['Observation.component.where(value.id.exists()).code.text', ['none']],
    ['Observation.component.value.ofType(dateTime).where($this < @2021-01-01)', ['2020-01-01']],
    ["Observation.where(status = 'final').status", ['final']],
    ['Observation.component.value.ofType(string)', ["it's", undefined]],
    ["Observation.component.value.ofType(string).where($this = 'x')", []],
    ["Observation.component.where(code.where(text = 'none').exists()).code.text", ['none']],
  ])('select: %s', (path, values) => {
    expect(found(path)).toEqual(values);
  });

  it.each([
    ['value.value = 70.1', ['weight']],
    ['value.value = 70.10', ['weight']],
    ['value.value > 70.09999999', ['weight']],
    ['value.value > 70.10', []],
    ["value.unit = 'kg' and value.value < 71", ['weight']],
  ])('compare numbers exactly: %s', (criteria, texts) => {
    expect(textsWhere(criteria)).toEqual(texts);
  });

  it.each(['Observation.component.where(value.value > 1)', "Observation.identifier.where(use + 1 = 'x' and use > 2)"])(
    'that cannot be evaluated are refused: %s',
    (path) => {
      expect(() => found(path)).toThrow(/cannot be evaluated|is not offered/);
    },
  );

  it.each([
    "use = 'official'",
    "use != 'official'",
    'use.exists()',
    'period.start.exists()',
    "use = 'usual' or system = 's'",
    "(system = 's').not()",
    "type.coding.code = 'a'",
    "type.coding.where(system = 'x').code = 'b'",
    'nothing.exists()',
  ])('mean the same to the engine, which is asked where primitives have ids or extensions: %s', (criteria) => {
    const coding = [{ code: 'a' }, { code: 'b', system: 'x' }];
    const identifier = [
      { use: 'official', system: 's' },
      { use: 'usual', type: { coding } },
      { type: { coding: [{ code: 'a' }] } },
      { period: { start: '2020' } },
    ];
    const path = parseSelection(`Patient.identifier.where(${criteria})`);
    const select = (items: readonly JsonObject[]) =>
      locate({ resourceType: 'Patient', identifier: items }, path, new Effort()).map(({ place }) => place?.index);
    expect(select(identifier.map((item) => ({ ...item, _value: { id: 'v' } })))).toEqual(select(identifier));
  });

  it('cannot keep the server busy', () => {
    const identifier = Array.from({ length: 5_000 }, (_, at) => ({ value: String(at) }));
    const slow = { type: 'delete', path: 'Patient.identifier.where(value.length() > 100)' };
    const patch = parameters(...Array.from({ length: 1_000 }, () => slow));
    expect(() => applyFhirPathPatch({ resourceType: 'Patient', identifier }, patch)).toThrow('take too long');
  });
});

import { describe, expect, it } from 'vitest';
import { FhirError } from '../errors/fhir-error.js';
import { type Json, type JsonObject, parseJson, writeJson } from '../json/json.js';
import { applyJsonPatch } from './json-patch.js';
import { MalformedPatch, PatchNotApplicable } from './patch-errors.js';

// https://hl7.org/fhir/R4/http.html#patch, https://www.rfc-editor.org/rfc/rfc6902

const patient =
  '{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2024-01-01T00:00:00Z","tag":[{"code":"a"}]},' +
  '"name":[{"family":"Muster","given":["Anna","Maria"]},{"family":"Alt"}],' +
  '"extension":[{"url":"http://x.example/weight","valueDecimal":70.10},{"url":"http://x.example/height","valueDecimal":1.80E2}]}';

function patch(...operations: readonly object[]): string {
  const resource = parseJson(patient) as JsonObject;
  const result = writeJson(applyJsonPatch(resource, parseJson(JSON.stringify(operations))));
  expect(writeJson(resource)).toBe(patient);
  return result;
}

function refusal(document: string): FhirError & { readonly operation?: number } {
  const resource = parseJson(patient) as JsonObject;
  try {
    applyJsonPatch(resource, parseJson(document));
  } catch (error) {
    expect(writeJson(resource)).toBe(patient);
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('The patch was applied.');
}

describe('a JSON Patch', () => {
  it.each([
    ['replaces a value', { op: 'replace', path: '/name/0/family', value: 'Neu' }, '"Muster"', '"Neu"'],
    ['inserts before an item', { op: 'add', path: '/name/0/given/1', value: 'Eva' }, '"Maria"', '"Eva","Maria"'],
    ['appends with "-"', { op: 'add', path: '/name/0/given/-', value: 'Eva' }, '"Maria"', '"Maria","Eva"'],
    ['appends at the length', { op: 'add', path: '/name/0/given/2', value: 'Eva' }, '"Maria"', '"Maria","Eva"'],
    ['removes an item', { op: 'remove', path: '/name/1' }, ',{"family":"Alt"}', ''],
    ['adds an element', { op: 'add', path: '/active', value: true }, '2}]}', '2}],"active":true}'],
    ['replaces by adding', { op: 'add', path: '/name/1/family', value: 'B' }, '"Alt"', '"B"'],
    [
      'moves to the end',
      { op: 'move', from: '/name/0/given/0', path: '/name/0/given/-' },
      'Anna","Maria',
      'Maria","Anna',
    ],
    [
      'counts after removal',
      { op: 'move', from: '/name/0/given/0', path: '/name/0/given/1' },
      'Anna","Maria',
      'Maria","Anna',
    ],
    ['copies', { op: 'copy', from: '/name/0/given', path: '/name/1/given' }, '"Alt"', '"Alt","given":["Anna","Maria"]'],
    ['sets null', { op: 'add', path: '/name/0/given/0', value: null }, '"Anna"', 'null,"Anna"'],
  ])('%s', (_name, operation, before, after) => {
    expect(patch(operation)).toBe(patient.replace(before, after));
  });

  it('keeps the digits of what it touches and of what it does not', () => {
    const operations = '[{"op":"add","path":"/extension/0/extension","value":[{"url":"e","valueDecimal":0.500}]}]';
    const result = writeJson(applyJsonPatch(parseJson(patient) as JsonObject, parseJson(operations)));
    expect(result).toContain('70.10');
    expect(result).toContain('1.80E2');
    expect(result).toContain('0.500');
  });

  it('copies numbers with their digits', () => {
    expect(patch({ op: 'copy', from: '/extension/0', path: '/extension/-' }).match(/70\.10/g)).toHaveLength(2);
  });

  it('does not change a value that it added and then edits', () => {
    const value = [{ family: 'Neu' }];
    const operations: Json = [
      { op: 'add', path: '/contact', value },
      { op: 'add', path: '/contact/0/given', value: ['Eva'] },
    ];
    const result = applyJsonPatch(parseJson(patient) as JsonObject, operations);
    expect(result['contact']).toEqual([{ family: 'Neu', given: ['Eva'] }]);
    expect(value).toEqual([{ family: 'Neu' }]);
  });

  it('tests numbers by value and goes on', () => {
    const test = { op: 'test', path: '/extension/0/valueDecimal', value: 70.1 };
    expect(patch(test, { op: 'remove', path: '/name' })).not.toContain('Muster');
  });

  it('reads "~1" as "/" and "~01" as "~1"', () => {
    const resource = parseJson('{"resourceType":"Basic","a/b":1,"~1":2}') as JsonObject;
    const operations = [
      { op: 'test', path: '/a~1b', value: 1 },
      { op: 'test', path: '/~01', value: 2 },
    ];
    expect(applyJsonPatch(resource, operations)).toBe(resource);
  });

  it('may replace the whole resource by one of the same type, id and version', () => {
    const value = { ...(parseJson(patient) as JsonObject), name: [] };
    expect(patch({ op: 'replace', path: '', value: JSON.parse(writeJson(value)) as object })).toContain('"name":[]');
  });

  it('gives back the resource when there is nothing to do', () => {
    expect(patch()).toBe(patient);
  });
});

describe('a malformed JSON Patch', () => {
  it.each([
    ['{"op":"add"}', 'A JSON Patch is an array of operations'],
    ['"x"', 'A JSON Patch is an array of operations'],
    ['[1]', 'Operation [0]: An operation is a JSON object.'],
    ['[{"path":"/active"}]', 'Operation [0] (/active): "op" must be one of'],
    ['[{"op":"spam","path":"/active"}]', 'Operation [0] (spam /active): "op" must be one of'],
    [
      '[{"op":"remove","path":"/name"},{"op":"add","path":"/active"}]',
      'Operation [1] (add /active): "value" is missing.',
    ],
    ['[{"op":"remove"}]', 'Operation [0] (remove): "path" must be'],
    ['[{"op":"remove","path":7}]', '"path" must be'],
    ['[{"op":"remove","path":"name"}]', 'starts with "/"'],
    ['[{"op":"remove","path":"/na~2me"}]', '"~0"'],
    ['[{"op":"copy","path":"/name"}]', '"from" must be'],
    ['[{"op":"move","from":"/name","path":"/name/0"}]', 'cannot be moved into itself'],
    ['[{"op":"add","path":"/__proto__/x","value":1}]', '"__proto__" is not a FHIR element'],
    ['[{"op":"add","path":"/constructor/prototype/x","value":1}]', '"constructor" is not a FHIR element'],
    ['[{"op":"copy","from":"/prototype","path":"/active"}]', '"prototype" is not a FHIR element'],
  ])('is refused with 400: %s', (document, fact) => {
    const error = refusal(document);
    expect(error).toBeInstanceOf(MalformedPatch);
    expect(error.status).toBe(400);
    expect(error.message).toContain(fact);
  });

  it('is told by the index of the operation, before anything is applied', () => {
    const error = refusal('[{"op":"remove","path":"/nothing"},{"op":"add","path":"x","value":1}]');
    expect([error.status, error.operation]).toEqual([400, 1]);
  });

  it('has at most 1,000 operations', () => {
    const operations = (count: number) =>
      JSON.stringify(Array.from({ length: count }, () => ({ op: 'remove', path: '/nothing' })));
    expect(refusal(operations(1_001)).status).toBe(400);
    expect(refusal(operations(1_000)).status).toBe(422);
  });

  it('has pointers of at most 100 steps', () => {
    expect(refusal(JSON.stringify([{ op: 'remove', path: '/a'.repeat(101) }])).status).toBe(400);
  });
});

describe('a JSON Patch that cannot be applied', () => {
  it.each([
    ['[{"op":"remove","path":"/nothing"}]', 'The resource has no element "nothing".'],
    ['[{"op":"replace","path":"/nothing","value":1}]', 'no element "nothing"'],
    ['[{"op":"add","path":"/address/0","value":{}}]', 'no element "address"'],
    ['[{"op":"remove","path":"/name/2"}]', '"/name" is an array of 2.'],
    ['[{"op":"add","path":"/name/3","value":{}}]', '"/name" is an array of 2.'],
    ['[{"op":"remove","path":"/name/-"}]', 'is an array of 2'],
    ['[{"op":"replace","path":"/name/-","value":{}}]', 'is an array of 2'],
    ['[{"op":"remove","path":"/name/length"}]', '"length" is not an index'],
    ['[{"op":"remove","path":"/name/01"}]', '"01" is not an index'],
    ['[{"op":"remove","path":"/name/1e0"}]', '"1e0" is not an index'],
    ['[{"op":"add","path":"/name/+1","value":1}]', '"+1" is not an index'],
    ['[{"op":"remove","path":"/id/length"}]', '"/id" has no element "length".'],
    ['[{"op":"add","path":"/id/x","value":1}]', '"/id" has no element "x".'],
    ['[{"op":"remove","path":"/extension/0/valueDecimal/text"}]', 'no element "text"'],
    ['[{"op":"test","path":"/toString","value":1}]', 'no element "toString"'],
    ['[{"op":"copy","from":"/hasOwnProperty","path":"/x"}]', 'no element "hasOwnProperty"'],
    ['[{"op":"test","path":"/name/0/family","value":"X"}]', 'The test failed'],
    ['[{"op":"test","path":"/extension/0/valueDecimal","value":"70.10"}]', 'The test failed'],
    ['[{"op":"move","from":"/name/0","path":"/name/2"}]', '"/name" is an array of 1.'],
    ['[{"op":"remove","path":""}]', 'cannot be removed'],
    ['[{"op":"replace","path":"","value":[1]}]', 'would not be a JSON object'],
    ['[{"op":"replace","path":"","value":1.0}]', 'would not be a JSON object'],
    [
      '[{"op":"add","path":"/a","value":{"constructor":{"x":1}}},{"op":"add","path":"/a/x","value":1}]',
      'no element "x"',
    ],
  ])('is refused with 422: %s', (document, fact) => {
    const error = refusal(document);
    expect(error).toBeInstanceOf(PatchNotApplicable);
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });

  it('is told by the index of the operation', () => {
    const error = refusal('[{"op":"remove","path":"/name/0"},{"op":"remove","path":"/name/1"}]');
    expect(error.operation).toBe(1);
    expect(error.message).toBe('Operation [1] (remove /name/1): "/name" is an array of 1.');
  });

  it('does not repeat values of the resource', () => {
    expect(refusal('[{"op":"test","path":"/name/0/family","value":"X"}]').message).not.toContain('Muster');
  });

  it.each([
    ['{"op":"replace","path":"/resourceType","value":"Basic"}', 'resourceType'],
    ['{"op":"replace","path":"/id","value":"p2"}', 'id'],
    ['{"op":"remove","path":"/id"}', 'id'],
    ['{"op":"move","from":"/id","path":"/language"}', 'id'],
    ['{"op":"replace","path":"/meta/versionId","value":"4"}', 'meta.versionId'],
    ['{"op":"copy","from":"/id","path":"/meta/lastUpdated"}', 'meta.lastUpdated'],
    ['{"op":"remove","path":"/meta"}', 'meta.versionId'],
    ['{"op":"add","path":"/meta","value":{"tag":[]}}', 'meta.versionId'],
    ['{"op":"replace","path":"","value":{"resourceType":"Patient"}}', 'id'],
  ])('changes what the server sets: %s', (operation, name) => {
    const error = refusal(`[${operation}]`);
    expect(error.status).toBe(422);
    expect(error.message).toContain(`It would change ${name}, which only the server sets.`);
  });

  it('doubles the resource again and again', () => {
    const doubling = { op: 'copy', from: '/extension', path: '/extension/-' };
    const error = refusal(JSON.stringify(Array.from({ length: 40 }, () => doubling)));
    expect([error.status, error.issues[0]?.code]).toEqual([422, 'too-costly']);
  });

  it('nests deeper than a document may', () => {
    const nested = '{"a":'.repeat(60) + '{}' + '}'.repeat(60);
    const place = `/x${'/a'.repeat(60)}`;
    const added = `[{"op":"add","path":"/x","value":${nested}},{"op":"add","path":"${place}/a","value":${nested}}]`;
    expect(refusal(added).issues[0]?.code).toBe('too-costly');
  });
});

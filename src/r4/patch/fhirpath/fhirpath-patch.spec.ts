import { describe, expect, it } from 'vitest';
import {
  aPatient,
  names,
  parameters,
  type Parts,
  patch,
  refusal,
  refused,
} from '../../../../test/support/fhirpath-patch.js';
import { type Json, writeJson } from '../../json/json.js';
import { applyFhirPathPatch } from './fhirpath-patch.js';
import { MalformedPatch } from '../patch-errors.js';

// https://hl7.org/fhir/R4/fhirpatch.html

describe('insert', () => {
  const insert = (path: string, index: number): Parts => ({ type: 'insert', path, index, value: { valueString: 'X' } });

  it.each([
    [0, '["X","A","B"]'],
    [1, '["A","X","B"]'],
    [2, '["A","B","X"]'],
  ])('puts the value at index %i', (index, given) => {
    expect(patch(aPatient('"name":[{"given":["A","B"]}]'), insert('Patient.name.given', index))).toBe(
      aPatient(`"name":[{"given":${given}}]`),
    );
  });

  it('moves the extensions of primitives along', () => {
    expect(
      patch(aPatient('"name":[{"given":["A","B"],"_given":[{"id":"a"},null]}]'), insert('Patient.name.given', 0)),
    ).toBe(aPatient('"name":[{"given":["X","A","B"],"_given":[null,{"id":"a"},null]}]'));
  });

  it.each<[string, Parts, string]>([
    [
      'behind the end',
      insert("Patient.name.where(use = 'usual').given", 2),
      'Index 2 is behind the end of the list, which has 1 elements.',
    ],
    ['a list that is not there', insert('Patient.address.line', 0), 'finds nothing'],
    ['an empty list', insert('Patient.name[0].suffix', 0), 'has no "suffix" yet: add it.'],
    ['the lists of several', insert('Patient.name.given', 0), 'finds 2 elements'],
    ['what does not repeat', insert('Patient.name[0].family', 0), '"family" does not repeat'],
    ['an unknown list', insert('Patient.name[0].givn', 0), 'Did you mean "given"?'],
    ['the wrong type', { ...insert('Patient.name', 0) }, '"name" takes HumanName, not string.'],
  ])('refuses %s', (_name, parts, fact) => {
    const error = refused(aPatient(names), parts);
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });

  it.each(['Patient.name[0].given[0]', "Patient.name.where(use = 'usual')", 'Patient'])(
    'needs a whole list, not %s',
    (path) => {
      expect(refused(aPatient(names), insert(path, 0)).status).toBe(400);
    },
  );
});

describe('delete', () => {
  it.each([
    ['an element', '"active":true,"gender":"male"', 'Patient.active', '"gender":"male"'],
    ['an item', '"name":[{"family":"A"},{"family":"B"}]', 'Patient.name[0]', '"name":[{"family":"B"}]'],
    ['the last item with its list', '"name":[{"family":"A"}]', "Patient.name.where(family = 'A')", ''],
    [
      'what becomes empty',
      '"contact":[{"name":{"text":"A"}},{"gender":"male"}]',
      'Patient.contact[0].name.text',
      '"contact":[{"gender":"male"}]',
    ],
    ['a choice', '"deceasedDateTime":"2020"', 'Patient.deceased', ''],
    ['a primitive with its extensions', '"active":true,"_active":{"id":"a"}', 'Patient.active', ''],
    ['a primitive that only has extensions', '"_active":{"id":"a"}', 'Patient.active', ''],
    ['the id of a primitive', '"active":true,"_active":{"id":"a"}', 'Patient.active.id', '"active":true'],
    [
      'a repetition with its extensions',
      '"name":[{"given":["A","B"],"_given":[{"id":"a"},null]}]',
      'Patient.name.given[0]',
      '"name":[{"given":["B"]}]',
    ],
    [
      'the extension of a repetition',
      '"name":[{"given":["A","B"],"_given":[null,{"extension":[{"url":"e"}]}]}]',
      "Patient.name.given[1].extension('e')",
      '"name":[{"given":["A","B"]}]',
    ],
    [
      'a repetition that becomes empty',
      '"name":[{"given":[null,"B"],"_given":[{"id":"a"},null]}]',
      'Patient.name.given[0].id',
      '"name":[{"given":["B"]}]',
    ],
    ['nothing', names, "Patient.name.where(use = 'old')", names],
    ['nothing below nothing', names, 'Patient.contact.name.family', names],
  ])('deletes %s', (_name, before, path, after) => {
    expect(patch(aPatient(before), { type: 'delete', path })).toBe(aPatient(after));
  });

  it.each([
    ['several', 'Patient.name', 'finds 2 elements'],
    ['the resource', 'Patient', 'the whole resource'],
    ['the resource by no path', '$this', 'the whole resource'],
    [
      'an element that the type does not have',
      'Patient.name.givn',
      'HumanName has no element "givn". Did you mean "given"?',
    ],
    ['an element that a missing element cannot have', 'Patient.contact.nam', 'Patient.contact has no element "nam"'],
    ['an element of another type', 'Observation.value', 'the resource is of type Patient'],
  ])('refuses %s', (_name, path, fact) => {
    const error = refused(aPatient(names), { type: 'delete', path });
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });
});

describe('replace', () => {
  it.each<[string, string, Parts, string]>([
    [
      'a primitive',
      '"gender":"male","active":true',
      { path: 'Patient.gender', value: { valueCode: 'female' } },
      '"gender":"female","active":true',
    ],
    [
      'a primitive with its extensions',
      '"gender":"male","_gender":{"id":"g"}',
      { path: 'Patient.gender', value: { valueCode: 'female' } },
      '"gender":"female"',
    ],
    [
      'a complex element',
      names,
      { path: 'Patient.name[1]', value: { valueHumanName: { text: 'X' } } },
      names.replace('{"use":"usual","given":["Anni"]}', '{"text":"X"}'),
    ],
    [
      'a repetition',
      names,
      { path: "Patient.name.where(use = 'official').given.first()", value: { valueString: 'X' } },
      names.replace('Anna', 'X'),
    ],
    [
      'the last repetition',
      names,
      { path: 'Patient.name.given.last()', value: { valueString: 'X' } },
      names.replace('Anni', 'X'),
    ],
    [
      'a choice by the same type',
      '"deceasedBoolean":true',
      { path: 'Patient.deceased', value: { valueBoolean: false } },
      '"deceasedBoolean":false',
    ],
    [
      'a choice by another type',
      '"deceasedBoolean":true,"_deceasedBoolean":{"id":"d"}',
      { path: 'Patient.deceased', value: { valueDateTime: '2020' } },
      '"deceasedDateTime":"2020"',
    ],
    [
      'the value of an extension',
      '"extension":[{"url":"e","valueString":"A"}]',
      { path: "Patient.extension('e').value", value: { valueCode: 'b' } },
      '"extension":[{"url":"e","valueCode":"b"}]',
    ],
    [
      'narrative',
      '"text":{"status":"generated","div":"<div>A</div>"}',
      { path: 'Patient.text.div', value: { valueString: '<div>B</div>' } },
      '"text":{"status":"generated","div":"<div>B</div>"}',
    ],
  ])('replaces %s', (_name, before, parts, after) => {
    expect(patch(aPatient(before), { type: 'replace', ...parts })).toBe(aPatient(after));
  });

  it.each([
    ['nothing', "Patient.name.where(use = 'old')", 'finds nothing'],
    ['several', 'Patient.name', 'finds 2 elements'],
    ['the resource', 'Patient', 'the whole resource'],
  ])('refuses %s', (_name, path, fact) => {
    const error = refused(aPatient(names), { type: 'replace', path, value: { valueHumanName: {} } });
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });
});

describe('move', () => {
  const list = (given: string): string => aPatient(`"name":[{"given":${given}}]`);
  const move = (source: number, destination: number, path = 'Patient.name.given'): Parts => ({
    type: 'move',
    path,
    source,
    destination,
  });

  it.each([
    [0, 2, '["B","C","A"]'],
    [2, 0, '["C","A","B"]'],
    [1, 1, '["A","B","C"]'],
  ])('moves %i to %i', (source, destination, after) => {
    expect(patch(list('["A","B","C"]'), move(source, destination))).toBe(list(after));
  });

  it('moves the extensions of primitives along', () => {
    expect(patch(list('["A","B"],"_given":[null,{"id":"b"}]'), move(1, 0))).toBe(
      list('["B","A"],"_given":[{"id":"b"},null]'),
    );
  });

  it.each<[Parts, string]>([
    [move(3, 0), 'there is no 3'],
    [move(0, 3), 'there is no 3'],
    [move(0, 0, 'Patient.address'), 'has no "address" yet'],
  ])('refuses what is not there: %j', (parts, fact) => {
    const error = refused(list('["A","B","C"]'), parts);
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });
});

describe('a FHIRPath Patch', () => {
  it('applies its operations in order', () => {
    expect(
      patch(
        aPatient(''),
        { type: 'add', path: 'Patient', name: 'name', value: { valueHumanName: { family: 'A' } } },
        { type: 'add', path: 'Patient.name[0]', name: 'given', value: { valueString: 'B' } },
        { type: 'delete', path: 'Patient.name.family' },
      ),
    ).toBe(aPatient('"name":[{"given":["B"]}]'));
  });

  it('without operations changes nothing', () => {
    expect(writeJson(applyFhirPathPatch({ resourceType: 'Patient' }, { resourceType: 'Parameters' }))).toBe(
      aPatient(''),
    );
  });

  it.each<[string, Parts]>([
    ['id', { type: 'replace', path: 'Patient.id', value: { valueId: 'p2' } }],
    ['id', { type: 'delete', path: 'Patient.id' }],
    ['meta.versionId', { type: 'replace', path: 'Patient.meta.versionId', value: { valueId: '4' } }],
    [
      'meta.lastUpdated',
      { type: 'add', path: 'Patient.meta', name: 'lastUpdated', value: { valueInstant: '2024-01-01T00:00:00Z' } },
    ],
    ['meta.versionId', { type: 'delete', path: 'Patient.meta' }],
  ])('cannot change %s: %j', (name, parts) => {
    const error = refused(aPatient('"id":"p1","meta":{"versionId":"3"}'), parts);
    expect(error.status).toBe(422);
    expect(error.message).toContain(`It would change ${name}, which only the server sets.`);
  });

  it('may change tags and the ids of elements', () => {
    const before = aPatient('"id":"p1","meta":{"versionId":"3"}');
    const tag = { type: 'add', path: 'Patient.meta', name: 'tag', value: { valueCoding: { code: 'a' } } };
    expect(patch(before, tag)).toContain('"tag":[{"code":"a"}]');
  });

  it('names the operation at fault by index, type, path and place', () => {
    const error = refused(
      aPatient(''),
      { type: 'delete', path: 'Patient.name' },
      { type: 'delete', path: 'Patient.nme' },
    );
    expect(error.operation).toBe(1);
    expect(error.message).toContain('Operation [1] (delete Patient.nme): Patient has no element "nme".');
    expect(error.issues[0]).toMatchObject({ code: 'not-found', expression: ['Parameters.parameter[1]'] });
  });

  it.each<[string, Json]>([
    ['is a Parameters resource', { resourceType: 'Bundle' }],
    ['is a Parameters resource', { resourceType: 'Parameters', parameter: {} }],
    ['Each parameter must be named "operation"', { resourceType: 'Parameters', parameter: [{ name: 'x' }] }],
    ['Each parameter must be named "operation"', { resourceType: 'Parameters', parameter: [null] }],
    ['The parts of an operation are', parameters({ type: 'add', pathh: 'Patient' })],
    [
      'is given twice',
      { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'type' }, { name: 'type' }] }] },
    ],
    ['"type" must be one of', parameters({ path: 'Patient' })],
    ['"type" must be one of', parameters({ type: 'constructor', path: 'Patient' })],
    ['"path" must have a valueString', parameters({ type: 'delete' })],
    ['delete has no part "value"', parameters({ type: 'delete', path: 'Patient.name', value: 'x' })],
    ['insert has no part "name"', parameters({ type: 'insert', path: 'Patient', name: 'x', index: 0, value: 'x' })],
    ['"name" must have a valueString', parameters({ type: 'add', path: 'Patient', value: 'x' })],
    ['"value" is missing', parameters({ type: 'replace', path: 'Patient.gender' })],
    ['must have one value', parameters({ type: 'replace', path: 'Patient.gender', value: {} })],
    [
      'must have one value',
      parameters({ type: 'replace', path: 'Patient.gender', value: { valueCode: 'a', valueString: 'a' } }),
    ],
    ['"valueCode" must be a string', parameters({ type: 'replace', path: 'Patient.gender', value: { valueCode: 1 } })],
    [
      '"valueBoolean" must be true or false',
      parameters({ type: 'replace', path: 'Patient.active', value: { valueBoolean: 'true' } }),
    ],
    [
      '"valueDecimal" must be a number',
      parameters({ type: 'replace', path: 'Patient.active', value: { valueDecimal: '1' } }),
    ],
    [
      '"valueHumanName" must be an object',
      parameters({ type: 'replace', path: 'Patient.name', value: { valueHumanName: [] } }),
    ],
    [
      '"_valueCode" must be an object',
      parameters({ type: 'replace', path: 'Patient.gender', value: { _valueCode: 'x' } }),
    ],
    [
      '"valueHumanname" is not a value',
      parameters({ type: 'replace', path: 'Patient.name', value: { valueHumanname: {} } }),
    ],
    ['"part" must be an array', parameters({ type: 'replace', path: 'Patient.name', value: { part: [] } })],
    ['Each part must have a name', parameters({ type: 'replace', path: 'Patient.name', value: { part: [{}] } })],
    [
      'is not a FHIR resource',
      parameters({ type: 'add', path: 'Patient', name: 'contained', value: { resource: {} } }),
    ],
    ['"index" must have a valueInteger', parameters({ type: 'insert', path: 'Patient.name', index: -1, value: 'x' })],
    [
      '"source" must have a valueInteger',
      parameters({ type: 'move', path: 'Patient.name', source: 'x', destination: 1 }),
    ],
    [
      '"destination" must have a valueInteger',
      parameters({ type: 'move', path: 'Patient.name', source: 1, destination: 0.5 }),
    ],
    [
      'at most 1,000 are allowed',
      parameters(...Array.from({ length: 1_001 }, () => ({ type: 'delete', path: 'Patient.name' }))),
    ],
  ])('that is malformed is refused with 400: %s', (fact, given) => {
    const error = refusal(aPatient('"active":true,"gender":"male","name":[{"text":"A"}]'), given);
    expect(error).toBeInstanceOf(MalformedPatch);
    expect(error.status).toBe(400);
    expect(error.message.replace('1001', '1,001').replaceAll('1000', '1,000')).toContain(fact);
  });
});

import { describe, expect, it } from 'vitest';
import { aPatient, names, type Parts, patch, refused } from '../../../../test/support/fhirpath-patch.js';
import { parseJson } from '../../json/json.js';
import { PatchNotApplicable } from '../patch-errors.js';

// https://hl7.org/fhir/R4/fhirpatch.html

const anObservation = (elements: string): string => aPatient(elements).replace('Patient', 'Observation');

describe('add', () => {
  it.each<[string, string, Parts, string]>([
    [
      'a primitive',
      '',
      { path: 'Patient', name: 'birthDate', value: { valueDate: '1970-01-01' } },
      '"birthDate":"1970-01-01"',
    ],
    [
      'a first item',
      '',
      { path: 'Patient', name: 'name', value: { valueHumanName: { family: 'A' } } },
      '"name":[{"family":"A"}]',
    ],
    [
      'a further item',
      '"name":[{"family":"A"}]',
      { path: 'Patient', name: 'name', value: { valueHumanName: { family: 'B' } } },
      '"name":[{"family":"A"},{"family":"B"}]',
    ],
    [
      'to a nested element',
      '"contact":[{"gender":"male"}]',
      { path: 'Patient.contact[0]', name: 'name', value: { valueHumanName: { text: 'A' } } },
      '"contact":[{"gender":"male","name":{"text":"A"}}]',
    ],
    [
      'a choice, which is named without its type',
      '',
      { path: 'Patient', name: 'deceased', value: { valueBoolean: false } },
      '"deceasedBoolean":false',
    ],
    [
      'a number with its digits',
      '',
      { path: 'Patient', name: 'multipleBirth', value: parseJson('{"valueInteger":2}') },
      '"multipleBirthInteger":2',
    ],
    [
      'a string where a code stands',
      '',
      { path: 'Patient', name: 'gender', value: { valueString: 'male' } },
      '"gender":"male"',
    ],
    [
      'a contained resource',
      '',
      { path: 'Patient', name: 'contained', value: { resource: { resourceType: 'Basic', id: 'b' } } },
      '"contained":[{"resourceType":"Basic","id":"b"}]',
    ],
    [
      'to a contained resource',
      '"contained":[{"resourceType":"Basic","id":"b"}]',
      { path: "Patient.contained.where(id = 'b')", name: 'created', value: { valueDate: '2020' } },
      '"contained":[{"resourceType":"Basic","id":"b","created":"2020"}]',
    ],
    [
      'without the type in front of the path',
      names,
      { path: "name.where(use='usual')", name: 'family', value: { valueString: 'A' } },
      names.replace('["Anni"]', '["Anni"],"family":"A"'),
    ],
  ])('adds %s', (_name, before, parts, after) => {
    expect(patch(aPatient(before), { type: 'add', ...parts })).toBe(aPatient(after));
  });

  it('builds backbone elements from parts, with choices, repetitions and further parts', () => {
    const value = {
      part: [
        { name: 'code', valueCodeableConcept: { text: 'systolic' } },
        { name: 'value', valueQuantity: { value: 1 } },
        { name: 'interpretation', valueCodeableConcept: { text: 'high' } },
        { name: 'interpretation', valueCodeableConcept: { text: 'critical' } },
        { name: 'referenceRange', part: [{ name: 'text', valueString: 'below 140' }] },
      ],
    };
    expect(patch(anObservation(''), { type: 'add', path: 'Observation', name: 'component', value })).toBe(
      anObservation(
        '"component":[{"code":{"text":"systolic"},"valueQuantity":{"value":1},' +
          '"interpretation":[{"text":"high"},{"text":"critical"}],"referenceRange":[{"text":"below 140"}]}]',
      ),
    );
  });

  it('keeps digits, in parts, in what is beside and in what is not touched', () => {
    const value = parseJson(
      '{"part":[{"name":"value","valueQuantity":{"value":1.50}},{"name":"code","valueCodeableConcept":{}}]}',
    );
    const before = anObservation('"valueQuantity":{"value":7.10},"component":[{"valueQuantity":{"value":2.0}}]');
    const after = patch(before, { type: 'add', path: 'Observation', name: 'component', value });
    for (const digits of ['1.50', '7.10', '2.0']) expect(after).toContain(`:${digits}}`);
  });

  it('adds an extension to a resource, to a primitive and to one of several primitives', () => {
    const value = {
      part: [
        { name: 'url', valueUri: 'http://x.example/e' },
        { name: 'value', valueCode: 'x' },
      ],
    };
    const extension = '{"extension":[{"url":"http://x.example/e","valueCode":"x"}]}';
    const add = (path: string): Parts => ({ type: 'add', path, name: 'extension', value });
    expect(patch(aPatient(''), add('Patient'))).toBe(aPatient(extension.slice(1, -1)));
    expect(patch(aPatient('"birthDate":"1970"'), add('Patient.birthDate'))).toBe(
      aPatient(`"birthDate":"1970","_birthDate":${extension}`),
    );
    expect(patch(aPatient('"name":[{"given":["A","B"]}]'), add('Patient.name.given[1]'))).toBe(
      aPatient(`"name":[{"given":["A","B"],"_given":[null,${extension}]}]`),
    );
  });

  it('adds primitives with their own extensions beside those that have none', () => {
    const value = { valueString: 'C', _valueString: { id: 'c' } };
    const parts = { type: 'add', path: 'Patient.name', name: 'given' };
    const before = aPatient('"name":[{"given":["A"]}]');
    expect(patch(before, { ...parts, value })).toBe(
      aPatient('"name":[{"given":["A","C"],"_given":[null,{"id":"c"}]}]'),
    );
    expect(patch(before, { ...parts, value: { _valueString: { id: 'c' } } })).toBe(
      aPatient('"name":[{"given":["A",null],"_given":[null,{"id":"c"}]}]'),
    );
  });

  it.each<[string, string, Parts, string]>([
    [
      'an element that exists',
      '"active":true',
      { path: 'Patient', name: 'active', value: { valueBoolean: true } },
      'has its "active" already',
    ],
    [
      'a second choice',
      '"deceasedBoolean":true',
      { path: 'Patient', name: 'deceased', value: { valueDateTime: '2020' } },
      'has its "deceased" already',
    ],
    ['to nothing', '', { path: 'Patient.name', name: 'family', value: { valueString: 'A' } }, 'finds nothing'],
    ['to several', names, { path: 'Patient.name', name: 'family', value: { valueString: 'A' } }, 'finds 2 elements'],
    [
      'an unknown element',
      '',
      { path: 'Patient', name: 'birthdate', value: { valueDate: '2020' } },
      'Patient has no element "birthdate". Did you mean "birthDate"?',
    ],
    [
      'a choice by its JSON name',
      '',
      { path: 'Patient', name: 'deceasedBoolean', value: { valueBoolean: true } },
      'the choice is named "deceased"',
    ],
    [
      'resourceType',
      '',
      { path: 'Patient', name: 'resourceType', value: { valueString: 'Basic' } },
      'no element "resourceType"',
    ],
    [
      'an inherited name',
      '',
      { path: 'Patient', name: 'constructor', value: { valueString: 'x' } },
      'no element "constructor"',
    ],
    [
      'a wrong type',
      '',
      { path: 'Patient', name: 'name', value: { valueAddress: {} } },
      '"name" takes HumanName, not Address.',
    ],
    [
      'a wrong choice',
      '',
      { path: 'Patient', name: 'deceased', value: { valueString: '2020' } },
      '"deceased" takes boolean, dateTime, not string.',
    ],
    [
      'text where a number stands',
      '',
      { path: 'Patient', name: 'telecom', value: { part: [{ name: 'rank', valueString: '1' }] } },
      '"rank" takes positiveInt, not string.',
    ],
    [
      'a resource where there is none',
      '',
      { path: 'Patient', name: 'name', value: { resource: { resourceType: 'Basic' } } },
      'not Basic',
    ],
    [
      'a part twice',
      '',
      {
        path: 'Patient',
        name: 'contact',
        value: {
          part: [
            { name: 'gender', valueCode: 'male' },
            { name: 'gender', valueCode: 'male' },
          ],
        },
      },
      'has its "gender" already',
    ],
  ])('refuses %s', (_name, before, parts, fact) => {
    const error = refused(aPatient(before), { type: 'add', ...parts });
    expect(error).toBeInstanceOf(PatchNotApplicable);
    expect(error.status).toBe(422);
    expect(error.message).toContain(fact);
  });

  it('refuses parts for what is one value', () => {
    const value = { part: [{ name: 'value', valueString: 'x' }] };
    expect(refused(aPatient(''), { type: 'add', path: 'Patient', name: 'birthDate', value }).status).toBe(400);
    expect(refused(aPatient(''), { type: 'add', path: 'Patient', name: 'contained', value }).status).toBe(400);
  });
});

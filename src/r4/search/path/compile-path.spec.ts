import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json/json.js';
import { compilePath } from './compile-path.js';
import { parsePath } from './parse-path.js';
import { BeyondSubset } from './path-expression.js';
import { follow } from './step.js';

const patient: JsonObject = {
  resourceType: 'Patient',
  id: 'p1',
  active: true,
  deceasedDateTime: '2020',
  name: [{ family: 'Muster', given: ['Anna', null, 'Maria'] }, { family: 'Alt' }],
  telecom: [
    { system: 'phone', value: '1' },
    { system: 'email', value: 'a@b.example' },
  ],
  contained: [{ resourceType: 'Practitioner', id: 'gp' }],
  generalPractitioner: [{ reference: '#gp' }, { reference: 'Organization/o1' }, { display: 'somebody' }],
  extension: [{ url: 'http://x.example/race', extension: [{ url: 'text', valueString: 'mixed' }] }],
};

function find(expression: string, resource = patient): unknown[] {
  const type = resource['resourceType'] as string;
  const found: unknown[] = [];
  for (const path of compilePath(parsePath(expression), { type, resourceType: type })) {
    follow(path.steps, (value) => found.push([path.type, value]))(resource, { resource });
  }
  return found;
}

describe('a compiled expression', () => {
  it.each([
    [
      'Patient.name.given',
      [
        ['string', 'Anna'],
        ['string', 'Maria'],
      ],
    ],
    [
      'name.family | Patient.id',
      [
        ['string', 'Muster'],
        ['string', 'Alt'],
        ['id', 'p1'],
      ],
    ],
    ['Resource.id', [['id', 'p1']]],
    ['Practitioner.name', []],
    ['(Patient.deceased as dateTime)', [['dateTime', '2020']]],
    ['Patient.deceased.ofType(boolean)', []],
    ['Patient.deceased.exists() and Patient.deceased != false', [['boolean', true]]],
    ["Patient.telecom.where(system = 'phone').value", [['string', '1']]],
    ["Patient.telecom.where(system='fax' or value='a@b.example').system", [['code', 'email']]],
    ['Patient.name[1].family', [['string', 'Alt']]],
    ['Patient.generalPractitioner.where(resolve() is Practitioner).reference', [['string', '#gp']]],
    ['Patient.generalPractitioner.where(resolve() is FHIR.Organization).reference', [['string', 'Organization/o1']]],
    ["Patient.extension('http://x.example/race').extension.where(url='text').value.as(string)", [['string', 'mixed']]],
    ["Patient.extension.where(hasExtension('text')).url", [['uri', 'http://x.example/race']]],
    ['Patient.name.where(given.exists()).family', [['string', 'Muster']]],
    ['Patient.name.where(given.exists().not()).family', [['string', 'Alt']]],
    ['%resource.active', [['boolean', true]]],
  ])('%s finds %j', (expression, expected) => {
    expect(find(expression)).toEqual(expected);
  });

  it('yields false, and not nothing, for a claim that does not hold', () => {
    expect(find('Patient.deceased.exists() and Patient.deceased != false', { resourceType: 'Patient' })).toEqual([
      ['boolean', false],
    ]);
    expect(find('Patient.active = true', { resourceType: 'Patient' })).toEqual([]);
  });

  it('looks past values of the wrong shape', () => {
    const broken: JsonObject = { resourceType: 'Patient', name: 'Muster', telecom: [3, null, [{ system: 'phone' }]] };
    expect(find('Patient.name.given', broken)).toEqual([]);
    expect(find("Patient.telecom.where(system='phone').value", broken)).toEqual([]);
  });

  it.each([
    "Patient.name.select(family + ' ' + given.first())",
    'Patient.name.first()',
    'Patient.birthDate = @2020',
    "Patient.birthDate = '2020'",
    "Patient.name.where(family = 'a\\'b')",
    'Patient.nothing',
    'Patient.name.',
    'Patient.name[family]',
    '%context.name',
    '',
  ])('leaves %j to the full engine', (expression) => {
    expect(() => find(expression)).toThrow(BeyondSubset);
  });
});

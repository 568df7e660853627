import { describe, expect, it } from 'vitest';
import { parseJson } from '../json/json.js';
import { readMaskPath } from './mask-path.js';
import { maskText } from './mask-resource.js';

const masks =
  (paths: Readonly<Record<string, readonly string[]>>) =>
  (type: string): readonly string[] =>
    paths[type] ?? [];
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const textOf = (body: string, type: string, paths: Readonly<Record<string, readonly string[]>>) =>
  maskText(body, type, masks(paths))!.body;
const masked = (body: string, type: string, paths: Readonly<Record<string, readonly string[]>>) =>
  JSON.parse(textOf(body, type, paths)) as unknown;

describe('maskText', () => {
  it('leaves what has no masked type alone', () => {
    const body = '{"resourceType":"Patient","contained":[{"resourceType":"Group"}],"x":1.10}';
    expect(maskText(body, 'Patient', masks({ Observation: ['value'] }))).toBeUndefined();
  });

  it('takes elements, their extensions and the narrative out, and marks what is left', () => {
    const body =
      '{"resourceType":"Patient","id":"p","text":{"div":"secret"},"birthDate":"1970","_birthDate":{"id":"b"},"active":true}';
    expect(masked(body, 'Patient', { Patient: ['birthDate'] })).toEqual({
      resourceType: 'Patient',
      id: 'p',
      meta: { tag: [subsetted] },
      active: true,
    });
  });

  it('is masked even where the text stays the same', () => {
    const body = textOf('{"resourceType":"Patient","id":"p"}', 'Patient', { Patient: ['telecom'] });
    expect(maskText(body, 'Patient', masks({ Patient: ['telecom'] }))).toEqual({ body, types: ['Patient'] });
  });

  it('looks the same whether there was something or not', () => {
    const [one, other] = ['', ',"telecom":[{"value":"1"}]'].map((more) =>
      maskText(`{"resourceType":"Patient","id":"p"${more}}`, 'Patient', masks({ Patient: ['telecom'] })),
    );
    expect(one).toEqual(other);
  });

  it('takes every type of a choice, and what lies deeper in lists', () => {
    const observation =
      '{"resourceType":"Observation","valueQuantity":{"value":1},"component":[{"valueString":"a","id":"c","code":{"text":"t"}}]}';
    expect(masked(observation, 'Observation', { Observation: ['value', 'component.value'] })).toMatchObject({
      component: [{ id: 'c', code: { text: 't' } }],
    });
    const text = textOf(observation, 'Observation', { Observation: ['value', 'component.value'] });
    expect(text).not.toMatch(/value(?:Quantity|String)/);
  });

  it.each([
    ['birthDate.extension', { birthDate: '1970', _birthDate: { extension: ['x'] } }, { birthDate: '1970' }],
    ['birthDate.extension', { _birthDate: { extension: ['x'], id: 'b' } }, {}],
    [
      'birthDate.extension',
      { birthDate: '1970', _birthDate: { extension: ['x'], id: 'b' } },
      { birthDate: '1970', _birthDate: { id: 'b' } },
    ],
    [
      'contact.telecom',
      { contact: [{ telecom: ['x'] }, { gender: 'male', telecom: ['x'] }] },
      { contact: [{ gender: 'male' }] },
    ],
    ['contact.telecom', { contact: [{ telecom: ['x'], id: 'c' }] }, {}],
    ['contact.name.family', { contact: [{ name: { family: 'x' } }] }, {}],
    [
      'name.given.extension',
      { name: [{ given: ['A'], _given: [{ extension: ['x'] }] }] },
      { name: [{ given: ['A'] }] },
    ],
    ['name.given.extension', { name: [{ given: [null], _given: [{ extension: ['x'] }] }] }, {}],
    [
      'name.given.extension',
      { name: [{ given: ['A', null, 'B'], _given: [null, { extension: ['x'] }, { extension: ['x'], id: 'b' }] }] },
      { name: [{ given: ['A', 'B'], _given: [null, { id: 'b' }] }] },
    ],
  ])('leaves no element that says nothing, which JSON of FHIR does not have: %s of %j', (path, elements, left) => {
    const body = JSON.stringify({ resourceType: 'Patient', id: 'p', ...elements });
    expect(masked(body, 'Patient', { Patient: [path] })).toEqual({
      resourceType: 'Patient',
      id: 'p',
      meta: { tag: [subsetted] },
      ...left,
    });
  });

  it('masks resources inside, and the narrative around them', () => {
    const inner = '{"resourceType":"Patient","id":"i","telecom":[{"value":"secret"}]}';
    const outer = `{"resourceType":"Observation","text":{"div":"secret"},"contained":[${inner}],"valueDecimal":1.10}`;
    const text = textOf(outer, 'Observation', { Patient: ['telecom'] });
    expect(text).not.toContain('secret');
    expect(text).toContain('1.10');
    const bundle = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${inner}}]}`;
    expect(textOf(bundle, 'Bundle', { Patient: ['telecom'] })).not.toContain('secret');
    expect(maskText(bundle, 'Bundle', masks({ Patient: ['telecom'] }))?.types).toEqual(['Patient']);
    expect(parseJson(text)).toMatchObject({ meta: { tag: [subsetted] } });
  });
});

describe('readMaskPath', () => {
  it.each([
    ['Patient.telecom', { type: 'Patient', path: 'telecom' }],
    ['Patient.contact.telecom.value', { type: 'Patient', path: 'contact.telecom.value' }],
    ['Observation.value[x]', { type: 'Observation', path: 'value' }],
    ['Observation.valueQuantity', { type: 'Observation', path: 'value' }],
    ['Patient.extension', { type: 'Patient', path: 'extension' }],
  ])('%s', (text, read) => {
    expect(readMaskPath(text)).toEqual(read);
  });

  it.each([
    ['telecom', 'does not begin with a resource type'],
    ['Patients.telecom', 'Did you mean Patient?'],
    ['Patient', 'names no element'],
    ['Patient.phone', 'is no element of Patient'],
    ['Patient.meta.tag', 'the server works with it'],
    ['Patient.contained', 'the server works with it'],
    ['ValueSet.compose', 'counts for searches of all callers'],
    ['Binary.data', 'sent as it is'],
    ['Observation.value.code', 'is no element of a choice of types'],
    ['Patient.__proto__', 'is no element'],
  ])('refuses %s: %s', (text, why) => {
    expect(readMaskPath(text)).toEqual({ why: expect.stringContaining(why) });
  });
});

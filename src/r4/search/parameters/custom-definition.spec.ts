import { describe, expect, it } from 'vitest';
import { patientCompartmentParameters } from '../../model/patient-compartment.js';
import { resourceTypes } from '../../model/resource-types.js';
import { readDefinition } from './custom-definition.js';
import { ResourceIndexer } from '../index/resource-indexer.js';
import type { SearchParameter } from './search-parameter.js';
import { SearchOffer } from './search-offer.js';
import { SearchParameters } from './search-parameters.js';

const r4 = new SearchParameters();

const definition = (changes: object) =>
  readDefinition(
    {
      resourceType: 'SearchParameter',
      url: 'urn:ward',
      status: 'active',
      code: 'ward',
      base: ['Patient'],
      type: 'token',
      expression: "Patient.extension.where(url = 'urn:w').value.ofType(code)",
      ...changes,
    },
    r4,
  );

const problem = (changes: object): string => {
  const found = definition(changes);
  return found.kind === 'invalid' ? found.issues.map(({ diagnostics }) => diagnostics).join(' ') : found.kind;
};

/** Each level triples the ways to the one within. */
const manyWays = Array.from({ length: 9 }).reduce<string>(
  (inner) => `(extension | extension | extension).where(${inner}).exists()`,
  'url.exists()',
);

describe('readDefinition', () => {
  it('takes what search needs', () => {
    expect(definition({ target: [], component: [], xpath: 'ignored' })).toEqual({
      kind: 'custom',
      parameter: {
        code: 'ward',
        type: 'token',
        url: 'urn:ward',
        base: ['Patient'],
        expression: "Patient.extension.where(url = 'urn:w').value.ofType(code)",
      },
    });
  });

  it.each([
    ['an extension named by its property', "Patient.extension.where(url = 'x').valueCode"],
    ['an element that some types of a choice have', "Patient.extension.where(url = 'x').extension.value.code"],
    ['a union', 'Patient.name.family | Patient.contact.name.family'],
    ['%resource outside of criteria', '%resource.gender'],
  ])('takes %s', (_name, expression) => {
    expect(definition({ expression, type: 'token' }).kind).toBe('custom');
  });

  it.each([
    ['longer than', { expression: `Patient.gender${' | Patient.gender'.repeat(200)}` }],
    ['nested deeper', { expression: `${'('.repeat(30)}Patient.gender${')'.repeat(30)}` }],
    ['too costly', { expression: 'Patient.extension.value.extension.value.extension.value.extension.value.code' }],
    ['too costly', { expression: `Patient.extension.where(${manyWays}).value.code`, code: 'many' }],
    ['several reasons', { base: ['Nobody'], code: '_x' }],
  ])('refuses what is %s', (reason, changes) => {
    if (reason === 'several reasons') expect(problem(changes)).toMatch(/no code.*no resource type/);
    else expect(problem(changes)).toContain(reason);
  });

  it('takes the same definition as a built-in one for a document, and another one of its url for a mistake', () => {
    const gender = r4.find('Patient', 'gender')!;
    expect(definition({ ...gender, expression: gender.expression!.replace(' ', '  ') }).kind).toBe('document');
    expect(problem({ ...gender, expression: 'Patient.active' })).toContain('built in');
  });

  it('takes the code of a built-in parameter only for a document that is derived from it with its type', () => {
    const described = { code: 'gender', expression: 'Patient.gender', derivedFrom: r4.find('Patient', 'gender')!.url };
    expect(definition(described).kind).toBe('document');
    expect(problem({ ...described, type: 'string' })).toContain('reserved');
    expect(problem({ ...described, derivedFrom: 'urn:else' })).toContain('reserved');
    expect(problem({ ...described, base: ['Patient', 'Basic'] })).toContain('reserved');
  });

  it('reserves every code that makes a compartment: no custom parameter can open one', () => {
    for (const type of resourceTypes) {
      for (const code of patientCompartmentParameters(type)) {
        expect([type, code, r4.findBuiltIn(type, code) !== undefined]).toEqual([type, code, true]);
      }
    }
  });
});

describe('SearchParameters with custom ones', () => {
  const ward = (definition({}) as { parameter: SearchParameter }).parameter;
  const patient = { resourceType: 'Patient', extension: [{ url: 'urn:w', valueCode: 'a' }] };
  const entriesOf = (parameters: SearchParameters) =>
    new ResourceIndexer(parameters, { base: 'http://localhost/fhir', timeZone: 'UTC' })
      .index(patient)
      .values.filter((value) => value.startsWith('ward'));

  it('are known to no other server, which has one map with those that have none of a type', () => {
    const [own, ...others] = [new SearchParameters(), new SearchParameters(), new SearchParameters()] as const;
    for (const change of [
      { active: [ward], pending: [] },
      { active: [], pending: [{ parameter: ward, state: 'building', progress: 12 }] },
    ] as const) {
      own.setCustom({ generation: 2, revision: 2, ...change });
      expect(entriesOf(own)).toHaveLength(1);
      for (const other of others) {
        expect(entriesOf(other)).toEqual([]);
        for (const maps of ['forType', 'toIndex'] as const) {
          expect(other[maps]('Patient').has('ward')).toBe(false);
          expect(other[maps]('Patient')).toBe(others[0][maps]('Patient'));
          expect(other[maps]('Observation')).toBe(own[maps]('Observation'));
        }
      }
    }
    others[0].add({ ...ward, code: 'added', url: 'urn:added' });
    expect(others[0].find('Patient', 'added')?.url).toBe('urn:added');
    expect([own, others[1]].map((other) => other.find('Patient', 'added'))).toEqual([undefined, undefined]);
  });

  it('index by those that are building, and offer those that are active', () => {
    const parameters = new SearchParameters();
    const offer = new SearchOffer(parameters);
    expect(entriesOf(parameters)).toEqual([]);
    parameters.setCustom({
      generation: 2,
      revision: 2,
      active: [],
      pending: [{ parameter: ward, state: 'building', progress: 12 }],
    });
    expect(entriesOf(parameters)).toHaveLength(1);
    expect(parameters.find('Patient', 'ward')).toBeUndefined();
    expect(() => offer.find('Patient', 'ward')).toThrow(/12 %/);
    parameters.setCustom({ generation: 2, revision: 3, active: [ward], pending: [] });
    expect(entriesOf(parameters)).toHaveLength(1);
    expect(offer.find('Patient', 'ward')).toBe(ward);
    expect(offer.find('Observation', 'ward')).toBeUndefined();
    expect(offer.for('Patient')).toEqual([ward]);
    parameters.setCustom({
      generation: 3,
      revision: 4,
      active: [],
      pending: [{ parameter: ward, state: 'failed', reason: 'no reason' }],
    });
    expect(entriesOf(parameters)).toEqual([]);
    expect(() => offer.find('Patient', 'ward')).toThrow(/no reason.*anew/);
  });

  it('never hide a built-in parameter of the code', () => {
    const parameters = new SearchParameters();
    const gender = { ...ward, code: 'gender' };
    parameters.setCustom({ generation: 2, revision: 2, active: [gender], pending: [] });
    expect(parameters.find('Patient', 'gender')).toBe(
      r4.find('Patient', 'gender') && parameters.findBuiltIn('Patient', 'gender'),
    );
  });
});

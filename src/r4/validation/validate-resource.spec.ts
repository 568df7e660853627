import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject, parseJson } from '../json/json.js';
import { findingIssue, findingKinds } from './finding.js';
import { hasErrors, validateResource } from './validate-resource.js';

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };

const aPatient = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', text: narrative, ...more });
const anObservation = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  text: narrative,
  status: 'final',
  code: { text: 'x' },
  ...more,
});

const findings = (resource: Json, level: 'strict' | 'structure' = 'strict'): readonly string[] =>
  validateResource(resource, { level }).map(({ code, expression }) => `${code} ${expression}`);

const extension = { url: 'http://example.org/e', valueString: 'a' };

describe('validation against R4', () => {
  it('finds nothing wrong with good resources', () => {
    const patient = aPatient({
      id: 'p1',
      meta: { versionId: '1', lastUpdated: '2015-02-07T13:28:17.239+02:00' },
      active: true,
      name: [{ family: 'Chalmers', given: ['Peter', 'James'] }],
      gender: 'male',
      birthDate: '1974-12-25',
      _birthDate: { id: 'b', extension: [extension] },
      deceasedBoolean: false,
      managingOrganization: { reference: 'Organization/1' },
    });
    expect(validateResource(patient)).toEqual([]);
    expect(validateResource(anObservation({ valueQuantity: { value: 1 } }))).toEqual([]);
  });

  it('says what was expected, what was found and where, as an issue of an OperationOutcome', () => {
    const [finding, ...rest] = validateResource(aPatient({ contact: [{ name: { family: 'x' }, gender: 'man' }] }));
    expect(rest).toEqual([]);
    expect(finding).toEqual({
      severity: 'error',
      code: 'code-not-in-value-set',
      issue: 'code-invalid',
      expression: 'Patient.contact[0].gender',
      expected: 'one of male, female, other, unknown',
      found: '"man"',
      text: 'Patient.contact[0].gender: expected one of male, female, other, unknown; found "man".',
    });
    expect(findingIssue(finding!)).toEqual({
      severity: 'error',
      code: 'code-invalid',
      details: { coding: [{ code: 'code-not-in-value-set' }], text: finding!.text },
      diagnostics: 'Expected one of male, female, other, unknown; found "man".',
      expression: ['Patient.contact[0].gender'],
    });
  });

  it.each<[string, Json, readonly string[]]>([
    ['a resource that is none', [], ['not-a-resource Resource']],
    ['a resource without type', { id: 'a' }, ['not-a-resource Resource']],
    ['an unknown type', { resourceType: 'patient' }, ['unknown-resource-type Resource']],
    ['an unknown element', aPatient({ birthdate: '2000' }), ['unknown-element Patient']],
    ['an unknown element inside', aPatient({ name: [{ familly: 'x' }] }), ['unknown-element Patient.name[0]']],
    ['a choice without its type', anObservation({ value: 'a' }), ['unknown-element Observation']],
    ['a choice of a type it does not have', anObservation({ valueDecimal: 1 }), ['unknown-element Observation']],
    [
      'modifier extensions of data types',
      aPatient({ name: [{ family: 'x', modifierExtension: [extension] }] }),
      ['unknown-element Patient.name[0]'],
    ],
    ['extensions of an id', aPatient({ _id: { extension: [extension] } }), ['unknown-element Patient']],
    ['an object for an array', aPatient({ name: { family: 'x' } }), ['wrong-shape Patient.name']],
    ['an array for an object', anObservation({ code: [{ text: 'x' }] }), ['wrong-shape Observation.code']],
    ['a primitive for an object', anObservation({ code: 'x' }), ['wrong-shape Observation.code']],
    ['an object for a primitive', aPatient({ gender: { code: 'male' } }), ['wrong-shape Patient.gender']],
    ['a text for a boolean', aPatient({ active: 'true' }), ['wrong-shape Patient.active']],
    ['a text for a number', anObservation({ valueInteger: '1' }), ['wrong-shape Observation.value']],
    ['a number for a text', aPatient({ birthDate: 1974 }), ['wrong-shape Patient.birthDate']],
    ['null', aPatient({ birthDate: null }), ['null-not-allowed Patient.birthDate']],
    ['null among objects', aPatient({ name: [null, { family: 'x' }] }), ['null-not-allowed Patient.name[0]']],
    [
      'null without extensions',
      aPatient({ name: [{ given: ['a', null] }] }),
      ['null-not-allowed Patient.name[0].given[1]'],
    ],
    ['an empty array', aPatient({ name: [] }), ['empty-array Patient.name']],
    ['an empty object', aPatient({ name: [{}] }), ['ele-1 Patient.name[0]']],
    ['an element with only an id', aPatient({ maritalStatus: { id: 'm' } }), ['ele-1 Patient.maritalStatus']],
    [
      'siblings of another length',
      aPatient({ name: [{ given: ['a'], _given: [null, { extension: [extension] }] }] }),
      ['misaligned-siblings Patient.name[0].given'],
    ],
    [
      'a sibling that is no array',
      aPatient({ name: [{ given: ['a'], _given: { id: 'x' } }] }),
      ['wrong-shape Patient.name[0].given'],
    ],
    ['a sibling without value and extensions', aPatient({ _birthDate: { id: 'x' } }), ['ele-1 Patient.birthDate']],
    [
      'a missing element',
      { resourceType: 'Observation', text: narrative, status: 'final' },
      ['missing-element Observation.code'],
    ],
    [
      'a missing choice',
      {
        resourceType: 'MedicationRequest',
        text: narrative,
        status: 'draft',
        intent: 'order',
        subject: { display: 'x' },
      },
      ['missing-element MedicationRequest.medication'],
    ],
    [
      'two types of a choice',
      anObservation({ valueString: 'a', valueInteger: 1 }),
      ['several-choices Observation.value'],
    ],
    [
      'two types of a choice, one by its extensions',
      anObservation({ valueString: 'a', _valueInteger: { extension: [extension] } }),
      ['several-choices Observation.value'],
    ],
    ['a day that does not exist', aPatient({ birthDate: '1980-02-31' }), ['invalid-value Patient.birthDate']],
    [
      'an instant without zone',
      aPatient({ meta: { lastUpdated: '2015-02-07T13:28:17' } }),
      ['invalid-value Patient.meta.lastUpdated'],
    ],
    ['an id with an underscore', aPatient({ id: 'a_b' }), ['invalid-value Patient.id']],
    ['an id with a slash', aPatient({ id: 'a/b' }), ['invalid-value Patient.id']],
    [
      'base64 without padding',
      aPatient({ photo: [{ contentType: 'image/png', data: 'YQ' }] }),
      ['invalid-value Patient.photo[0].data'],
    ],
    ['a fraction as an integer', aPatient({ multipleBirthInteger: 1.5 }), ['invalid-value Patient.multipleBirth']],
    ['control characters', aPatient({ name: [{ family: 'a\u0007' }] }), ['illegal-character Patient.name[0].family']],
    [
      'more than 1 MB of text',
      aPatient({ name: [{ text: 'a'.repeat(1_048_577) }] }),
      ['text-too-long Patient.name[0].text'],
    ],
    [
      'scripts',
      aPatient({ text: { ...narrative, div: '<div xmlns="http://www.w3.org/1999/xhtml"><script/></div>' } }),
      ['unsafe-narrative Patient.text.div'],
    ],
    ['a tag of no language', aPatient({ language: 'English (US)' }), ['code-not-in-value-set Patient.language']],
    [
      'a concept outside a required binding',
      {
        resourceType: 'Condition',
        text: narrative,
        subject: { display: 'x' },
        clinicalStatus: { coding: [{ system: 'http://example.org', code: 'active' }] },
      },
      ['code-not-in-value-set Condition.clinicalStatus'],
    ],
    [
      'only a text where a code is required',
      { resourceType: 'Condition', text: narrative, subject: { display: 'x' }, clinicalStatus: { text: 'active' } },
      ['code-not-in-value-set Condition.clinicalStatus'],
    ],
    [
      'a reference to a wrong type',
      aPatient({ managingOrganization: { reference: 'Patient/1' } }),
      ['wrong-reference-target Patient.managingOrganization'],
    ],
    [
      'an absolute reference to a wrong type',
      aPatient({ managingOrganization: { reference: 'http://example.org/fhir/Patient/1/_history/2' } }),
      ['wrong-reference-target Patient.managingOrganization'],
    ],
    [
      'a contained reference to a wrong type',
      aPatient({
        contained: [{ resourceType: 'Patient', id: 'c', active: true }],
        managingOrganization: { reference: '#c' },
      }),
      ['wrong-reference-target Patient.managingOrganization'],
    ],
    [
      'a reference whose type says something else',
      aPatient({ generalPractitioner: [{ reference: 'Practitioner/1', type: 'Organization' }] }),
      ['wrong-reference-target Patient.generalPractitioner[0].type'],
    ],
    [
      'a reference that is no URL of a resource',
      aPatient({ managingOrganization: { reference: 'Acme' } }),
      ['invalid-reference Patient.managingOrganization.reference'],
    ],
    [
      'a reference to nothing contained',
      aPatient({ managingOrganization: { reference: '#c' } }),
      ['ref-1 Patient.managingOrganization'],
    ],
    [
      'an extension without url',
      aPatient({ extension: [{ valueString: 'a' }] }),
      ['missing-element Patient.extension[0].url'],
    ],
    [
      'an extension without value',
      aPatient({ extension: [{ url: 'http://example.org/e' }] }),
      ['ext-1 Patient.extension[0]'],
    ],
    [
      'an extension with value and extensions',
      aPatient({ extension: [{ ...extension, extension: [extension] }] }),
      ['ext-1 Patient.extension[0]'],
    ],
    [
      'an identity that is not absolute',
      { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'Patient/1', resource: aPatient() }] },
      ['relative-url Bundle.entry[0].fullUrl'],
    ],
    ['a broken invariant', anObservation({ dataAbsentReason: { text: 'x' }, valueString: 'a' }), ['obs-6 Observation']],
    [
      'a broken invariant of a profiled data type',
      anObservation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
      ['sqty-1 Observation.referenceRange[0].low'],
    ],
    [
      'a broken invariant of one element',
      {
        resourceType: 'Organization',
        text: narrative,
        name: 'x',
        telecom: [{ system: 'phone', value: '1', use: 'home' }],
      },
      ['org-3 Organization.telecom[0]'],
    ],
    [
      'a broken invariant by its expression',
      { resourceType: 'Linkage', text: narrative, item: [{ type: 'source', resource: { reference: 'Patient/1' } }] },
      ['lnk-1 Linkage'],
    ],
    [
      'a resource of an unknown type inside',
      { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Pat' } }] },
      ['unknown-resource-type Bundle.entry[0].resource'],
    ],
  ])('finds %s', (_, resource, expected) => {
    expect(findings(resource)).toEqual(expected);
    expect(hasErrors(validateResource(resource))).toBe(true);
  });

  it('warns of what is allowed but not good', () => {
    const resource = { resourceType: 'Patient', name: [{ text: ' ' }] };
    expect(findings(resource)).toEqual(['blank-text Patient.name[0].text', 'dom-6 Patient']);
    expect(hasErrors(validateResource(resource))).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['bindings', aPatient({ gender: 'man' })],
    ['formats', aPatient({ birthDate: '1980-02-31' })],
    ['references', aPatient({ managingOrganization: { reference: 'Patient/1' } })],
    ['references to nothing contained', aPatient({ managingOrganization: { reference: '#c' } })],
  ])('only warns of %s at the level "structure"', (_, resource) => {
    const [finding] = validateResource(resource, { level: 'structure' });
    expect(finding).toMatchObject({ severity: 'warning' });
    expect(validateResource(resource)).toEqual([{ ...finding, severity: 'error' }]);
  });

  it.each<[string, JsonObject]>([
    ['unknown elements', aPatient({ foo: 1 })],
    ['shapes', aPatient({ name: {} })],
    ['cardinality', { resourceType: 'Observation', status: 'final' }],
    ['scripts', aPatient({ text: { ...narrative, div: '<div xmlns="http://www.w3.org/1999/xhtml"><script/></div>' } })],
    ['invariants', anObservation({ dataAbsentReason: { text: 'x' }, valueString: 'a' })],
  ])('still refuses wrong %s at the level "structure"', (_, resource) => {
    expect(hasErrors(validateResource(resource, { level: 'structure' }))).toBe(true);
  });

  it('says nothing of invariants about elements that are broken anyway', () => {
    const wrong = anObservation({ dataAbsentReason: { text: 'x' }, valueString: 1 });
    expect(findings(wrong)).toEqual(['wrong-shape Observation.value']);
  });

  it('guesses what was meant', () => {
    const [unknown] = validateResource(aPatient({ birthdate: '2000' }));
    expect(unknown?.expected).toBe('only elements of Patient such as "birthDate"');
    const [type] = validateResource({ resourceType: 'Patiant' });
    expect(type?.expected).toBe('a resource type of R4 such as "Patient"');
  });
});

describe('contained resources', () => {
  const contained = { resourceType: 'Organization', id: 'o', name: 'x' };
  const refers = { managingOrganization: { reference: '#o' } };

  it.each<[string, JsonObject, readonly string[]]>([
    ['are referenced', aPatient({ contained: [contained], ...refers }), []],
    [
      'refer to their container',
      aPatient({ contained: [{ ...contained, extension: [{ url: 'http://e', valueReference: { reference: '#' } }] }] }),
      [],
    ],
    [
      'are referenced by canonical',
      {
        resourceType: 'Questionnaire',
        text: narrative,
        status: 'draft',
        contained: [{ resourceType: 'ValueSet', id: 'v', status: 'draft' }],
        item: [{ linkId: '1', type: 'choice', answerValueSet: '#v' }],
      },
      [],
    ],
    ['must be referenced', aPatient({ contained: [contained] }), ['dom-3 Patient.contained[0]']],
    [
      'have an id',
      aPatient({ contained: [{ resourceType: 'Organization', name: 'x' }] }),
      ['contained-without-id Patient.contained[0]'],
    ],
    [
      'have an id of their own',
      aPatient({ contained: [contained, contained], ...refers }),
      ['duplicate-contained-id Patient.contained[1]'],
    ],
    [
      'contain nothing',
      aPatient({ contained: [{ ...contained, contained: [{ ...contained, id: 'p' }] }], ...refers }),
      ['dom-2 Patient.contained[0].contained'],
    ],
    [
      'have no version',
      aPatient({
        contained: [{ ...contained, meta: { versionId: '1', lastUpdated: '2015-02-07T13:28:17Z' } }],
        ...refers,
      }),
      ['dom-4 Patient.contained[0].meta.versionId', 'dom-4 Patient.contained[0].meta.lastUpdated'],
    ],
    [
      'have no security labels',
      aPatient({ contained: [{ ...contained, meta: { security: [{ code: 'R' }] } }], ...refers }),
      ['dom-5 Patient.contained[0].meta.security'],
    ],
    [
      'are checked as what they are',
      aPatient({ contained: [{ ...contained, name: 1 }], ...refers }),
      ['wrong-shape Patient.contained[0].name'],
    ],
  ])('%s', (_, resource, expected) => {
    expect(findings(resource)).toEqual(expected);
  });

  it('belong to the entry of a Bundle, not to the Bundle', () => {
    const entry = (more: JsonObject): JsonObject => ({ resource: aPatient({ ...more }) });
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [entry({ contained: [contained], ...refers }), entry(refers)],
    };
    expect(findings(bundle)).toEqual(['ref-1 Bundle.entry[1].resource.managingOrganization']);
  });
});

describe('any JSON', () => {
  const deep = (levels: number, open: string, close: string): JsonObject =>
    JSON.parse(
      `{"resourceType":"Patient","extension":${open.repeat(levels)}null${close.repeat(levels)}}`,
    ) as JsonObject;

  it.each<[string, JsonObject]>([
    ['1,000 extensions in each other', deep(1000, '[{"url":"a:b","extension":', '}]')],
    ['1,000 arrays in each other', deep(1000, '[', ']')],
    ['an unknown element 1,000 levels deep', deep(1000, '[{"x":', '}]')],
  ])('is read to a limit: %s', (_, resource) => {
    expect(hasErrors(validateResource(resource))).toBe(true);
  });

  it('reports no more than asked for, and errors before warnings', () => {
    const names = Array.from({ length: 500 }, (_, at) => ({ text: ' ', use: at % 2 ? 'wrong' : 'usual' }));
    const found = validateResource(aPatient({ name: names }), { maximumFindings: 10 });
    expect(found).toHaveLength(10);
    expect(found.every(({ severity }) => severity === 'error')).toBe(true);
    const mixed = validateResource(aPatient({ name: names.slice(0, 20) }), { maximumFindings: 15 });
    expect(mixed.filter(({ severity }) => severity === 'error')).toHaveLength(10);
    expect(mixed).toHaveLength(15);
    expect(validateResource(aPatient({ name: names })).length).toBe(100);
  });

  it('takes time in proportion to its size', () => {
    const many = <T>(item: (at: number) => T): T[] => Array.from({ length: 10_000 }, (_, at) => item(at));
    const start = performance.now();
    const resources = [
      aPatient({ extension: many(() => extension) }),
      aPatient({
        contained: many((at) => ({ resourceType: 'Basic', id: `b${at}`, code: { text: 'x' } })),
        generalPractitioner: many((at) => ({ reference: `#b${at}` })),
      }),
      anObservation({
        valueString: 'a',
        component: many((at) => ({ code: { coding: [{ code: `${at}` }] } })),
        code: { coding: many((at) => ({ code: `x${at}` })) },
      }),
      { resourceType: 'CodeSystem', status: 'draft', content: 'complete', concept: many((at) => ({ code: `${at}` })) },
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: many((at) => ({ fullUrl: `urn:x:${at}`, resource: { resourceType: 'Patient', active: true } })),
      },
      Object.fromEntries([['resourceType', 'Patient'], ...many((at) => [`x${at}`, 1] as const)]),
    ];
    for (const resource of resources) validateResource(resource as JsonObject);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('is not shared between validations: a resource may change in between', () => {
    const resource = aPatient({
      contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
      managingOrganization: { reference: '#o' },
    });
    expect(findings(resource)).toEqual([]);
    resource['contained'] = [{ resourceType: 'Organization', id: 'q', name: 'x' }];
    expect(findings(resource)).toEqual(['ref-1 Patient.managingOrganization', 'dom-3 Patient.contained[0]']);
  });

  it('never throws, finds the same twice, and uses known codes', () => {
    const names = [
      'resourceType',
      'id',
      '_id',
      'meta',
      'text',
      'div',
      'extension',
      'url',
      'valueReference',
      'reference',
      'contained',
      'identifier',
      'name',
      '_given',
      'given',
      'status',
      'code',
      'coding',
      'item',
      'component',
      'low',
      'high',
      'period',
      'start',
      '__proto__',
      'constructor',
      'entry',
      'resource',
      'repeat',
      'when',
      'path',
      'element',
      'snapshot',
    ];
    const types = [
      'Patient',
      'Observation',
      'Bundle',
      'Questionnaire',
      'StructureDefinition',
      'TestScript',
      'Parameters',
    ];
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium', maxDepth: 6 },
        fc.constantFrom<Json>(null, true, 1, 'a', '', '#a', '2012-05', ...types),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }).map((object) => object as JsonObject),
      ),
    }));
    const keys = /^[a-z]{2,4}-\d+[a-z]?$/;
    fc.assert(
      fc.property(value, fc.constantFrom(...types), (json, resourceType) => {
        const resource = isObject(json) ? { ...json, resourceType } : json;
        const found = validateResource(resource);
        expect(validateResource(resource)).toEqual(found);
        expect(found.filter(({ code }) => !(code in findingKinds) && !keys.test(code))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps numbers exact', () => {
    const resource = parseJson(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":1.0}',
    );
    expect(findings(resource)).toContain('invalid-value Observation.value');
    const range =
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueRange":{"low":{"value":1.00000000000000000002},"high":{"value":1.00000000000000000001}}}';
    expect(findings(parseJson(range))).toContain('rng-2 Observation.value');
  });
});

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json/json.js';
import type { DefinitionSource } from '../../model/definition-source.js';
import { ProfileRules } from './validate-profiles.js';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const terminology = 'http://terminology.hl7.org/CodeSystem';

const sourceOf = (...resources: readonly JsonObject[]): DefinitionSource & { readonly asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    revision: '1',
    find(type, canonicals) {
      asked.push(...canonicals);
      const found = canonicals.map((canonical) =>
        resources.find(({ resourceType, url }) => resourceType === type && url === canonical.split('|')[0]),
      );
      return Promise.resolve(
        found.map(
          (resource) => resource && { type, url: resource['url'] as string, version: '1', origin: 'x@1', resource },
        ),
      );
    },
  };
};

const profileOf = (type: string, element: readonly object[], more: JsonObject = {}): JsonObject => ({
  resourceType: 'StructureDefinition',
  url: 'http://example.org/p',
  version: '1',
  type,
  kind: 'resource',
  derivation: 'constraint',
  baseDefinition: `${core}${type}`,
  differential: { element: [{ path: type }, ...element] as never },
  ...more,
});

const errorsOf = async (resource: JsonObject, ...definitions: readonly JsonObject[]) => {
  const findings = await new ProfileRules(sourceOf(...definitions)).validate(resource, {
    profiles: ['http://example.org/p'],
  });
  return findings.filter(({ severity }) => severity === 'error').map(({ code, expression }) => `${code} ${expression}`);
};

const patient: JsonObject = { resourceType: 'Patient' };
const observation: JsonObject = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
const tagged = (code: string): JsonObject => ({ coding: [{ system: 'http://s', code }] });
const categories = (...codes: readonly string[]): JsonObject => ({
  ...observation,
  category: codes.map(tagged),
});
const sliced = (slicing: object, ...slices: readonly object[]): JsonObject =>
  profileOf('Observation', [
    {
      path: 'Observation.category',
      slicing: { discriminator: [{ type: 'pattern', path: '$this' }], rules: 'open', ...slicing },
    },
    ...slices,
  ]);
const slice = (sliceName: string, more: object = {}): object => ({
  path: 'Observation.category',
  sliceName,
  patternCodeableConcept: tagged(sliceName),
  ...more,
});

describe('validation against profiles', () => {
  it('tells slices apart by what is fixed in slices on the way, as in blood pressures', async () => {
    const coded = (code: string): JsonObject => ({ coding: [{ system: 'http://loinc.org', code }] });
    const pressure = (value: number): JsonObject => ({
      valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    });
    const measured = (...codes: readonly string[]): JsonObject => ({
      ...observation,
      category: [{ coding: [{ system: `${terminology}/observation-category`, code: 'vital-signs' }] }],
      code: coded('85354-9'),
      subject: { reference: 'Patient/p' },
      effectiveDateTime: '2026-01-01',
      component: codes.map((code, n) => ({ code: coded(code), ...pressure(80 + n) })),
    });
    const errors = async (resource: JsonObject): Promise<readonly string[]> => {
      const found = await new ProfileRules(sourceOf()).validate(resource, { profiles: [`${core}bp`] });
      return found
        .filter(({ severity }) => severity === 'error')
        .map(({ code, expression }) => `${code} ${expression}`);
    };
    expect(await errors(measured('8480-6', '8462-4'))).toEqual([]);
    expect(await errors(measured('8462-4', '8867-4', '8480-6'))).toEqual([]);
    expect(await errors(measured('8480-6', '8480-6'))).toEqual([
      'too-many-items Observation.component',
      'missing-slice Observation.component',
    ]);
  });

  it('asks for what a profile requires, forbids and fixes', async () => {
    const profile = profileOf('Patient', [
      { path: 'Patient.name', min: 1 },
      { path: 'Patient.photo', max: '0' },
      { path: 'Patient.gender', fixedCode: 'female' },
      { path: 'Patient.deceased[x]', type: [{ code: 'boolean' }] },
    ]);
    const wrong = { ...patient, photo: [{ title: 'x' }], gender: 'male', deceasedDateTime: '2020' };
    expect(await errorsOf(wrong, profile)).toEqual(
      [
        'missing-element Patient.name',
        'fixed-value Patient.gender',
        'type-not-allowed Patient.deceased',
        'too-many-items Patient.photo',
      ].toSorted((one, other) => order.indexOf(one) - order.indexOf(other)),
    );
    expect(
      await errorsOf({ ...patient, name: [{ text: 'x' }], gender: 'female', deceasedBoolean: true }, profile),
    ).toEqual([]);
  });

  it('says which discriminator did not match, who asked, and the cure', async () => {
    const rules = new ProfileRules(sourceOf(sliced({}, slice('a', { min: 1 }))));
    const [, finding] = await rules.validate(categories('b'), { profiles: ['http://example.org/p|1'] });
    expect(finding).toMatchObject({
      code: 'missing-slice',
      expression: 'Observation.category',
      asked: 'http://example.org/p|1#Observation.category:a',
      cure: 'Add an item that is of a.',
    });
    expect(finding!.found).toContain('pattern at $this is {"coding":[{"system":"http://s","code":"b"}]}');
  });

  it('holds closed, ordered and openAtEnd slicing to their rules', async () => {
    const two = [slice('a'), slice('b')];
    expect(await errorsOf(categories('a', 'c'), sliced({ rules: 'closed' }, ...two))).toEqual([
      'no-slice Observation.category[1]',
    ]);
    expect(await errorsOf(categories('b', 'a'), sliced({ ordered: true }, ...two))).toEqual([
      'slice-order Observation.category[1]',
    ]);
    expect(await errorsOf(categories('c', 'a'), sliced({ rules: 'openAtEnd' }, ...two))).toEqual([
      'slice-order Observation.category[0]',
    ]);
    expect(await errorsOf(categories('a', 'b', 'c'), sliced({ rules: 'openAtEnd', ordered: true }, ...two))).toEqual(
      [],
    );
  });

  it('slices a slice again', async () => {
    const again = { discriminator: [{ type: 'value', path: 'text' }], rules: 'closed' };
    const profile = sliced(
      {},
      slice('a', { slicing: again }),
      { path: 'Observation.category', sliceName: 'a/one', min: 1 },
      { path: 'Observation.category.text', fixedString: 'one' },
    );
    const of = (text: string): JsonObject => ({ ...observation, category: [{ ...tagged('a'), text }] });
    expect(await errorsOf(of('one'), profile)).toEqual([]);
    expect(await errorsOf(of('two'), profile)).toEqual([
      'missing-slice Observation.category',
      'no-slice Observation.category[0]',
    ]);
  });

  it('tells slices apart by existence, type, profile and position', async () => {
    const by = (discriminator: object, ...slices: readonly object[]): JsonObject =>
      profileOf('Observation', [
        { path: 'Observation.component', slicing: { discriminator: [discriminator], rules: 'closed' } },
        ...slices,
      ]);
    const component = (...items: readonly JsonObject[]): JsonObject => ({
      ...observation,
      component: items.map((item) => ({ code: { text: 'x' }, ...item })),
    });
    const exists = by(
      { type: 'exists', path: 'value' },
      { path: 'Observation.component', sliceName: 'with', max: '1' },
      { path: 'Observation.component.value[x]', min: 1 },
      { path: 'Observation.component', sliceName: 'without', max: '1' },
      { path: 'Observation.component.value[x]', max: '0' },
    );
    expect(await errorsOf(component({ valueBoolean: true }, {}), exists)).toEqual([]);
    expect(await errorsOf(component({ valueBoolean: true }, { valueString: 'x' }), exists)).toEqual([
      'too-many-items Observation.component',
    ]);
    const type = by(
      { type: 'type', path: 'value' },
      { path: 'Observation.component', sliceName: 'number' },
      { path: 'Observation.component.value[x]', type: [{ code: 'Quantity' }] },
    );
    expect(await errorsOf(component({ valueString: 'x' }), type)).toEqual(['no-slice Observation.component[0]']);
    const position = by(
      { type: 'position', path: '$this' },
      { path: 'Observation.component', sliceName: 'first', min: 1, max: '1' },
      { path: 'Observation.component.value[x]', min: 1 },
    );
    expect(await errorsOf(component({}), position)).toEqual(['missing-element Observation.component[0].value']);
    expect(await errorsOf(component({ valueString: 'x' }, {}), position)).toEqual([
      'no-slice Observation.component[1]',
    ]);
  });

  it('holds references to their targets, and what travels along to its profile', async () => {
    const target = {
      ...profileOf('Organization', [{ path: 'Organization.name', min: 1 }]),
      url: 'http://example.org/o',
    };
    const profile = profileOf('Patient', [
      { path: 'Patient.managingOrganization', type: [{ code: 'Reference', targetProfile: ['http://example.org/o'] }] },
    ]);
    const of = (reference: string, contained?: JsonObject): JsonObject => ({
      ...patient,
      managingOrganization: { reference },
      ...(contained && { contained: [contained] }),
    });
    expect(await errorsOf(of('Practitioner/1'), profile, target)).toEqual([
      'wrong-reference-target Patient.managingOrganization',
    ]);
    expect(await errorsOf(of('Organization/1'), profile, target)).toEqual([]);
    const organization = { resourceType: 'Organization', id: 'o' };
    expect(await errorsOf(of('#o', organization), profile, target)).toEqual([
      'target-profile Patient.managingOrganization',
    ]);
    expect(await errorsOf(of('#o', { ...organization, name: 'x' }), profile, target)).toEqual([]);
  });

  it('asks invariants, with the functions of FHIR', async () => {
    const constraint = (expression: string): JsonObject =>
      profileOf('Patient', [
        {
          path: 'Patient.generalPractitioner',
          constraint: [{ key: 'x-1', severity: 'error', human: 'x', expression }],
        },
      ]);
    const of = (reference: string): JsonObject => ({
      ...patient,
      generalPractitioner: [{ reference }],
      contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
    });
    const named = constraint("resolve().name = 'x'");
    expect(await errorsOf(of('#o'), named)).toEqual([]);
    // What it rests on is elsewhere.
    expect(await errorsOf(of('Organization/1'), named)).toEqual([]);
    expect(await errorsOf(of('#o'), constraint('resolve() is Practitioner'))).toEqual([
      'x-1 Patient.generalPractitioner[0]',
    ]);
    expect(await errorsOf(of('#o'), constraint(`resolve().conformsTo('${core}Practitioner')`))).toEqual([
      'x-1 Patient.generalPractitioner[0]',
    ]);
  });

  it('holds extensions to their definitions, wherever they stand, and knows no modifiers but those defined', async () => {
    const of = (extension: JsonObject, name = 'extension'): JsonObject => ({ ...patient, [name]: [extension] });
    const birthPlace = `${core}patient-birthPlace`;
    const errors = async (resource: JsonObject) =>
      (await new ProfileRules(sourceOf()).validate(resource)).map(({ code, expression }) => `${code} ${expression}`);
    expect(await errors(of({ url: birthPlace, valueAddress: { city: 'x' } }))).toEqual([]);
    expect(await errors(of({ url: birthPlace, valueString: 'x' }))).toEqual([
      'type-not-allowed Patient.extension[0].value',
    ]);
    expect(await errors({ ...patient, name: [{ extension: [{ url: birthPlace, valueAddress: {} }] }] })).toEqual([
      'extension-context Patient.name[0].extension[0]',
    ]);
    expect(await errors(of({ url: birthPlace, valueAddress: {} }, 'modifierExtension'))).toEqual([
      'extension-modifier Patient.modifierExtension[0]',
    ]);
    expect(await errors(of({ url: 'http://example.org/e', valueString: 'x' }))).toEqual([]);
    expect(await errors(of({ url: 'http://example.org/e', valueString: 'x' }, 'modifierExtension'))).toEqual([
      'unknown-modifier-extension Patient.modifierExtension[0]',
    ]);
  });

  it('reads a profile and what it rests on once', async () => {
    const source = sourceOf(profileOf('Patient', [{ path: 'Patient.name', min: 1 }]));
    const rules = new ProfileRules(source);
    for (let i = 0; i < 3; i++) await rules.validate(patient, { profiles: ['http://example.org/p'] });
    expect(source.asked).toEqual([...new Set(source.asked)]);
  });
});

describe('a code', () => {
  const local = (content: string, ...codes: readonly string[]): JsonObject => ({
    resourceType: 'CodeSystem',
    url: 'http://example.org/kinds',
    version: '2',
    content,
    concept: codes.map((code) => ({
      code,
      display: `Kind ${code}`,
      designation: [{ language: 'de', value: `Art ${code}` }],
    })),
  });
  const ofKind = (coding: JsonObject): JsonObject => ({
    ...observation,
    category: [{ coding: [{ system: 'http://example.org/kinds', ...coding }] }],
  });
  const measured = (quantity: JsonObject): JsonObject => ({
    ...observation,
    valueQuantity: { system: 'http://unitsofmeasure.org', value: 1, ...quantity },
  });
  const found = async (resource: JsonObject, ...definitions: readonly JsonObject[]) =>
    (await new ProfileRules(sourceOf(...definitions)).validate(resource)).map(
      ({ severity, code, expression }) => `${severity} ${code} ${expression}`,
    );

  it('that its system does not define is named, bound or not, with the codes that there are', async () => {
    const [finding] = await new ProfileRules(sourceOf(local('complete', 'a', 'b'))).validate(ofKind({ code: 'c' }));
    expect(finding).toMatchObject({
      severity: 'warning',
      code: 'unknown-code',
      issue: 'code-invalid',
      expression: 'Observation.category[0].coding[0]',
      expected: 'a code of http://example.org/kinds|2',
      found: '"c", which it does not define',
      cure: 'Use one of its codes: a, b.',
    });
    expect(await found(ofKind({ code: 'a' }), local('complete', 'a'))).toEqual([]);
    const inExtension = {
      ...patient,
      extension: [{ url: 'http://e', valueCoding: ofKind({ code: 'c' })['category'] }],
    };
    expect(await found(inExtension as never, local('complete', 'a'))).toEqual([]);
    const extension = [{ url: 'http://e', valueCoding: { system: 'http://example.org/kinds', code: 'c' } }];
    expect(await found({ ...patient, extension }, local('complete', 'a'))).toEqual([
      'warning unknown-code Patient.extension[0].value',
    ]);
  });

  it('is an error where that is asked for', async () => {
    const rules = new ProfileRules(sourceOf(local('complete', 'a')));
    const findings = await rules.validate(ofKind({ code: 'c' }), { unknownCodes: 'error' });
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['error unknown-code']);
  });

  it.each([
    ['of a system that is not at hand', ofKind({ code: 'c' }), []],
    ['of a system of which some codes are at hand', ofKind({ code: 'c' }), [local('fragment', 'a')]],
    ['of a system whose codes are elsewhere', ofKind({ code: 'c' }), [local('not-present')]],
    ['without a system', { ...observation, category: [{ coding: [{ code: 'c' }] }] }, [local('complete', 'a')]],
    ['of SNOMED CT that is an expression', ofKind({ system: 'http://snomed.info/sct', code: '1:2=3' }), []],
    ['of a language', ofKind({ system: 'urn:ietf:bcp:47', code: 'en-AU' }), []],
  ])('%s is not judged', async (_, resource, definitions) => {
    expect(await found(resource as JsonObject, ...definitions)).toEqual([]);
  });

  it('of R4 itself is looked up without any package', async () => {
    const category = (code: string): JsonObject => ({
      ...observation,
      category: [{ coding: [{ system: `${terminology}/observation-category`, code }] }],
    });
    expect(await found(category('laboratory'))).toEqual([]);
    expect(await found(category('labs'))).toEqual(['warning unknown-code Observation.category[0].coding[0]']);
  });

  it('of UCUM is a unit, of what cannot be converted too', async () => {
    for (const code of ['mg', 'mmol/L', 'Cel', '[IU]', '{tablet}', '1', '%'])
      expect(await found(measured({ code })), code).toEqual([]);
    for (const code of ['TAB', 'mEq', 'gram', 'mm Hg', 'bananas', '', ' mg', 'x'.repeat(10_000)])
      expect(await found(measured({ code })), code).toEqual(['warning unknown-code Observation.value']);
    const cure = async (code: string) => (await new ProfileRules(sourceOf()).validate(measured({ code })))[0]?.cure;
    expect(await cure('TAB')).toContain('{tablet}');
    expect(await cure('gram')).toBe('Use g.');
  });

  it('has the texts of its system, in any language, case and spacing', async () => {
    const system = local('complete', 'a');
    for (const display of ['Kind a', 'kind  A ', 'Art a', 1])
      expect(await found(ofKind({ code: 'a', display }), system), String(display)).toEqual([]);
    const [finding] = await new ProfileRules(sourceOf(system)).validate(ofKind({ code: 'a', display: 'Kind b' }));
    expect(finding).toMatchObject({ severity: 'warning', code: 'wrong-display', found: '"Kind b"' });
    expect(finding?.cure).toBe('Use "Kind a" or "Art a", or leave display out.');
  });

  it('of one body is not asked for without end', async () => {
    const source = sourceOf();
    const coding = Array.from({ length: 5000 }, (_, i) => ({ system: `http://s/${i}`, code: 'x' }));
    await new ProfileRules(source).validate({ ...observation, category: [{ coding }] });
    expect(source.asked.filter((one) => one.startsWith('http://s/'))).toHaveLength(100);
    const component = Array.from({ length: 500 }, (_, i) => measured({ code: `no-unit-${i}` }));
    expect(await found({ ...observation, component })).toHaveLength(50);
  });
});

it('gives others their turn while it looks at a large resource, and runs beside other runs', async () => {
  const source = sourceOf(profileOf('Patient', [{ path: 'Patient.name', min: 1 }]));
  const rules = new ProfileRules(source);
  const name = {
    family: 'x',
    given: ['y'],
    period: { start: '2020' },
    extension: [{ url: 'http://e', valueString: 'x' }],
  };
  const entry = Array.from({ length: 20_000 }, (_, i) => ({
    resource: { ...patient, ...(i % 2 === 0 && { name: [name] }), meta: { profile: ['http://example.org/p'] } },
  }));
  const bundle = { resourceType: 'Bundle', type: 'collection', entry };
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const [first, second] = await Promise.all([
    rules.validate(bundle),
    rules.validate(patient, { profiles: ['http://example.org/p'] }),
  ]);
  isDone = true;
  expect(turns).toBeGreaterThan(5);
  expect(first.filter(({ severity }) => severity === 'error')).toHaveLength(100);
  expect(second.map(({ code }) => code)).toEqual(['missing-element']);
});

const order = [
  'missing-element Patient.name',
  'fixed-value Patient.gender',
  'type-not-allowed Patient.deceased',
  'too-many-items Patient.photo',
];

describe('definitions that are wrong', () => {
  it.each([
    ['its own base', profileOf('Patient', [], { baseDefinition: 'http://example.org/p' }), /is its own base/],
    [
      'a base that nobody knows',
      profileOf('Patient', [], { baseDefinition: 'http://example.org/q' }),
      /http:\/\/example.org\/q/,
    ],
    [
      'an element that the base does not have',
      profileOf('Patient', [{ path: 'Patient.wings', min: 1 }]),
      /Patient.wings/,
    ],
    [
      'a differential about another type',
      profileOf('Patient', [], { differential: { element: [{ path: 'Group' }] } }),
      /about Group/,
    ],
  ])('are explained: %s', async (_, profile, fact) => {
    const findings = await new ProfileRules(sourceOf(profile)).validate(patient, {
      profiles: ['http://example.org/p'],
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: 'broken-profile', severity: 'error' });
    expect(findings[0]!.text).toMatch(fact);
  });

  it.each([
    ['does not compile', 'name.where(', /does not compile/],
    ['is no function', 'name.fly()', /cannot be evaluated/],
    ['never ends', '(1).repeat($this + 1).exists()', /takes too long/],
  ])('are a warning where an invariant %s', async (_, expression, fact) => {
    const constraint = [{ key: 'x-1', severity: 'error', human: 'x', expression }];
    const rules = new ProfileRules(sourceOf(profileOf('Patient', [{ path: 'Patient.name', constraint }])));
    const findings = await rules.validate(
      { ...patient, name: [{ text: 'x' }] },
      { profiles: ['http://example.org/p'] },
    );
    expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning invariant-not-evaluated']);
    expect(findings[0]!.found).toMatch(fact);
  });

  it('are named where they are not installed: a claim as the setting says, a profile that was asked for as an error', async () => {
    const rules = new ProfileRules(sourceOf());
    const claiming = { ...patient, meta: { profile: ['http://example.org/p'] } };
    expect(await rules.validate(claiming)).toMatchObject([
      { code: 'unknown-profile', severity: 'warning', expression: 'Patient.meta.profile[0]' },
    ]);
    expect(await rules.validate(claiming, { unknownClaims: 'error' })).toMatchObject([{ severity: 'error' }]);
    expect(await rules.validate(patient, { profiles: ['http://example.org/p'] })).toMatchObject([
      { severity: 'error' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../json/json.js';
import type { IndexValues } from './index-values.js';
import { ResourceIndexer } from './resource-indexer.js';
import { SearchParameters } from '../parameters/search-parameters.js';
import { hashToken } from './token-hash.js';

const base = 'http://localhost:3000/fhir/r4';
const parameters = new SearchParameters();
const indexer = new ResourceIndexer(parameters, { base, timeZone: 'UTC' });
const index = (resource: JsonObject): IndexValues => indexer.index(resource);

/** Entries with `/` between the parts instead of U+001F, of one parameter. */
const readable = (entry: string): string => entry.replaceAll('\u001f', '␟');
const values = (resource: JsonObject, code: string): readonly string[] =>
  index(resource)
    .values.filter((entry) => entry.startsWith(`${code}\u001f`) || entry.startsWith(`${code}:`))
    .map((entry) => readable(entry).slice(code.length));
const ranges = (resource: JsonObject, code: string): readonly unknown[] =>
  index(resource)
    .ranges.filter(({ parameter }) => parameter === code)
    .map(({ parameter: _parameter, ...range }) => range);
const hasToken = (resource: JsonObject, entry: string): boolean =>
  index(resource).tokens.includes(hashToken(entry.replaceAll('␟', '\u001f')));

const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';

describe('tokens (https://hl7.org/fhir/R4/search.html#token)', () => {
  const observation: JsonObject = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: loinc, code: '8867-4' }, { code: 'local' }, { system: 'http://x.example' }, {}] },
  };

  it('have an exact entry, and hashes with any system and of the system alone', () => {
    expect(values(observation, 'code')).toEqual(['␟8867-4␟http://loinc.org', '␟local␟', '␟␟http://x.example']);
    expect(hasToken(observation, 'code␟8867-4␟http://loinc.org')).toBe(true);
    expect(hasToken(observation, 'code␟8867-4')).toBe(true);
    expect(hasToken(observation, 'code␟␟http://loinc.org')).toBe(true);
    expect(hasToken(observation, 'code␟local␟')).toBe(true);
    expect(hasToken(observation, 'code␟8867-4␟')).toBe(false);
  });

  it('of a code have the system that its binding implies', () => {
    expect(values(observation, 'status')).toEqual(['␟final␟http://hl7.org/fhir/observation-status']);
  });

  it('of identifiers are found by type as well', () => {
    const patient: JsonObject = {
      resourceType: 'Patient',
      identifier: [{ system: 'urn:mrn', value: '12', type: { coding: [{ system: 'http://t.example', code: 'MR' }] } }],
    };
    expect(values(patient, 'identifier')).toEqual(['␟12␟urn:mrn', ':of-type␟12␟MR␟http://t.example']);
    expect(hasToken(patient, 'identifier:of-type␟12␟MR␟http://t.example')).toBe(true);
  });

  it('come from booleans, contact points, strings and meta', () => {
    const patient: JsonObject = {
      resourceType: 'Patient',
      meta: {
        tag: [{ system: 's', code: 't' }],
        security: [{ code: 'R' }],
        profile: ['http://p.example|1'],
        source: 'urn:s',
      },
      active: false,
      deceasedBoolean: true,
      telecom: [{ system: 'phone', value: '555' }],
    };
    expect(values(patient, 'active')).toEqual(['␟false␟']);
    expect(values(patient, 'deceased')).toEqual(['␟true␟']);
    expect(values(patient, 'phone')).toEqual(['␟555␟']);
    expect(values(patient, 'email')).toEqual([]);
    expect(values(patient, '_tag')).toEqual(['␟t␟s']);
    expect(values(patient, '_security')).toEqual(['␟R␟']);
    expect(values(patient, '_profile')).toEqual(['␟http://p.example|1', '␟http://p.example']);
    expect(values(patient, '_source')).toEqual(['␟urn:s']);
  });

  it('never hold the separator of entries', () => {
    const forged: JsonObject = {
      resourceType: 'Observation',
      code: { coding: [{ code: '8867-4\u001fhttp://loinc.org' }] },
    };
    expect(values(forged, 'code')).toEqual([]);
  });

  it('leave _id and _lastUpdated to their columns', () => {
    const patient: JsonObject = { resourceType: 'Patient', id: 'p1', meta: { lastUpdated: '2024-01-01T00:00:00Z' } };
    expect(values(patient, '_id')).toEqual([]);
    expect(ranges(patient, '_lastUpdated')).toEqual([]);
  });
});

describe('references', () => {
  const observation = (subject: JsonObject): JsonObject => ({
    resourceType: 'Observation',
    contained: [{ resourceType: 'Patient', id: 'inside' }],
    subject,
  });

  it.each(['Patient/p1', `${base}/Patient/p1`, 'Patient/p1/_history/3'])('%s is local', (reference) => {
    expect(values(observation({ reference }), 'subject')).toEqual(['␟Patient/p1']);
    expect(values(observation({ reference }), 'patient')).toEqual(['␟Patient/p1']);
    expect(hasToken(observation({ reference }), 'subject␟p1')).toBe(true);
    expect(index(observation({ reference })).compartments).toEqual(['Patient/p1']);
  });

  it.each([
    'http://other.example/fhir/Patient/p1',
    `${base}evil/Patient/p1`,
    'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11',
    'Patient/p1/extra',
  ])('%s is of another place and opens no compartment', (reference) => {
    expect(values(observation({ reference }), 'subject')).toEqual([`␟${reference}`]);
    expect(index(observation({ reference })).compartments).toEqual([]);
  });

  it('inside the resource count as present, and no search finds them', () => {
    expect(values(observation({ reference: '#inside' }), 'subject')).toEqual([':contained␟']);
    expect(index(observation({ reference: '#inside' })).compartments).toEqual([]);
  });

  it('by identifier are found by it and open no compartment', () => {
    const subject = { type: 'Patient', identifier: { system: 'urn:mrn', value: '12' } };
    expect(values(observation(subject), 'subject')).toEqual([':identifier␟12␟urn:mrn']);
    expect(hasToken(observation(subject), 'subject:identifier␟12')).toBe(true);
    expect(index(observation(subject)).compartments).toEqual([]);
  });

  it('that are canonical are found with and without version', () => {
    const response: JsonObject = { resourceType: 'QuestionnaireResponse', questionnaire: 'http://q.example/q|2' };
    expect(values(response, 'questionnaire')).toEqual(['␟http://q.example/q|2', '␟http://q.example/q']);
  });
});

describe('the patient compartment', () => {
  it('holds the patient, by id and not by link', () => {
    const patient: JsonObject = { resourceType: 'Patient', id: 'p1', link: [{ other: { reference: 'Patient/p2' } }] };
    expect(index(patient).compartments).toEqual(['Patient/p1']);
  });

  it('holds what refers to patients by a parameter of the definition', () => {
    const appointment: JsonObject = {
      resourceType: 'Appointment',
      participant: [
        { actor: { reference: 'Patient/p1' } },
        { actor: { reference: 'Practitioner/x' } },
        { actor: { reference: 'Patient/p2' } },
      ],
    };
    expect(index(appointment).compartments).toEqual(['Patient/p1', 'Patient/p2']);
    const device: JsonObject = { resourceType: 'Device', patient: { reference: 'Patient/p1' } };
    expect(index(device).compartments).toEqual(['Patient/p1']);
  });

  it('does not hold groups of patients, nor resources that mention one elsewhere', () => {
    const group: JsonObject = { resourceType: 'Group', member: [{ entity: { reference: 'Patient/p1' } }] };
    expect(index(group).compartments).toEqual([]);
    const observation: JsonObject = { resourceType: 'Observation', focus: [{ reference: 'Patient/p1' }] };
    expect(index(observation).compartments).toEqual([]);
  });
});

describe('what decides who sees a Binary', () => {
  it('is its own security context', () => {
    const binary: JsonObject = { resourceType: 'Binary', securityContext: { reference: 'Observation/o1' } };
    expect(values(binary, '~security-context')).toEqual(['␟Observation/o1']);
    expect(hasToken(binary, '~security-context␟Observation/o1')).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['DocumentReference', { content: [{ attachment: { url: 'Binary/b1' } }] }],
    ['DiagnosticReport', { presentedForm: [{ url: `${base}/Binary/b1` }, { url: 'http://other.example/Binary/b2' }] }],
    ['Media', { content: { url: 'Binary/b1/_history/1' } }],
  ])('is an attachment of %s that points to it', (resourceType, content) => {
    expect(values({ resourceType, ...content }, '~binary')).toEqual(['␟Binary/b1']);
  });

  it('is not an attachment of another type, or to another type', () => {
    expect(values({ resourceType: 'Patient', photo: [{ url: 'Binary/b1' }] }, '~binary')).toEqual([]);
    expect(values({ resourceType: 'Media', content: { url: 'Patient/b1' } }, '~binary')).toEqual([]);
  });
});

describe('strings', () => {
  const patient: JsonObject = {
    resourceType: 'Patient',
    name: [{ family: 'Müller', given: ['Anna', 'Eva'], text: 'Anna Eva Müller' }],
    address: [{ line: ['Weg 1'], city: 'Köln', text: ' ' }],
  };

  it('have an entry for each part, normalised and exact', () => {
    expect(values(patient, 'name')).toEqual([
      '␟muller␟Müller',
      '␟anna␟Anna',
      '␟eva␟Eva',
      '␟anna eva muller␟Anna Eva Müller',
    ]);
    expect(values(patient, 'address')).toEqual(['␟weg 1␟Weg 1', '␟koln␟Köln']);
    expect(values(patient, 'given')).toEqual(['␟anna␟Anna', '␟eva␟Eva']);
  });

  it('sort by the least and the greatest', () => {
    const keys = index(patient).sortTexts;
    expect(keys).toContainEqual({ parameter: 'given', low: 'anna', high: 'eva' });
    expect(keys).toContainEqual({ parameter: 'name', low: 'muller anna eva', high: 'muller anna eva' });
    const long = index({ resourceType: 'Patient', name: [{ family: 'x'.repeat(100) }] }).sortTexts;
    expect(long).toContainEqual({ parameter: 'family', low: 'x'.repeat(64), high: 'x'.repeat(64) });
  });
});

describe('dates', () => {
  const day = (date: string): string => `${Date.parse(date)}000`;

  it('are intervals of their precision', () => {
    const patient: JsonObject = { resourceType: 'Patient', birthDate: '1980-02-28' };
    expect(ranges(patient, 'birthdate')).toEqual([{ low: day('1980-02-28'), high: day('1980-02-29') }]);
    expect(index(patient).sortNumbers).toEqual([
      { parameter: 'birthdate', low: day('1980-02-28'), high: day('1980-02-28') },
    ]);
    expect(ranges({ resourceType: 'Patient', birthDate: '1980-02-31' }, 'birthdate')).toEqual([]);
  });

  const encounter = (period: JsonObject): JsonObject => ({ resourceType: 'Encounter', period });

  it('of a period reach from its start to its end, which may be open', () => {
    expect(ranges(encounter({ start: '2024-01-01', end: '2024-01-31' }), 'date')).toEqual([
      { low: day('2024-01-01'), high: day('2024-02-01') },
    ]);
    expect(ranges(encounter({ start: '2024-01-01' }), 'date')).toEqual([{ low: day('2024-01-01') }]);
    expect(ranges(encounter({ end: '2024' }), 'date')).toEqual([{ high: day('2025-01-01') }]);
    expect(ranges(encounter({ start: '2024', end: '2023' }), 'date')).toEqual([]);
    expect(ranges(encounter({}), 'date')).toEqual([]);
  });

  it('of a timing are its outer limits', () => {
    const timing = (effectiveTiming: JsonObject): JsonObject => ({ resourceType: 'Observation', effectiveTiming });
    expect(ranges(timing({ event: ['2024-03-01', '2024-01-01'] }), 'date')).toEqual([
      { low: day('2024-01-01'), high: day('2024-03-02') },
    ]);
    expect(ranges(timing({ repeat: { boundsPeriod: { start: '2024-01-01' } } }), 'date')).toEqual([
      { low: day('2024-01-01') },
    ]);
    expect(ranges(timing({ repeat: { frequency: 1 } }), 'date')).toEqual([]);
  });
});

describe('numbers and quantities', () => {
  const observation = (text: string): JsonObject =>
    parseJson(
      `{"resourceType":"Observation","code":{"coding":[{"system":"${loinc}","code":"c"}]},${text}}`,
    ) as JsonObject;

  it('are points, whatever digits were written', () => {
    const risk = parseJson(
      '{"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":0.50}]}',
    ) as JsonObject;
    expect(ranges(risk, 'probability')).toEqual([{ low: '0.5', high: '0.5' }]);
    expect(index(risk).sortNumbers).toEqual([{ parameter: 'probability', low: '0.5', high: '0.5' }]);
  });

  it('are indexed in their unit, its human form, and UCUM base units', () => {
    const resource = observation(`"valueQuantity":{"value":72.0,"unit":"kilos","system":"${ucum}","code":"kg"}`);
    expect(ranges(resource, 'value-quantity')).toEqual([
      { low: '72', high: '72', unit: 'kilos|' },
      { low: '72', high: '72', unit: `kg|${ucum}` },
      { low: '72000', high: '72000', unit: 'g1|ucum:canonical' },
    ]);
    expect(index(resource).sortNumbers).toContainEqual({ parameter: 'value-quantity', low: '72000', high: '72000' });
  });

  it('without a convertible unit have no canonical form', () => {
    const celsius = observation(`"valueQuantity":{"value":37,"system":"${ucum}","code":"Cel"}`);
    expect(ranges(celsius, 'value-quantity')).toEqual([{ low: '37', high: '37', unit: `Cel|${ucum}` }]);
    expect(ranges(observation('"valueQuantity":{"value":3}'), 'value-quantity')).toEqual([
      { low: '3', high: '3', unit: '|' },
    ]);
  });

  it.each([
    ['<', { high: '5' }],
    ['<=', { high: '5' }],
    ['>', { low: '5' }],
    ['>=', { low: '5' }],
  ])('with comparator %s are open on one side', (comparator, expected) => {
    const resource = observation(`"valueQuantity":{"value":5,"comparator":"${comparator}"}`);
    expect(ranges(resource, 'value-quantity')).toEqual([{ ...expected, unit: '|' }]);
  });

  it('of money have the currency as unit, of sampled data their extremes, of ranges both ends', () => {
    const invoice: JsonObject = { resourceType: 'Invoice', totalNet: { value: 40, currency: 'EUR' } };
    expect(ranges(invoice, 'totalnet')).toEqual([{ low: '40', high: '40', unit: 'EUR|urn:iso:std:iso:4217' }]);
    const sampled = observation('"valueSampledData":{"origin":{"value":10},"period":1,"factor":2,"data":"1 E -3 2 L"}');
    expect(ranges(sampled, 'value-quantity')).toEqual([{ low: '4', high: '14', unit: '|' }]);
    const condition = parseJson(
      '{"resourceType":"Condition","onsetRange":{"low":{"value":30,"unit":"a"},"high":{"value":40,"unit":"a"}}}',
    ) as JsonObject;
    expect(ranges(condition, 'onset-age')).toEqual([{ low: '30', high: '40', unit: 'a|' }]);
  });

  it('that are no numbers are passed over', () => {
    expect(ranges(observation('"valueQuantity":{"value":"7"}'), 'value-quantity')).toEqual([]);
    expect(ranges(observation('"valueQuantity":{"value":1E999999}'), 'value-quantity')).toEqual([]);
  });
});

describe('composites (https://hl7.org/fhir/R4/search.html#composite)', () => {
  const code = { coding: [{ system: loinc, code: 'c' }] };

  it('of token and quantity are ranges with a code, of one node only', () => {
    const pressure: JsonObject = {
      resourceType: 'Observation',
      code,
      component: [
        { code: { coding: [{ code: 'sys' }] }, valueQuantity: { value: 120 } },
        { code: { coding: [{ code: 'dia' }] }, valueQuantity: { value: 80 } },
      ],
    };
    expect(ranges(pressure, 'component-code-value-quantity')).toEqual([
      { low: '120', high: '120', unit: '|', code: 'sys\u001f' },
      { low: '80', high: '80', unit: '|', code: 'dia\u001f' },
    ]);
    expect(ranges(pressure, 'code-value-quantity')).toEqual([]);
  });

  it('of token and token are exact entries, found without systems too', () => {
    const concept: JsonObject = {
      resourceType: 'Observation',
      code,
      valueCodeableConcept: { coding: [{ system: 'http://s.example', code: 'v' }] },
    };
    expect(values(concept, 'code-value-concept')).toEqual(['␟c␟http://loinc.org␟$␟v␟http://s.example']);
    expect(hasToken(concept, 'code-value-concept␟c␟$␟v')).toBe(true);
    expect(hasToken(concept, 'code-value-concept␟c␟http://loinc.org␟$␟v')).toBe(true);
  });

  it('of token and date, string, and of reference and token', () => {
    const dated: JsonObject = { resourceType: 'Observation', code, valueDateTime: '1970' };
    expect(ranges(dated, 'code-value-date')).toEqual([
      { low: '0', high: '31536000000000', code: 'c\u001fhttp://loinc.org' },
    ]);
    const text: JsonObject = { resourceType: 'Observation', code, valueString: 'Grün' };
    expect(values(text, 'code-value-string')).toEqual(['␟c␟http://loinc.org␟$␟grun␟Grün']);
    const document: JsonObject = {
      resourceType: 'DocumentReference',
      relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/d0' } }],
    };
    expect(values(document, 'relationship')).toEqual([
      '␟DocumentReference/d0␟$␟replaces␟http://hl7.org/fhir/document-relationship-type',
    ]);
  });

  it('of coordinates are one range from start to end', () => {
    const sequence: JsonObject = {
      resourceType: 'MolecularSequence',
      referenceSeq: { chromosome: { coding: [{ code: '1' }] }, windowStart: 100, windowEnd: 200 },
      variant: [{ start: 128, end: 129 }],
    };
    expect(ranges(sequence, 'chromosome-variant-coordinate')).toEqual([{ low: '128', high: '129', code: '1\u001f' }]);
    expect(ranges(sequence, 'chromosome-window-coordinate')).toEqual([{ low: '100', high: '200', code: '1\u001f' }]);
  });
});

describe('parameters that an application adds', () => {
  const added = (expression: string, code = 'added') => ({
    code,
    type: 'token' as const,
    url: `http://example.org/SearchParameter/${code}`,
    base: ['Patient'],
    expression,
  });
  const patient: JsonObject = { resourceType: 'Patient', active: true, name: [{ family: 'A' }, { family: 'B' }] };

  it('are used from the moment they are added', () => {
    const own = new SearchParameters();
    const ownIndexer = new ResourceIndexer(own, { base, timeZone: 'UTC' });
    expect(ownIndexer.index(patient).values.map(readable)).not.toContain('added␟A␟');
    own.add(added('Patient.name.family'));
    expect(ownIndexer.index(patient).values.map(readable)).toContain('added␟A␟');
  });

  it('may need all of FHIRPath', () => {
    const own = new SearchParameters([
      added('Patient.name.last().family'),
      added("Patient.name.family.select($this + '!')", 'loud'),
    ]);
    const entries = new ResourceIndexer(own, { base, timeZone: 'UTC' }).index(patient).values.map(readable);
    expect(entries).toContain('added␟B␟');
    expect(entries).not.toContain('added␟A␟');
    expect(entries).toContain('loud␟A!␟');
  });

  it('find nothing where their expression fails, and the resource is indexed all the same', () => {
    const own = new SearchParameters([added('Patient.name.family.single()')]);
    const entries = new ResourceIndexer(own, { base, timeZone: 'UTC' }).index(patient).values.map(readable);
    expect(entries.filter((entry) => entry.startsWith('added'))).toEqual([]);
    expect(entries).toContain('active␟true␟');
  });
});

describe('resources that are not what they should be', () => {
  it.each<JsonObject>([
    {},
    { resourceType: 'Foo', id: 'x' },
    {
      resourceType: 'Patient',
      name: 'x',
      identifier: [null, 3, 'x', [[]]],
      birthDate: 7,
      telecom: { value: { a: 1 } },
    },
    { resourceType: 'Observation', code: { coding: 'x' }, valueQuantity: [], component: { code: null } },
    { resourceType: 'Encounter', period: 'now', subject: 'Patient/p1' },
  ])('%j is indexed without an error', (resource) => {
    expect(index(resource).compartments).toEqual([]);
  });
});

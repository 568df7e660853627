import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilterValue } from '../query/filter.js';
import { InvalidSearchValue } from './invalid-search-value.js';
import { parseFilter } from './parse-filter.js';
import { SearchParameters } from '../parameters/search-parameters.js';

// https://hl7.org/fhir/R4/search.html#ptypes
const parameters = new SearchParameters();
const base = 'http://localhost:3000/fhir/r4';
const values = (type: string, code: string, text: string): readonly FilterValue[] =>
  parseFilter(parameters.find(type, code)!, text, { base, timeZone: 'UTC' }).values;
const refusal = (type: string, code: string, text: string): string => {
  try {
    values(type, code, text);
  } catch (error) {
    if (error instanceof InvalidSearchValue) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('a token value', () => {
  it.each([
    ['http://loinc.org|8867-4', { system: 'http://loinc.org', code: '8867-4' }],
    ['|8867-4', { system: '', code: '8867-4' }],
    ['http://loinc.org|', { system: 'http://loinc.org' }],
    ['8867-4', { code: '8867-4' }],
    [String.raw`a\|b\,c\$d\\e`, { code: String.raw`a|b,c$d\e` }],
  ])('%s is read', (text, expected) => {
    expect(values('Observation', 'code', text)).toEqual([{ kind: 'token', ...expected }]);
  });

  it('is one of several after a comma', () => {
    expect(values('Observation', 'code', 'a,s|b')).toEqual([
      { kind: 'token', code: 'a' },
      { kind: 'token', system: 's', code: 'b' },
    ]);
  });

  it.each(['', ',', 'a,', '|', 'a|b|c', 'a\u0000', 'a\u001fb'])('%j is refused', (text) => {
    expect(refusal('Observation', 'code', text)).toMatch(/"code".*Example: code=http:\/\/loinc\.org\|8867-4/);
  });

  it('of _id is an id', () => {
    expect(values('Patient', '_id', 'p1,p2')).toEqual([
      { kind: 'token', code: 'p1' },
      { kind: 'token', code: 'p2' },
    ]);
    expect(refusal('Patient', '_id', 'http://x|p1')).toContain('an id has 1 to 64');
  });
});

describe('a reference value', () => {
  it.each([
    ['Patient/p1', { target: 'Patient/p1' }],
    [`${base}/Patient/p1`, { target: 'Patient/p1' }],
    ['p1', { target: 'p1', anyType: true }],
    ['http://other.example/fhir/Patient/p1', { target: 'http://other.example/fhir/Patient/p1' }],
    ['urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11', { target: 'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11' }],
  ])('%s is read', (text, expected) => {
    expect(values('Observation', 'subject', text)).toEqual([{ kind: 'reference', ...expected }]);
  });

  it.each([
    ['Observation', 'patient', 'Patient/p1'],
    ['AllergyIntolerance', 'patient', 'Patient/p1'],
    ['DeviceUseStatement', 'patient', undefined],
    ['MedicationRequest', 'encounter', 'Encounter/p1'],
    ['Observation', 'subject', undefined],
  ])('that is an id is of the one type that %s?%s leads to', (type, code, target) => {
    const parameter = parameters.find(type, code)!;
    const expected = target === undefined ? { target: 'p1', anyType: true } : { target };
    expect(parseFilter(parameter, 'p1', { base, timeZone: 'UTC', type }).values).toEqual([
      { kind: 'reference', ...expected },
    ]);
  });

  it.each(['(Observation.subject)', 'subject', 'Observation.subject', '(Encounter.subject | Observation.subject)'])(
    'that is an id may be of any type that a path without a beginning leads to: %s',
    (other) => {
      const expression = `Observation.performer.where(resolve() is Patient) | ${other}`;
      const parameter = {
        code: 'who',
        type: 'reference',
        url: 'http://t.example/who',
        base: ['Observation'],
        expression,
      } as const;
      expect(parseFilter(parameter, 'p1', { base, timeZone: 'UTC', type: 'Observation' }).values).toEqual([
        { kind: 'reference', target: 'p1', anyType: true },
      ]);
    },
  );

  it('does not take our base for local when it is only the start of another address', () => {
    const [value] = values('Observation', 'subject', `${base}x/Patient/p1`);
    expect(value).toEqual({ kind: 'reference', target: `${base}x/Patient/p1` });
  });

  it.each([
    ['Patients/p1', 'Did you mean Patient?'],
    ['Practitioner/p1', 'it never refers to Practitioner, only to Group, Device, Patient, Location.'],
    ['Patient/p1/_history/2', 'names a version'],
    ['not a reference', 'neither Type/id'],
    ['Patient/', 'neither Type/id'],
  ])('%s is refused', (text, fact) => {
    expect(refusal('Observation', 'subject', text)).toContain(fact);
  });
});

describe('a date value', () => {
  it('is an interval with a prefix', () => {
    const day = { low: '1706659200000000', high: '1706745600000000' };
    expect(values('Patient', 'birthdate', '2024-01-31')).toEqual([{ kind: 'date', prefix: 'eq', ...day }]);
    for (const prefix of ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']) {
      expect(values('Patient', 'birthdate', `${prefix}2024-01-31`)).toEqual([{ kind: 'date', prefix, ...day }]);
    }
    expect(values('Patient', '_lastUpdated', '2024-01-31')).toMatchObject([{ kind: 'date' }]);
  });

  it.each([
    ['1980-02-31', 'there is no such date'],
    ['99999-01-01', 'it is no date'],
    ['xx2024', 'prefixes are eq'],
    ['2024-01-31T10:00:00 01:00', '"%2B"'],
    ['yesterday', 'it is no date'],
    ['ge', 'it is no date'],
  ])('%s is refused', (text, fact) => {
    expect(refusal('Patient', 'birthdate', text)).toContain(fact);
    expect(refusal('Patient', 'birthdate', text)).toContain('Example: birthdate=ge2024-01-31');
  });
});

describe('a number', () => {
  it.each([
    ['100', { prefix: 'eq', value: '100', low: '99.5', high: '100.5' }],
    ['100.00', { prefix: 'eq', value: '100', low: '99.995', high: '100.005' }],
    ['ne-5.40', { prefix: 'ne', value: '-5.4', low: '-5.405', high: '-5.395' }],
    ['1e2', { prefix: 'eq', value: '100', low: '50', high: '150' }],
    ['gt5.4E-3', { prefix: 'gt', value: '0.0054' }],
    ['ap100', { prefix: 'ap', value: '100', low: '90', high: '110' }],
    ['ap-0.5', { prefix: 'ap', value: '-0.5', low: '-0.55', high: '-0.45' }],
  ])('%s is an interval by its significant digits', (text, expected) => {
    expect(values('RiskAssessment', 'probability', text)).toMatchObject([{ kind: 'number', ...expected }]);
  });

  it.each([
    ['xx5', 'prefixes are eq'],
    ['five', 'it is no number'],
    ['5.', 'it is no number'],
    ['gt', 'it is no number'],
    ['1e99999', 'it is no number'],
  ])('%s is refused', (text, fact) => {
    expect(refusal('RiskAssessment', 'probability', text)).toContain(fact);
  });
});

describe('a quantity', () => {
  const quantity = (text: string) => values('Observation', 'value-quantity', text);

  it('names a unit of a system, of any system, any unit of a system, or any unit', () => {
    expect(quantity('5|urn:x|u')).toMatchObject([{ kind: 'quantity', value: '5', unit: { unit: 'u|urn:x' } }]);
    expect(quantity('lt5||u')).toMatchObject([{ prefix: 'lt', unit: { code: 'u' } }]);
    expect(quantity('5|urn:x')).toMatchObject([{ unit: { system: 'urn:x' } }]);
    expect(quantity('5')).toMatchObject([{ unit: {} }]);
    expect(quantity(String.raw`5|urn:a\|b|u\,v`)).toMatchObject([{ unit: { unit: 'u,v|urn:a|b' } }]);
  });

  it('in UCUM is compared in base units, or as it is when it does not convert', () => {
    expect(quantity('5.4|http://unitsofmeasure.org|mg')).toMatchObject([
      { value: '0.0054', low: '0.00535', high: '0.00545', unit: { unit: 'g1|ucum:canonical' } },
    ]);
    expect(quantity('37|http://unitsofmeasure.org|Cel')).toMatchObject([
      { value: '37', unit: { unit: 'Cel|http://unitsofmeasure.org' } },
    ]);
  });

  it.each([
    ['5|http://unitsofmeasure.org|kgg', 'kgg is no unit of UCUM'],
    ['5|a|b|c', 'at most three parts'],
    ['|a|b', 'it is no number'],
    ['xx5', 'prefixes are eq'],
  ])('%s is refused', (text, fact) => {
    expect(refusal('Observation', 'value-quantity', text)).toContain(fact);
  });
});

describe('a position', () => {
  it('is latitude, longitude and a distance in km unless units are given', () => {
    const at = { kind: 'near', latitude: -83.69, longitude: 42.26 };
    expect(values('Location', 'near', '-83.69|42.26|11.2')).toEqual([{ ...at, metres: 11_200 }]);
    expect(values('Location', 'near', '-83.69|42.26|2|[mi_i]')).toEqual([{ ...at, metres: 3218.688 }]);
  });

  it.each(['1', '91|0|1', '0|181|1', 'a|b|1', '1|2', '1|2|-3', '1|2|3|kg', '1|2|3|km|4'])('%s is refused', (text) => {
    expect(refusal('Location', 'near', text)).toContain('Example: near=48.2|16.4|10|km');
  });
});

describe('other values', () => {
  it('of a string are normalised', () => {
    expect(values('Patient', 'name', 'MÜLLER  a')).toEqual([{ kind: 'string', prefix: 'muller a' }]);
    expect(refusal('Patient', 'name', '  ')).toContain('blank');
  });

  it('of a uri stay as they are', () => {
    expect(values('ValueSet', 'url', 'http://x.example/a')).toEqual([{ kind: 'uri', uri: 'http://x.example/a' }]);
    expect(refusal('ValueSet', 'url', 'a b')).toContain('no spaces');
  });

  it('do not echo more than is needed to recognise them', () => {
    expect(refusal('Patient', 'birthdate', 'x'.repeat(100_000)).length).toBeLessThan(500);
  });

  it('of any kind are read or refused, never anything else', () => {
    const cases = fc.constantFrom(
      'name',
      'birthdate',
      'identifier',
      'general-practitioner',
      '_profile',
      '_id',
      'gender',
    );
    fc.assert(
      fc.property(cases, fc.string({ unit: 'grapheme' }), (code, text) => {
        refusal('Patient', code, text);
      }),
    );
  });
});

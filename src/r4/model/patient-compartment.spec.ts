import { describe, expect, it } from 'vitest';
import { readDefinitions } from './definitions.js';
import { compartmentGroup, patientCompartmentParameters } from './patient-compartment.js';
import { resourceTypes } from './resource-types.js';

const searchParameters = readDefinitions('search-parameters.json') as readonly {
  code: string;
  base: readonly string[];
  type: string;
}[];
const types = [...resourceTypes];

describe('the patient compartment', () => {
  it('takes members and parameters from the published definition', () => {
    expect(compartmentGroup('Observation')).toBe('member');
    expect(patientCompartmentParameters('Observation')).toEqual(['subject', 'performer']);
  });

  it('neither follows Patient.link nor counts Group.member', () => {
    expect(patientCompartmentParameters('Patient')).toEqual([]);
    expect(compartmentGroup('Patient')).toBe('member');
    expect(patientCompartmentParameters('Group')).toEqual([]);
    expect(compartmentGroup('Group')).toBe('withheld');
  });

  it.each([
    ['Device', 'patient'],
    ['Task', 'patient'],
    ['GuidanceResponse', 'subject'],
    ['Contract', 'subject'],
  ])('adds %s by %s', (type, code) => {
    expect(compartmentGroup(type)).toBe('member');
    expect(patientCompartmentParameters(type)).toEqual([code]);
  });

  it.each(['Group', 'AuditEvent', 'Subscription', 'Linkage', 'PaymentNotice', 'Parameters', 'Bundle', 'Unknown'])(
    'withholds %s',
    (type) => expect(compartmentGroup(type)).toBe('withheld'),
  );

  it('puts nothing that is withheld into a record', () => {
    const withheld = types.filter((type) => compartmentGroup(type) === 'withheld');
    expect(withheld.filter((type) => patientCompartmentParameters(type).length > 0)).toEqual([]);
  });

  it('derives Provenance and Binary', () => {
    expect(compartmentGroup('Provenance')).toBe('derived');
    expect(compartmentGroup('Binary')).toBe('derived');
  });

  it('shares only types that the published definition keeps out of every record', () => {
    const shared = types.filter((type) => compartmentGroup(type) === 'shared');
    expect(shared).toHaveLength(43);
    expect(shared.filter((type) => patientCompartmentParameters(type).length > 0)).toEqual([]);
  });

  it('names only reference parameters that the types have', () => {
    const known = new Set(
      searchParameters.flatMap(({ base, code, type }) => (type === 'reference' ? base.map((t) => `${t}.${code}`) : [])),
    );
    const named = types.flatMap((type) => patientCompartmentParameters(type).map((code) => `${type}.${code}`));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecord, patientsOf } from '../../../../test/support/audit-records.js';
import { entitiesOf, entityFacts } from '../../../audit/audit-entities.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { shortEntities } from './short-entities.js';

const factsOf = (record: AuditRecord, patients = patientsOf) =>
  entityFacts(record, 'http://localhost:3000/fhir/r4', patients);
const aRead: AuditRecord = { id: 'e', recorded: '2026-01-01T00:00:00.000Z', event: 'read', outcome: '0' };

describe('entities in the short form', () => {
  it('are the JSON of the entities, whatever was recorded, and shorter than it', () => {
    let made = 0;
    fc.assert(
      fc.property(anyRecord, (record) => {
        const short = shortEntities(factsOf(record));
        const json = JSON.stringify(entitiesOf(factsOf(record)));
        if (short === undefined) return;
        made++;
        expect(short.json).toBe(json);
        expect(short.stored.length).toBeLessThanOrEqual(json.length + 1);
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(150);
  });

  it.each<[string, Partial<AuditRecord>]>([
    ['a request with a quote in its id', { requestId: 'a"b' }],
    ['a request whose id is not ASCII', { requestId: 'ä' }],
    ['a request without an id', { requestId: '' }],
    ['a request line with a control character', { line: 'GET Patient/\u0001' }],
    ['a request line with half a character', { line: 'GET Patient/\ud800' }],
    ['a request line without a method', { line: 'Patient' }],
    ['a patient whose id is none of R4', { patients: ['a_b'] }],
    ['a version whose id is none of R4', { disclosed: ['Patient/a_b/1'] }],
    ['an object whose name JSON escapes', { object: { name: 'a\\b' } }],
  ])('are not made of %s', (_what, more) => {
    expect(shortEntities(factsOf({ ...aRead, ...more }))).toBeUndefined();
  });

  it.each<[string, Partial<AuditRecord>, readonly string[], string]>([
    ['of the patient', { disclosed: ['Patient/p/2'] }, ['p'], '*1/2'],
    ['of the patient that was written', { written: ['Patient/p/2'] }, ['p'], '!*1/2'],
    ['whose number is not known', { disclosed: ['Observation/p/0'] }, ['p'], 'Observation/p/0'],
    ['of nobody', { patients: ['q'], disclosed: ['Observation/o/1'] }, [], 'Observation/o/1:'],
    ['beside others of it', { disclosed: ['Device/d/1', 'Device/d/2'] }, [], 'Device/d/1,=Device/d/2'],
    ['of several', { patients: ['q'], disclosed: ['Observation/o/1'] }, ['p', 'r'], 'Observation/o/1:p+r'],
  ])('name a version %s in few characters', (_what, more, whose, stored) => {
    expect(shortEntities(factsOf({ ...aRead, ...more }, () => whose))?.stored.split('\u0001')[0]).toBe(stored);
  });

  it('name the first patient in the request line by one character', () => {
    const facts = factsOf({ ...aRead, patients: ['p-1'], line: 'GET Observation?patient=p-1', requestId: 'r' });
    expect(shortEntities(facts)?.stored).toBe('\u0001\u0001GET Observation?patient=\u0002\u0001r');
  });

  it('are not made of a version of a patient whose id is none of R4', () => {
    expect(shortEntities(factsOf({ ...aRead, disclosed: ['Observation/o/1'] }, () => ['a b']))).toBeUndefined();
  });
});

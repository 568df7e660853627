import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecord, patientsOf } from '../../../../test/support/audit-records.js';
import { entitiesOf, entityFacts } from '../../../audit/audit-entities.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { lengthened, shortened } from './phrases.js';
import { shortEntities } from './short-entities.js';

const factsOf = (record: AuditRecord, patients = patientsOf) =>
  entityFacts(record, 'http://localhost:3000/fhir/r4', patients);
const aRead: AuditRecord = { id: 'e', recorded: '2026-01-01T00:00:00.000Z', event: 'read', outcome: '0' };

describe('entities in the short form', () => {
  it('are the JSON of the entities, whatever was recorded, and as short as phrases make it', () => {
    let made = 0;
    fc.assert(
      fc.property(anyRecord, (record) => {
        const short = shortEntities(factsOf(record));
        const json = JSON.stringify(entitiesOf(factsOf(record)));
        if (short === undefined) return;
        made++;
        expect(lengthened(short)).toBe(json);
        expect(short).toBe(shortened(json));
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(150);
  });

  it.each<[string, Partial<AuditRecord>]>([
    ['a request with a quote in its id', { requestId: 'a"b' }],
    ['a request whose id is not ASCII', { requestId: 'ä' }],
    ['a patient whose id is none of R4', { patients: ['a_b'] }],
    ['a version whose id is none of R4', { disclosed: ['Patient/a_b/1'] }],
    ['an object whose name JSON escapes', { object: { name: 'a\\b' } }],
  ])('are not made of %s', (_what, more) => {
    expect(shortEntities(factsOf({ ...aRead, ...more }))).toBeUndefined();
  });

  it('are not made of a version of a patient whose id is none of R4', () => {
    expect(shortEntities(factsOf({ ...aRead, disclosed: ['Observation/o/1'] }, () => ['a b']))).toBeUndefined();
  });
});

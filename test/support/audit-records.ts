import fc from 'fast-check';
import type { AuditRecord } from '../../src/audit/audit-record.js';

const name = fc.oneof(
  fc.constantFrom('admin', 'p1', 'Ärztin Süß', 'a"b\\c'),
  fc.string({ unit: 'grapheme', maxLength: 90 }),
);
const id = fc.constantFrom('p1', 'p2', 'o1', 'o2', 'r-3');
const type = fc.constantFrom('Patient', 'Observation', 'Provenance', 'AuditEvent');
const version = fc.tuple(type, id, fc.nat(3)).map((parts) => parts.join('/'));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Of any kind, with any parts. */
export const anyRecord: fc.Arbitrary<AuditRecord> = fc
  .record(
    {
      id: fc.uuid(),
      recorded: fc
        .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((one) => one.toISOString()),
      event: fc.constantFrom(
        'read',
        'search-type',
        'create',
        'login',
        'launch',
        'retention',
        '$everything',
        'administration',
      ),
      outcome: fc.constantFrom('0', '4', '8'),
      requestId: optional(fc.uuid()),
      caller: optional(
        fc.record(
          {
            issuer: fc.constant('https://issuer.example'),
            subject: name,
            clientId: name,
            tokenId: name,
            fhirUser: fc.constantFrom('Practitioner/p1', 'Patient/p2'),
          },
          { requiredKeys: ['subject'] },
        ),
      ),
      address: optional(fc.ipV4()),
      purpose: optional(fc.record({ code: fc.constantFrom('TREAT', 'BTG'), reason: name }, { requiredKeys: ['code'] })),
      line: optional(name.map((text) => `GET Patient?name=${text}`)),
      disclosed: optional(fc.array(version, { maxLength: 4 })),
      written: optional(fc.array(version, { maxLength: 3 })),
      patients: optional(fc.array(id, { maxLength: 2 })),
      object: optional(fc.record({ name, details: fc.array(fc.tuple(name, name), { maxLength: 2 }) })),
      reasons: optional(
        fc.array(fc.record({ code: fc.constantFrom('scope-missing', 'consent-denied'), fact: name }), { maxLength: 2 }),
      ),
      count: optional(fc.nat(5)),
    },
    { requiredKeys: ['id', 'recorded', 'event', 'outcome'] },
  )
  .map(
    (one) =>
      Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as unknown as AuditRecord,
  );

const patients: Record<string, readonly string[]> = { o1: ['p1'], o2: ['p1', 'p2'], p1: ['p1'], p2: ['p2'] };
/** Of the versions that records name. */
export const patientsOf = (text: string): readonly string[] => patients[text.split('/')[1] ?? ''] ?? [];

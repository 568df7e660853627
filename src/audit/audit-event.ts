import type { JsonObject } from '../r4/json/json.js';
import type { PurposeOfUse } from '../scope/consent/purpose-of-use.js';
import type { AuditRecord } from './audit-record.js';
import { agentsOf } from './audit-agents.js';
import { codesOf } from './audit-codes.js';
import { entitiesOf, type PatientsOf } from './audit-entities.js';

/**
 * The AuditEvent of a record, in the patterns of IHE BALP. `base`: FHIR base URL; `patientsOf`: whose records a version
 * (`Type/id/version`) belongs to.
 */
export function auditEvent(record: AuditRecord, base: string, patientsOf: PatientsOf): JsonObject {
  const { id, recorded, event, outcome, purpose, reasons = [], count = 1 } = record;
  const { type, subtype, action } = codesOf(event);
  const codes = reasons.map(({ code }) => ({ system: `${base}/CodeSystem/denial-reason`, code }));
  const facts = reasons.map(({ code, fact }) => `${code}: ${fact}`);
  const details = count > 1 ? [`${count} requests within a minute.`, ...facts] : facts;
  return {
    resourceType: 'AuditEvent',
    id,
    meta: { versionId: '1', lastUpdated: recorded },
    type,
    subtype: [subtype, ...distinct(codes)],
    action,
    recorded,
    outcome,
    ...(details.length > 0 && { outcomeDesc: details.join(' ') }),
    ...(purpose && { purposeOfEvent: [purposeOf(purpose)] }),
    agent: agentsOf(record, base),
    source: {
      observer: { display: 'Lanyard', identifier: { value: base } },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: entitiesOf(record, base, patientsOf),
  };
}

const purposeOf = ({ code, reason }: PurposeOfUse): JsonObject => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code }],
  ...(reason !== undefined && { text: reason }),
});

const distinct = <T extends { readonly code: string }>(codings: readonly T[]): readonly T[] => [
  ...new Map(codings.map((coding) => [coding.code, coding])).values(),
];

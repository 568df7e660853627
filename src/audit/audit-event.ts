import type { JsonObject } from '../r4/json/json.js';
import type { PurposeOfUse } from '../scope/consent/purpose-of-use.js';
import type { AuditRecord } from './audit-record.js';
import { agentsOf } from './audit-agents.js';
import { codesOf } from './audit-codes.js';

/** An element by its name, as JSON without the braces around; no part of an AuditEvent is empty. */
export const withoutBraces = (json: string): string => json.slice(1, -1);

/**
 * The AuditEvent of a record, in the patterns of IHE BALP, as text: `head` is that of {@link headOf}, `entities` that of `entitiesOf`.
 */
export const eventText = ({ id, recorded }: AuditRecord, head: string, entities: string): string =>
  `{"resourceType":"AuditEvent","id":${JSON.stringify(id)},` +
  `"meta":{"versionId":"1","lastUpdated":${JSON.stringify(recorded)}},"recorded":${JSON.stringify(recorded)},` +
  `${withoutBraces(head)},"entity":${entities}}`;

/** Parts of an AuditEvent that requests of the same kind with the same token share: who did what, and how it ended. `base`: FHIR base URL. */
export function headOf(record: HeadRecord, base: string): JsonObject {
  const { event, outcome, purpose, reasons = [], count = 1 } = record;
  const { type, subtype, action } = codesOf(event);
  const codes = reasons.map(({ code }) => ({ system: `${base}/CodeSystem/denial-reason`, code }));
  const facts = reasons.map(({ code, fact }) => `${code}: ${fact}`);
  const details = count > 1 ? [`${count} requests within a minute.`, ...facts] : facts;
  return {
    type,
    subtype: [subtype, ...distinct(codes)],
    action,
    outcome,
    ...(details.length > 0 && { outcomeDesc: details.join(' ') }),
    ...(purpose && { purposeOfEvent: [purposeOf(purpose)] }),
    agent: agentsOf(record, base),
    source: {
      observer: { display: 'Lanyard', identifier: { value: base } },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
  };
}

/** Facts that {@link headOf} reads. */
export type HeadRecord = Pick<
  AuditRecord,
  'event' | 'outcome' | 'purpose' | 'reasons' | 'count' | 'caller' | 'address'
>;

/** Equal for records whose heads are equal. */
export const headKey = ({ event, outcome, purpose, reasons, count, caller, address }: HeadRecord): string =>
  JSON.stringify([event, outcome, purpose, reasons, count, caller, address]);

const purposeOf = ({ code, reason }: PurposeOfUse): JsonObject => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code }],
  ...(reason !== undefined && { text: reason }),
});

const distinct = <T extends { readonly code: string }>(codings: readonly T[]): readonly T[] => [
  ...new Map(codings.map((coding) => [coding.code, coding])).values(),
];

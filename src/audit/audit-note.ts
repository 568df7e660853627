import type { AuditedObject, AuditRecord } from './audit-record.js';

/** Audit note of a handler beside FHIR's interactions; it is stored before the answer goes out. */
export interface AuditNote extends Pick<AuditRecord, 'event' | 'caller' | 'outcome' | 'reasons' | 'patients'> {
  readonly object?: AuditedObject;
}

/** A request that remembers what happened until its answer is made. */
export interface NotedRequest {
  auditNote?: AuditNote;
}

export function noteForAudit(request: object, note: AuditNote): void {
  (request as NotedRequest).auditNote = note;
}

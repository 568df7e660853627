import type { AuditedObject, AuditRecord } from './audit-record.js';

/** What a handler beside FHIR's interactions says of what happened; it is written down before the answer goes out. */
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

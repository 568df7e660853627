/** Injection token of the {@link AuditSink} of an application; none is needed. */
export const AUDIT_SINK = Symbol('AUDIT_SINK');

/** One AuditEvent as it is stored and sealed. */
export interface SunkEvent {
  /** Its place in the chain of hashes: one more than that of the event before. */
  readonly position: number;
  readonly id: string;
  /** `AuditEvent.recorded`. */
  readonly recorded: string;
  /** The resource, JSON. */
  readonly body: string;
}

/**
 * Takes the AuditEvents elsewhere, beside those that are stored: to a syslog, to a queue. Each comes at least once, in the order of
 * the chain, after it was stored; no answer waits for it (docs/adr/0065).
 */
export interface AuditSink {
  /** For the log, and for the row that keeps how far it got: another name begins anew. */
  readonly name: string;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /** Resolves when all of them have arrived. Where it rejects, all come again, so that some may come twice. */
  send(events: readonly SunkEvent[]): Promise<void>;
}

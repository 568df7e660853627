import { isReading } from '../grammar/permission.js';
import { abstain, type AccessDecision, type AccessPolicy, type AccessQuery, deny } from './policy.js';

/** AuditEvents are written by the server; a client that could write them could hide what it did. */
export class AuditIsReadOnly implements AccessPolicy {
  readonly name = 'audit-is-read-only';

  decide({ type, permission }: AccessQuery): AccessDecision {
    return type === 'AuditEvent' && !isReading(permission)
      ? deny('audit-is-read-only', 'AuditEvents are written by the server itself.')
      : abstain();
  }
}

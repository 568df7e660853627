import type { AuditRecord } from '../../../audit/audit-record.js';

export const introspectionLine = 'POST ../oauth2/introspect';

/** Audit record of an introspected token: its id, never the token. */
export function introspected(answer: unknown): Pick<AuditRecord, 'object'> {
  const { active, jti } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const id = typeof jti === 'string' ? ([['jti', jti]] as const) : [];
  return { object: { name: 'token', details: [['active', String(active === true)], ...id] } };
}

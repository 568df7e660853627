import type { AuditRecord } from '../../../audit/audit-record.js';

export const introspectionLine = 'POST ../oauth2/introspect';

/** What the audit is told of a token that was asked about: its id, never the token. */
export function introspected(answer: unknown): Pick<AuditRecord, 'object'> {
  const { active, jti } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const id = typeof jti === 'string' ? ([['jti', jti]] as const) : [];
  return { object: { name: 'token', details: [['active', String(active === true)], ...id] } };
}

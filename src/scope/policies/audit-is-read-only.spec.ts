import { describe, expect, it } from 'vitest';
import type { Principal } from '../../auth/principal.js';
import { AuditIsReadOnly } from './audit-is-read-only.js';

const principal: Principal = {
  issuer: 'https://idp.example',
  local: true,
  subject: 'me',
  kind: 'machine',
  scopes: ['system/AuditEvent.cruds'],
  userWithoutFhirUser: 'deny',
  expiresAt: 2_000_000_000,
  claims: {},
};
const verdict = (type: string, permission: 'c' | 'r' | 'u' | 'd' | 's') =>
  new AuditIsReadOnly().decide({ principal, type, permission }).verdict;

describe('AuditIsReadOnly', () => {
  it.each(['c', 'u', 'd'] as const)('denies %s of AuditEvent', (permission) => {
    expect(verdict('AuditEvent', permission)).toBe('deny');
  });

  it('abstains from reading, and from every other type', () => {
    expect([verdict('AuditEvent', 'r'), verdict('AuditEvent', 's'), verdict('Patient', 'u')]).toEqual([
      'abstain',
      'abstain',
      'abstain',
    ]);
  });
});

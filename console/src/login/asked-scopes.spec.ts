import { describe, expect, it } from 'vitest';
import { scopeParameter, scopeSource, scopesToAsk } from './asked-scopes.js';
import { scopesAt } from './page-scopes.js';

const config = { version: '1', console: 'https://x/console/', fhirBase: 'https://x/fhir', access: '', admin: '' };
const own = scopeSource({ ...config, issuer: 'https://x/oauth2', accounts: 'https://x/oauth2' });
const elsewhere = scopeSource({ ...config, issuer: 'https://idp', scopes: 'openid read:x user/*.rs admin/User.cruds' });

describe('scopes of a page', () => {
  it.each([
    ['/', []],
    ['/why', []],
    ['/data/Patient/1?x#y', ['user/*.cruds', 'user/AuditEvent.rs']],
    ['/users', ['admin/User.cruds']],
    ['/operations/audit#x', ['admin/Audit.rs', 'user/AuditEvent.rs']],
    ['/operations/tenants/ward', ['operator/Tenant.cruds']],
    ['/operations/doctor', ['admin/Job.r']],
  ])('at %s are %j', (address, expected) => {
    expect(scopesAt(address)).toEqual(expected);
  });

  it('of pages that show data are no rights to administer', () => {
    expect(scopesAt('/data').filter((scope) => !scope.startsWith('user/'))).toEqual([]);
  });
});

describe('scopes that are asked for', () => {
  const nothing = { limit: ['admin/User.r', 'user/*.rs'], asked: [], held: [] };

  it('are those that can be given', () => {
    expect(scopesToAsk(['admin/User.cruds', 'admin/Client.r', 'user/*.cruds'], nothing)).toEqual([
      'admin/User.cruds',
      'user/*.cruds',
    ]);
  });

  it('are not asked for again, given or not', () => {
    expect(scopesToAsk(['admin/User.cruds'], { ...nothing, asked: ['admin/*.cruds'] })).toEqual([]);
    expect(scopesToAsk(['admin/User.r'], { ...nothing, held: ['admin/User.rs'] })).toEqual([]);
  });

  it('stand in one order, whichever page was opened first', () => {
    expect(scopeParameter(own, ['user/*.cruds', 'admin/User.r', 'user/*.cruds'])).toBe(
      'openid fhirUser online_access admin/User.r user/*.cruds',
    );
  });

  it('are named elsewhere as the operator named them; what is no scope for resources comes always', () => {
    expect(scopeParameter(elsewhere, [])).toBe('openid read:x');
    expect(scopeParameter(elsewhere, ['user/*.cruds'])).toBe('openid read:x user/*.rs');
    expect(scopeParameter(elsewhere, ['admin/*.cruds'])).toBe('openid read:x admin/User.cruds');
  });
});

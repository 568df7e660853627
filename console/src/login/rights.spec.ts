import { describe, expect, it } from 'vitest';
import { hasAdminRight } from './rights.js';

describe('hasAdminRight', () => {
  it.each([
    [['admin/*.cruds'], 'admin/User.r', true],
    [['admin/User.rs'], 'admin/User.rs', true],
    [['admin/User.r'], 'admin/User.u', false],
    [['admin/Client.cruds'], 'admin/User.r', false],
    [['user/*.cruds'], 'admin/User.r', false],
    [['admin/*.cruds'], 'user/Patient.r', false],
    [['operator/*.cruds'], 'operator/Tenant.s', true],
    [['operator/*.cruds'], 'admin/User.r', false],
    [['admin/*.cruds'], 'operator/Tenant.s', false],
  ])('%j, %s: %s', (scopes, right, isHeld) => {
    expect(hasAdminRight(scopes, right)).toBe(isHeld);
  });
});

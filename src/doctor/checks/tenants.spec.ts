import { describe, expect, it } from 'vitest';
import type { ListedTenant } from '../../database/tenants/tenant-registry.js';
import { judgeTenants } from './tenants.js';

const aTenant = (name: string, more: Partial<ListedTenant> = {}): ListedTenant => ({
  tenant: 2,
  name,
  state: 'active',
  created: new Date(0),
  generation: '1',
  limits: {},
  settingsGeneration: null,
  usage: null,
  ...more,
});

describe('the doctor of tenants', () => {
  it('says nothing where there is but the one of the operator', () => {
    expect(judgeTenants([])).toEqual([]);
    expect(judgeTenants([aTenant('default')])).toEqual([]);
  });

  it('names those whose limits are nearly reached, and work that stands', () => {
    const usage = { resources: 95, bytes: 10 };
    const findings = judgeTenants(
      [
        aTenant('default', { usage }),
        aTenant('full', { limits: { resources: 100, bytes: 1000 }, usage }),
        aTenant('half', { limits: { resources: 200 }, usage }),
        aTenant('unknown', { limits: { resources: 1 } }),
        aTenant('comes', { state: 'importing' }),
        aTenant('goes', { state: 'erasing' }),
        aTenant('rests', { state: 'suspended' }),
      ],
      ['wrong'],
    );
    expect(findings.map(({ check, status, fact }) => [check, status, fact])).toEqual([
      ['tenants', 'ok', '7 tenants, 1 of them suspended.'],
      ['settings', 'failed', expect.stringMatching(/answered at wrong\.$/)],
      ['importing', 'warning', expect.stringMatching(/of comes\.$/)],
      ['erasing', 'warning', expect.stringMatching(/of goes\.$/)],
      ['limit-resources', 'warning', 'Nine tenths of the limit "resources" are used by full.'],
    ]);
    expect(findings.filter(({ status, cure }) => status === 'warning' && !cure)).toEqual([]);
  });
});

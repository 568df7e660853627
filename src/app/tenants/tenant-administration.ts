import { Injectable, Optional } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { SigningKeys } from '../../auth/keys/signing-keys.js';
import { asTenant } from '../../database/tenant.js';
import { type Tenant, TenantRegistry } from '../../database/tenants/tenant-registry.js';

/** The first user of a new tenant, who administers it. */
export interface FirstAdministrator {
  readonly name: string;
  /** Made up when absent. */
  readonly password?: string;
}

export interface CreatedTenant {
  readonly tenant: Tenant;
  /** The password that was made up; nobody can read it again. */
  readonly generatedPassword?: string;
}

/** Operations on tenants for their operator; none of them reads the data of a tenant. */
@Injectable()
export class TenantAdministration {
  constructor(
    readonly registry: TenantRegistry,
    /** Absent where no users are of this server. */
    @Optional() private readonly accounts?: LocalAccounts,
    @Optional() private readonly keys?: SigningKeys,
  ) {}

  /** Throws `InvalidTenant` for a name that is taken, or that no tenant can have. */
  async create(name: string, first: FirstAdministrator): Promise<CreatedTenant> {
    const tenant = await this.registry.create(name);
    const made = await asTenant(tenant, async () => {
      // Here, so that the first request to the tenant does not wait for it.
      await this.keys?.ensureStored();
      return this.accounts?.ensureAdmin(first.name, first.password);
    });
    return { tenant, ...(made?.generatedPassword !== undefined && { generatedPassword: made.generatedPassword }) };
  }
}

import { currentTenant, defaultTenant } from '../../../database/tenant.js';
import { hashToken } from '../../../r4/search/index/token-hash.js';

/**
 * Sets the hashes of a tenant apart in indexes that all tenants share: its number in the upper half, so that two tenants have no hash of an
 * entry in common. None for `default`, whose rows release 0.1.0 wrote. `lanyard_hash` does it in SQL (docs/adr/0183).
 */
export const hashMask = (tenant: number): bigint => BigInt(tenant - defaultTenant) << 32n;

/** What {@link hashToken} made of entries, as `tok` has it in rows of the tenant: decimal text. */
export function ofTenant(hashes: readonly string[], tenant = currentTenant()): readonly string[] {
  return tenant === defaultTenant ? hashes : masked(hashes, hashMask(tenant));
}

export const masked = (hashes: readonly string[], mask: bigint): readonly string[] =>
  hashes.map((hash) => (BigInt(hash) ^ mask).toString());

/** The hashes of entries, as `tok` has them in rows of the current tenant. */
export const storedHashes = (entries: readonly string[]): readonly string[] => ofTenant(entries.map(hashToken));

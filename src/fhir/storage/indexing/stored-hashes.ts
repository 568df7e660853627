import { currentTenant, defaultTenant } from '../../../database/tenant.js';
import { hashToken, ownMark } from '../../../r4/search/index/token-hash.js';

/**
 * Sets hashes of a tenant apart in indexes that all tenants share: its number in the upper half, so that two tenants have no hash of a
 * reference or an identifier in common. None for `default`, whose rows release 0.1.0 wrote. `lanyard_own_token` does it in SQL.
 */
const maskOf = (tenant: number): bigint => BigInt(tenant - defaultTenant) << 32n;

/** Turns results of `hashToken` into the hashes that rows of the tenant have in `tok`. Both are decimal texts. `tenant`: the current one unless given. */
export function ofTenant(hashes: readonly string[], tenant?: number): readonly string[] {
  if (!hashes.some(isOwn)) return hashes;
  const mask = maskOf(tenant ?? currentTenant());
  return hashes.map((hash) => (isOwn(hash) ? masked(hash.slice(ownMark.length), mask) : hash));
}

const isOwn = (hash: string): boolean => hash.startsWith(ownMark);

const masked = (hash: string, mask: bigint): string => (mask === 0n ? hash : (BigInt(hash) ^ mask).toString());

/** The hashes of entries, as `tok` has them in rows of the current tenant. */
export const storedHashes = (entries: readonly string[]): readonly string[] => ofTenant(entries.map(hashToken));

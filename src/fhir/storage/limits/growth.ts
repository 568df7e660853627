import type { Change, Written } from '../writing/change.js';

/** Resources and bytes that a write adds, or removes. */
export interface Growth {
  /** Live resources. */
  readonly resources: number;
  /** Bytes of versions and of contents of Binaries. */
  readonly bytes: number;
}

export const noGrowth: Growth = { resources: 0, bytes: 0 };

export const addGrowth = (one: Growth, other: Growth, less: Growth = noGrowth): Growth => ({
  resources: one.resources + other.resources - less.resources,
  bytes: one.bytes + other.bytes - less.bytes,
});

/** AuditEvents are not counted: what is done at a full server is recorded. */
const notCounted = 'AuditEvent';

/** Of the changes that have stored a version. Superseded versions stay, so bytes only grow. */
export function growthOf(changes: readonly Change[], written: readonly Written[]): Growth {
  let [resources, bytes] = [0, 0];
  for (const [index, { type, created, deleted, unchanged, body }] of written.entries()) {
    if (unchanged || type === notCounted) continue;
    if (created) resources++;
    if (deleted) resources--;
    bytes += Buffer.byteLength(body) + contentSize(changes[index]);
  }
  return { resources, bytes };
}

/** An edit keeps the content that is there. */
const contentSize = (change: Change | undefined): number =>
  change?.kind === 'create' || change?.kind === 'update' ? (change.external?.size ?? 0) : 0;

import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { BundleEntry } from './bundle-entry.js';

/** An entry with the id it has or will have. */
export interface PlannedEntry extends BundleEntry {
  readonly id?: string;
  /** Action of the entry; `match`: none, because a conditional create found a resource. */
  readonly action: 'read' | 'create' | 'update' | 'patch' | 'delete' | 'match';
  /** The resource that the condition found. */
  readonly matched?: StoredVersion;
  /** The condition, if it found nothing and the id is that of the body. */
  readonly unmatched?: string;
}

export const addressOf = ({ interaction: { type }, id }: PlannedEntry): string => `${type}/${id}`;

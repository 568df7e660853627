import type { Written } from '../storage/writing/change.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';

/** What is told of a write, apart from content. Kept as JSON for who sends the request again. */
export type Told = Omit<Written, 'body' | 'method'> & {
  /** Nothing was written: a conditional create found this. */
  readonly isMatch?: true;
};

/** Told with the tag of what a read shows. */
export const taggedAs = (told: Told, version: Pick<StoredVersion, 'mask'> | undefined): Told =>
  version?.mask === undefined ? told : { ...told, mask: version.mask };

/** A create that wrote nothing now. */
export interface Settled {
  readonly told: Told;
  /** Undefined unless the caller may read it. */
  readonly version: StoredVersion | undefined;
}

export function settledOf({ type, id, versionId, lastUpdated, deleted, created, remarks }: Written): Told {
  return { type, id, versionId, lastUpdated, deleted, created, remarks };
}

export const matchOf = ({ type, id, versionId, lastUpdated }: StoredVersion): Told => ({
  type,
  id,
  versionId,
  lastUpdated,
  deleted: false,
  created: false,
  remarks: [],
  isMatch: true,
});

import type { Written } from '../storage/writing/change.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';

/** Facts of a write that are told, without content. Kept as JSON for a client that sends the request again. */
export type WriteSummary = Omit<Written, 'body' | 'method'> & {
  /** Nothing was written: a conditional create found this. */
  readonly isMatch?: true;
};

/** Told with the tag of what a read shows. */
export const taggedAs = (told: WriteSummary, version: Pick<StoredVersion, 'mask'> | undefined): WriteSummary =>
  version?.mask === undefined ? told : { ...told, mask: version.mask };

/** A create that wrote nothing now. */
export interface RepeatedCreate {
  readonly told: WriteSummary;
  /** Undefined unless the caller may read it. */
  readonly version: StoredVersion | undefined;
}

export function summaryOf(written: Written): WriteSummary {
  const { type, id, versionId, lastUpdated, deleted, created, remarks, isAbsent } = written;
  return { type, id, versionId, lastUpdated, deleted, created, remarks, ...(isAbsent && { isAbsent }) };
}

export const summaryOfMatch = ({ type, id, versionId, lastUpdated }: StoredVersion): WriteSummary => ({
  type,
  id,
  versionId,
  lastUpdated,
  deleted: false,
  created: false,
  remarks: [],
  isMatch: true,
});

import type { Subset } from '../../r4/model/subset.js';
import { subsetText } from '../../r4/model/subset-resource.js';
import { inTurns } from '../../r4/json/turns.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';

type Content = Pick<StoredVersion, 'body'> & Partial<Pick<StoredVersion, 'deleted'>>;

/** A version with the part of its content that is asked for; a deletion has none. A promise only where it is large. */
export function subsetVersion<T extends Content>(version: T, subset: Subset | undefined): T | Promise<T> {
  if (!subset || version.deleted === true) return version;
  const body = subsetText(version.body, subset);
  return typeof body === 'string' ? { ...version, body } : body.then((text) => ({ ...version, body: text }));
}

/** Returns many versions with the part that is asked for, in turns with other requests. */
export const subsetVersions = async <T extends Content>(
  versions: readonly T[],
  subset: Subset | undefined,
): Promise<readonly T[]> => (subset ? inTurns(versions, (version) => subsetVersion(version, subset)) : versions);

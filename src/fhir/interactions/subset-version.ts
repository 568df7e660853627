import type { Subset } from '../model/subset.js';
import { subsetText } from '../model/subset-resource.js';
import type { StoredVersion } from '../storage/stored-version.js';

/** A version with the part of its content that is asked for; a deletion has none. */
export const subsetVersion = <T extends StoredVersion>(version: T, subset: Subset | undefined): T =>
  subset && !version.deleted ? { ...version, body: subsetText(version.body, subset) } : version;

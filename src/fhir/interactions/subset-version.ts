import type { Subset } from '../model/subset.js';
import { subsetText } from '../model/subset-resource.js';
import type { StoredVersion } from '../storage/stored-version.js';

type Content = Pick<StoredVersion, 'body'> & Partial<Pick<StoredVersion, 'deleted'>>;

/** A version with the part of its content that is asked for; a deletion has none. */
export const subsetVersion = <T extends Content>(version: T, subset: Subset | undefined): T =>
  subset && version.deleted !== true ? { ...version, body: subsetText(version.body, subset) } : version;

import type { BindParameters } from './statement.js';
import { type StoredVersion, storedVersion } from './stored-version.js';

/** A version with the index entries that includes are read from. */
export interface LinkedVersion extends StoredVersion {
  readonly links: readonly string[];
}

/** Select list of a {@link LinkedVersion}: the entries of these codes; none where no include is asked for. */
export function linkedVersion(row: string, codes: readonly string[], parameters: BindParameters): string {
  if (codes.length === 0) return `${storedVersion(row)}, ARRAY[]::text[] AS links`;
  const wanted = `split_part(entry, E'\\x1f', 1) = ANY (${parameters.add(codes, 'text[]')})`;
  return `${storedVersion(row)}, ARRAY(SELECT entry FROM unnest(${row}.val) AS entry WHERE ${wanted}) AS links`;
}

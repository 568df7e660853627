import type { BindParameters } from '../session/statement.js';
import type { StoredVersion } from '../reading/stored-version.js';

/** Content of a current version on a page, with the index entries that includes are read from. */
export interface LinkedVersion extends Pick<StoredVersion, 'type' | 'id' | 'body'> {
  /** Absent where no include is asked for. */
  readonly links?: readonly string[];
}

/** Select list of a {@link LinkedVersion} with the entries of these codes, and of no more: each column costs the planner and the driver. */
export function linkedVersion(
  row: string,
  codes: readonly string[],
  parameters: BindParameters,
  withoutContent = false,
): string {
  const columns = `${row}.type, ${row}.id, ${withoutContent ? `''` : `${row}.body`}`;
  if (codes.length === 0) return columns;
  const wanted = `split_part(entry, E'\\x1f', 1) = ANY (${parameters.add(codes, 'text[]')})`;
  // In a select list entries come one by one; as a row source all of them would be put down first.
  const entries = `(SELECT unnest(${row}.val) AS entry) AS own`;
  return `${columns}, ARRAY(SELECT entry FROM ${entries} WHERE ${wanted}) AS links`;
}

import { writeJson } from '../../../r4/json/json.js';
import { atOnce } from '../../../r4/json/read-json.js';
import { stampVersion } from '../../../r4/model/version-meta.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { isOfR4 } from '../../../r4/search/parameters/search-parameters.js';
import type { IndexColumns } from '../indexing/index-columns.js';
import { rowJson } from '../indexing/row-json.js';
import type { Update } from './change.js';

/** The row of an update whose number only the database knows. */
export interface UnnumberedRow {
  /** All columns but the tenant, the number and the body, by name. Made when it is asked for: most of its cost is the index. */
  readonly json: () => string;
  readonly lastUpdated: string;
  /** The body before its number, and behind its time. */
  readonly head: string;
  readonly tail: string;
}

/** No version has it. */
export const noNumber = -1;

/** Between the number of a version and its time. */
export const beforeTime = '","lastUpdated":"';

/** Names of elements that an update looks for in the version before: labels, and the type of a resource within. */
export const lookedAt = ['tag', 'security', 'resourceType'] as const;

/** A resource has its own type first. */
export const ownTypeEnds = '{"resourceType"'.length;

const isPlain = (body: string): boolean =>
  !lookedAt.some((name) => body.includes(`"${name}"`, name === 'resourceType' ? ownTypeEnds : 0));

/**
 * Undefined where the number would stand in a second place, where the row is large, and where the version before is probably to be looked at, as its
 * successor has what would be looked for.
 */
export function unnumberedRow(
  columns: IndexColumns,
  { type, id, resource }: Update,
  now: number,
): UnnumberedRow | undefined {
  if (readsNumbers(columns.indexer.parameters.toIndex(type))) return undefined;
  const lastUpdated = new Date(now).toISOString();
  const stamped = stampVersion(resource, { id, versionId: noNumber, lastUpdated });
  const body = writeJson(stamped);
  const parts = body.split(`"meta":{"versionId":"${noNumber}${beforeTime}${lastUpdated}"`);
  const [before, behind] = parts;
  // Names that are numbers come first in an object: then the one place may be that of a resource inside.
  const isFirst = Object.keys(stamped['meta']!)[0] === 'versionId';
  if (body.length > atOnce || parts.length !== 2 || !isFirst || !isPlain(body)) return undefined;
  const row = { type, id, updated: lastUpdated, deleted: false, method: 'PUT' };
  return {
    json: () => rowJson(row, columns.of(type, stamped)),
    lastUpdated,
    head: `${before}"meta":{"versionId":"`,
    tail: `"${behind}`,
  };
}

const known = new WeakMap<ReadonlyMap<string, SearchParameter>, boolean>();

/** True if a parameter beside those of R4 may look at the number of a version. */
function readsNumbers(parameters: ReadonlyMap<string, SearchParameter>): boolean {
  let reads = known.get(parameters);
  if (reads === undefined) {
    reads = [...parameters.values()].some((one) => !isOfR4(one) && mayReach.test(one.expression ?? ''));
    known.set(parameters, reads);
  }
  return reads;
}

/** By its name, by another way of writing it, or as one of all elements. */
const mayReach = /meta|`|children|descendants/;

/** The text of the body with a number. */
export const numbered = ({ head, lastUpdated, tail }: UnnumberedRow, versionId: number): string =>
  `${head}${versionId}${beforeTime}${lastUpdated}${tail}`;

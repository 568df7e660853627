import { type FhirError, ResourceNotFound, VersionConflict } from '../../model/fhir-error.js';
import type { Change, Delete, Update } from '../change.js';
import type { StoredVersion } from '../stored-version.js';

/** The version that a change is about to make. */
export interface NextVersion {
  readonly versionId: number;
  readonly lastUpdated: string;
  /** True if there is no live resource now. */
  readonly created: boolean;
  /** The row this version replaces. */
  readonly previous?: StoredVersion;
}

/** A second delete of the same resource: nothing to do. */
export interface Unchanged {
  readonly unchanged: StoredVersion;
}

/**
 * Decides what follows `current`, the locked row if there is one. A row out of reach answers exactly like no row, and
 * a caller limited to some rows cannot create by PUT, so that ids cannot be probed (architecture, decision 3).
 */
export function nextVersion(
  change: Change,
  current: StoredVersion | undefined,
  isVisible: boolean,
): NextVersion | Unchanged | FhirError {
  if (change.kind === 'create') return versionAfter(undefined);
  const isUpsert = change.kind === 'update' && change.access.unrestricted;
  if (current ? !isVisible : !isUpsert) return new ResourceNotFound(change.type, change.id);
  const conflict = versionConflict(change, current);
  if (conflict) return conflict;
  if (change.kind === 'delete' && current?.deleted) return { unchanged: current };
  return versionAfter(current);
}

function versionConflict(change: Update | Delete, current: StoredVersion | undefined): VersionConflict | undefined {
  const { type, id, ifMatch } = change;
  if (ifMatch === undefined) return undefined;
  const expected = /^(?:W\/)?"([^"]*)"$/.exec(ifMatch.trim())?.[1] ?? ifMatch.trim();
  const actual = current && String(current.versionId);
  return expected === actual ? undefined : new VersionConflict(type, id, expected, actual);
}

/** Time never runs backwards within a resource, even if the clock does. */
function versionAfter(current: StoredVersion | undefined): NextVersion {
  if (!current) return { versionId: 1, lastUpdated: new Date().toISOString(), created: true };
  const updated = Math.max(Date.now(), Date.parse(current.lastUpdated) + 1);
  return {
    versionId: current.versionId + 1,
    lastUpdated: new Date(updated).toISOString(),
    created: current.deleted,
    previous: current,
  };
}

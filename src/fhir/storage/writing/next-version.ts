import { notFound, notPut } from '../../../scope/explain/not-found.js';
import { isAnyVersion, versionsOfTags } from '../../../r4/rest/entity-tag.js';
import {
  type FhirError,
  IdOfAnother,
  NoCurrentVersion,
  ResourceGone,
  VersionConflict,
  VersionExists,
} from '../../../r4/errors/fhir-error.js';
import type { Change, Content, Create, Edit, ExternalContent, Update, Written } from './change.js';
import type { StoredVersion } from '../reading/stored-version.js';

/** A change that passed the judgement of what is stored. */
export interface PlannedChange<C extends Change = Change> {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly change: C;
  readonly next: NextVersion;
  /** True if the answer may tell of the content of the version before. */
  readonly tells: boolean;
}

/** A change that leaves a live version; of an edit, with what it made. */
export type ContentChange = Create | Update | (Edit & Content);

export type PlannedContent = PlannedChange<ContentChange>;

/** The version that a change is about to make. */
export interface NextVersion {
  readonly versionId: number;
  readonly lastUpdated: string;
  /** True if there is no live resource now. */
  readonly created: boolean;
  /** The row this version replaces. */
  readonly previous?: StoredVersion;
  /** Content stored beside that row, if it is a Binary. */
  readonly previousContent?: ExternalContent;
}

/** A second delete of the same resource, or one of what never was: nothing to do. */
export interface Unchanged {
  readonly unchanged: StoredVersion & Pick<Written, 'isAbsent'>;
}

/**
 * Decides what follows `current`, the locked row if there is one. A row out of reach answers exactly like no row.
 * `mayFollow`: the row is within reach, or the change may make one where there is none, or be told that there is none. `now`: ms since 1970.
 */
export function nextVersion(
  change: Change,
  current: StoredVersion | undefined,
  mayFollow: boolean,
  now: number,
): NextVersion | Unchanged | FhirError {
  if (change.kind === 'create') return versionAfter(undefined, now);
  const { kind } = change;
  if (!mayFollow) return (kind === 'update' ? notPut : notFound)(change.access, change.id);
  const conflict = conflictOf(change, current);
  if (conflict) return conflict;
  return kind === 'delete' && (!current || current.deleted)
    ? { unchanged: current ?? absent(change, now) }
    : versionAfter(current, now);
}

/** https://hl7.org/fhir/R4/http.html#delete: what does not exist at all is deleted with success (docs/adr/0190). */
const absent = ({ type, id }: Change, now: number): Unchanged['unchanged'] => ({
  type,
  id,
  versionId: 0,
  lastUpdated: new Date(now).toISOString(),
  deleted: true,
  body: '',
  method: 'DELETE',
  isAbsent: true,
});

function conflictOf(change: Change, current: StoredVersion | undefined): FhirError | undefined {
  if (change.kind === 'edit' && current?.deleted) return new ResourceGone(change.type, change.id);
  return matchConflict(change, current) ?? noneMatchConflict(change, current) ?? idConflict(change, current);
}

/** https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 section 13.1.1 */
function matchConflict({ type, id, ...change }: Change, current: StoredVersion | undefined): FhirError | undefined {
  if (change.kind === 'create' || change.ifMatch === undefined) return undefined;
  if (isAnyVersion(change.ifMatch)) {
    return current && !current.deleted ? undefined : new NoCurrentVersion(type, id, current !== undefined);
  }
  const expected = versionsOfTags(change.ifMatch);
  const actual = current && String(current.versionId);
  return actual !== undefined && expected.includes(actual)
    ? undefined
    : new VersionConflict(type, id, expected.join(' or '), actual);
}

/** https://hl7.org/fhir/R5/http.html#cond-update; a tombstone comes back to life, as by any other update. */
const idConflict = (change: Change, current: StoredVersion | undefined): FhirError | undefined =>
  change.kind === 'update' && change.unmatched !== undefined && current && !current.deleted
    ? new IdOfAnother(change.type, change.id, change.unmatched)
    : undefined;

/** RFC 9110 section 13.1.2, for a PUT; a tombstone is no version to keep. */
function noneMatchConflict(change: Change, current: StoredVersion | undefined): FhirError | undefined {
  if (change.kind !== 'update' || change.ifNoneMatch === undefined || !current || current.deleted) return undefined;
  const actual = String(current.versionId);
  const tags = versionsOfTags(change.ifNoneMatch);
  return tags.some((tag) => tag === '*' || tag === actual)
    ? new VersionExists(change.type, change.id, actual)
    : undefined;
}

/** Time never runs backwards within a resource, even if the clock does. */
function versionAfter(current: StoredVersion | undefined, now: number): NextVersion {
  if (!current) return { versionId: 1, lastUpdated: new Date(now).toISOString(), created: true };
  const updated = Math.max(now, Date.parse(current.lastUpdated) + 1);
  return {
    versionId: current.versionId + 1,
    lastUpdated: new Date(updated).toISOString(),
    created: current.deleted,
    previous: current,
  };
}

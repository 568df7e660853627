import type { Access } from '../../../scope/access.js';
import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { StoredVersion } from '../reading/stored-version.js';

/** Change of one resource by {@link ResourceRepository.write}. */
export type Change = Create | Update | Edit | Delete;

/** Content that passed the rules for it. */
export interface Content {
  readonly resource: JsonObject;
  /** Remarks for the answer, such as warnings of validation. */
  readonly remarks?: readonly Issue[];
  /** Content of a Binary that `BinaryContents` has stored, in place of `data`. */
  readonly external?: ExternalContent;
}

/** Content that is too large for the body of a Binary. */
export interface ExternalContent {
  readonly contentId: string;
  /** Bytes. */
  readonly size: number;
}

export interface Create extends Content {
  readonly kind: 'create';
  readonly access: Access<'c'>;
  readonly type: string;
  /** Made by the application; never a name that a client chose. */
  readonly id: string;
}

export interface Update extends Content {
  readonly kind: 'update';
  readonly access: Access<'u'>;
  readonly type: string;
  readonly id: string;
  /** The version to replace, as `W/"3"` or `3`, one of a list, or `*`: any that there is. */
  readonly ifMatch?: string;
  /** Versions that must not be the current one; `*`: there must be none. */
  readonly ifNoneMatch?: string;
  readonly matched?: MatchedVersion;
  /** The condition that has matched nothing: the id is for a resource that is not there. */
  readonly unmatched?: string;
  readonly reading: Reading;
  readonly ofPackage?: OfPackage;
}

/** The installer of packages makes the change; nobody else changes their definitions. */
export type OfPackage = true;

/**
 * Under which access the caller may be told of the content of the version before. Undefined, or where that version is not
 * within its reach: the answer depends on the request alone, but for whether it was done (ADR 35).
 */
export type Reading = Access<'r'> | undefined;

/** Reads the current version, changes it and stores the result, under one lock. */
export interface Edit {
  readonly kind: 'edit';
  readonly access: Access<'u'>;
  /** A right beside `access` that the version before has to be within reach of. */
  readonly alsoWithin?: Access | undefined;
  readonly reading: Reading;
  readonly type: string;
  readonly id: string;
  readonly ifMatch?: string;
  readonly matched?: MatchedVersion;
  /** Makes the next content of the current one; runs again when the transaction does. */
  readonly edit: (current: JsonObject) => Content | Promise<Content>;
}

export interface Delete {
  readonly kind: 'delete';
  readonly access: Access<'d'>;
  readonly type: string;
  readonly id: string;
  readonly ifMatch?: string;
  readonly matched?: MatchedVersion;
  readonly ofPackage?: OfPackage;
}

/** The version by which a condition found the resource. If it is another by now, the work starts again. */
export type MatchedVersion = StoredVersion;

/** The version that a change left, new or (second delete) old. */
export interface Written extends StoredVersion {
  /** True if there was no live resource before. */
  readonly created: boolean;
  /** True if nothing was stored: the version is what was there. */
  readonly unchanged?: true;
  /** True if there is nothing to delete, and never was: it is no version, and its number is 0. */
  readonly isAbsent?: true;
  /** True if no Consent denied anything when it was stored, so that none withholds it from whoever wrote it. */
  readonly noneDenies?: boolean;
  /** Remarks for the answer: warnings, or that nothing changed. */
  readonly remarks: readonly Issue[];
}

export interface ChangeFailure {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly error: FhirError;
}

/**
 * Thrown if a write stored nothing: has every change that failed at the step where the first one did. It answers like
 * the first of them; `failures` tells a bundle which entries to name.
 */
export class ChangesFailed extends FhirError {
  readonly status: number;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(readonly failures: readonly [ChangeFailure, ...ChangeFailure[]]) {
    super(...failures.flatMap(({ error }) => error.issues));
    const [{ error }] = failures;
    this.status = error.status;
    this.headers = error.headers;
  }
}

/** Throws the error of the first change that failed, or what failed. */
export function throwFirst(error: unknown): never {
  throw error instanceof ChangesFailed ? error.failures[0].error : error;
}

/** Throws {@link ChangesFailed} unless the list is empty. */
export function refuseFailures([first, ...more]: readonly ChangeFailure[]): void {
  if (first) throw new ChangesFailed([first, ...more]);
}

import type { Access } from '../../scope/access.js';
import { FhirError } from '../model/fhir-error.js';
import type { JsonObject } from '../model/json.js';
import type { StoredVersion } from './stored-version.js';

/** What {@link ResourceRepository.write} does to one resource. */
export type Change = Create | Update | Delete;

export interface Create {
  readonly kind: 'create';
  readonly access: Access<'c'>;
  readonly type: string;
  /** Made by the application; never a name that a client chose. */
  readonly id: string;
  readonly resource: JsonObject;
}

export interface Update {
  readonly kind: 'update';
  readonly access: Access<'u'>;
  readonly type: string;
  readonly id: string;
  readonly resource: JsonObject;
  /** The version to replace, as `W/"3"` or `3`. */
  readonly ifMatch?: string;
}

export interface Delete {
  readonly kind: 'delete';
  readonly access: Access<'d'>;
  readonly type: string;
  readonly id: string;
  readonly ifMatch?: string;
}

/** The version that a change left, new or (second delete) old. */
export interface Written extends StoredVersion {
  /** True if there was no live resource before. */
  readonly created: boolean;
}

export interface ChangeFailure {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly error: FhirError;
}

/**
 * Why a write stored nothing: every change that failed at the step where the first one did. It answers like the first
 * of them; `failures` tells a bundle which entries to name.
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

/** Throws {@link ChangesFailed} unless the list is empty. */
export function refuseFailures([first, ...more]: readonly ChangeFailure[]): void {
  if (first) throw new ChangesFailed([first, ...more]);
}

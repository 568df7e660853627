import type { Change, Content, Create, Edit, Update } from './change.js';
import type { NextVersion } from './next-version.js';

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

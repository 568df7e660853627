import type { Change, Create, Update } from '../change.js';
import type { NextVersion } from './next-version.js';

/** A change that passed the judgement of what is stored. */
export interface PlannedChange<C extends Change = Change> {
  /** Position in the changes handed to `write`. */
  readonly index: number;
  readonly change: C;
  readonly next: NextVersion;
}

/** A change that leaves a live version. */
export type PlannedContent = PlannedChange<Create | Update>;

export const isContent = (plan: PlannedChange): plan is PlannedContent => plan.change.kind !== 'delete';

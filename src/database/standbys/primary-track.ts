/** Identity and timeline of a database, and the position of its write-ahead log. */
export interface Position {
  readonly identity: string;
  /** Bytes. */
  readonly position: bigint;
}

interface Mark {
  readonly at: number;
  readonly position: bigint;
}

/**
 * Positions of the primary's log by time, in ms of `performance.now()`: they give the age of a standby from what it has
 * replayed, also while nothing is written. A change of the database or its timeline clears them.
 */
export class PrimaryTrack {
  private identity = '';
  private marks: readonly Mark[] = [];

  constructor(private readonly keptMs: number) {}

  /** `at`: before the primary was asked. */
  note(at: number, { identity, position }: Position): void {
    const kept = identity === this.identity ? this.marks.filter((mark) => mark.at >= at - this.keptMs) : [];
    this.identity = identity;
    this.marks = [...kept, { at, position }];
  }

  isOf(identity: string): boolean {
    return identity === this.identity;
  }

  /** The last known moment whose writes a database has that has replayed so far. */
  momentOf({ identity, position }: Position): number | undefined {
    return this.isOf(identity) ? this.marks.findLast((mark) => mark.position <= position)?.at : undefined;
  }
}

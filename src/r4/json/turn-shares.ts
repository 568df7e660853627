/** Whose long work it is, by a number, and whether others than the owner ask. */
export interface Sharing {
  readonly owner: () => number;
  readonly isShared: (owner: number) => boolean;
}

/** All work is of one owner who is alone, until somebody tells otherwise. */
const alone: Sharing = { owner: () => 0, isShared: () => false };
let sharing = alone;

/** From now on long work has owners, in this process; returns what ends it. */
export function shareTurns(given: Sharing): () => void {
  sharing = given;
  return () => {
    if (sharing === given) sharing = alone;
  };
}

export const turnOwner = (): number => sharing.owner();
export const isTurnShared = (owner: number): boolean => sharing.isShared(owner);

/** As long as it worked, so many times does an owner rest: a third of the time is left to long work. */
const restOfWork = 2;

/** Owners whose long work rests, because others ask (docs/adr/0160). */
export class Rests {
  private readonly resting = new Set<number>();

  /** `longest`: milliseconds that a rest takes at most; `ended` is called after each. */
  constructor(
    private readonly longest: number,
    private readonly ended: () => void,
  ) {}

  get size(): number {
    return this.resting.size;
  }

  has(owner: number): boolean {
    return this.resting.has(owner);
  }

  /** The owner rests after so many milliseconds of work, unless it is alone. A rest that has begun grows no longer, so that nobody starves. */
  begin(owner: number, worked: number): void {
    if (worked <= 0 || this.resting.has(owner) || !isTurnShared(owner)) return;
    this.resting.add(owner);
    setTimeout(() => this.end(owner), Math.ceil(Math.min(worked * restOfWork, this.longest)));
  }

  private end(owner: number): void {
    this.resting.delete(owner);
    this.ended();
  }
}

/** Who waits: one of each owner in turns, those of an owner in the order in which they came. */
export class OwnersInTurn<T> {
  private readonly waiting = new Map<number, T[]>();

  has(owner: number): boolean {
    return this.waiting.has(owner);
  }

  add(owner: number, one: T): void {
    const queue = this.waiting.get(owner);
    if (queue) queue.push(one);
    else this.waiting.set(owner, [one]);
  }

  /** The next one of an owner that may; it goes behind the others. */
  take(may: (owner: number) => boolean): { readonly owner: number; readonly one: T } | undefined {
    for (const [owner, queue] of this.waiting) {
      if (!may(owner)) continue;
      const one = queue.shift()!;
      this.waiting.delete(owner);
      if (queue.length > 0) this.waiting.set(owner, queue);
      return { owner, one };
    }
    return undefined;
  }
}

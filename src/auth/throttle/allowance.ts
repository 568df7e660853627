/** A store of tries that fills itself again, `perSecond` of them until there are `most`. */
export class Allowance {
  private left: number;
  private at: number;

  constructor(
    private readonly most: number,
    private readonly perSecond: number,
    /** Milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = most;
    this.at = now();
  }

  /** Seconds until there is another try; undefined: there is one. */
  get wait(): number | undefined {
    this.refill();
    return this.left >= 1 ? undefined : Math.ceil((1 - this.left) / this.perSecond);
  }

  /** Takes tries, also those that are not there: then the next one is further away. */
  spend(tries = 1): void {
    this.refill();
    this.left -= tries;
  }

  private refill(): void {
    const now = this.now();
    this.left = Math.min(this.most, this.left + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
  }
}

/** Milliseconds. */
const minute = 60_000;

/** Requests in the minute before now, by the name of the tenant that they came to; of the tenants with most of them (docs/adr/0191). */
export class BusiestTenants {
  private counts = new Map<string, number>();
  private before: ReadonlyMap<string, number> = new Map();
  private since: number;

  /** `most`: tenants that are told; `now` as of `performance.now()`. */
  constructor(
    private readonly most: number,
    now = performance.now(),
  ) {
    this.since = now;
  }

  count(name: string, now = performance.now()): void {
    if (now - this.since >= minute) this.turn(now);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** The minute before now is this one and the part of the last one that is not over, which is taken to be even. */
  read(now = performance.now()): Readonly<Record<string, number>> {
    if (now - this.since >= minute) this.turn(now);
    const left = 1 - (now - this.since) / minute;
    const requests = new Map(this.counts);
    for (const [name, count] of this.before) requests.set(name, (requests.get(name) ?? 0) + count * left);
    const busiest = [...requests].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, this.most);
    return Object.fromEntries(busiest.map(([name, count]) => [name, Math.round(count)]));
  }

  forget(name: string): void {
    this.counts.delete(name);
    this.before = new Map([...this.before].filter(([known]) => known !== name));
  }

  private turn(now: number): void {
    const whole = Math.floor((now - this.since) / minute);
    this.before = whole === 1 ? this.counts : new Map();
    this.counts = new Map();
    this.since += whole * minute;
  }
}

/** Injection token of the {@link Clock} of an application; without one, the clock of the machine counts. */
export const CLOCK = Symbol('CLOCK');

/** Tells the time of new versions, `meta.lastUpdated`, and of nothing else: tokens, sessions and the audit keep that of the machine (docs/adr/0072). */
export interface Clock {
  /** For the log. */
  readonly name: string;
  /** Milliseconds since 1970 in UTC, whole, no further than a minute from the clock of the machine. At once, without a promise. */
  now(): number;
}

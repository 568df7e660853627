import { Refused, type Refusal } from '../refusal/refusal.js';

/** A refusal that is put into words once somebody is told: many ask only what is permitted. */
export class LaterRefusal {
  private made: Refused | undefined;

  /** `reasons`: at least one. */
  constructor(private readonly reasons: () => readonly Refusal[]) {}

  get refused(): Refused {
    return (this.made ??= new Refused(this.reasons() as [Refusal, ...Refusal[]]));
  }
}

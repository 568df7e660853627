import type { Refused } from '../refusal/refusal.js';

/** A refusal that is put into words once somebody is told: many ask only what is permitted. */
export class LaterRefusal {
  private made: Refused | undefined;

  constructor(private readonly words: () => Refused) {}

  get refused(): Refused {
    return (this.made ??= this.words());
  }
}

/** Thrown if the codes of a value set, or those above or below a code, cannot be listed; `fact` is for the client. */
export class CannotExpand extends Error {
  constructor(readonly fact: string) {
    super(fact);
  }
}

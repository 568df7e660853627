/** Why the codes of a value set, or those above and below a code, cannot be listed; for the client. */
export class CannotExpand extends Error {
  constructor(readonly fact: string) {
    super(fact);
  }
}

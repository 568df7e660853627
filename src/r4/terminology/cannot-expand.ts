/** Thrown if the codes of a value set, or those above or below a code, cannot be listed; `fact` is for the client. */
export class CannotExpand extends Error {
  constructor(readonly fact: string) {
    super(fact);
  }
}

/** Thrown if it would take more than one request may; the cure is to narrow what is asked for. */
export class TooCostly extends CannotExpand {}

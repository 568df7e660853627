/** Thrown if the codes of a value set, or those above or below a code, cannot be listed; `fact` is for the client. */
export class CannotExpand extends Error {
  /** `kind`: of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type, where one says more. */
  constructor(
    readonly fact: string,
    readonly kind?: ExpansionProblem,
  ) {
    super(fact);
  }
}

/** A system or a version that is not here, a value set that contradicts itself, or a version that the call does not allow. */
export type ExpansionProblem = 'not-found' | 'vs-invalid' | 'version-error';

/** Thrown if it would take more than one request may; the cure is to narrow what is asked for. */
export class TooCostly extends CannotExpand {}

/** Thrown for a value set that R4 does not allow; `expression`: FHIRPath of what is wrong in it. */
export class InvalidValueSet extends CannotExpand {
  constructor(
    fact: string,
    readonly expression: string,
  ) {
    super(fact, 'vs-invalid');
  }
}

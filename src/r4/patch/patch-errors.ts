import { FhirError, InvalidRequest, type Issue } from '../errors/fhir-error.js';

/** 400: the patch itself is wrong, whatever it is applied to. */
export class MalformedPatch extends InvalidRequest {
  constructor(
    issue: Issue,
    /** Index of the operation at fault; undefined when the patch as a whole is. */
    readonly operation?: number,
  ) {
    super(issue);
  }
}

/** 422: the patch is well formed but cannot be applied to this resource. */
export class PatchNotApplicable extends FhirError {
  readonly status = 422;
  constructor(
    issue: Issue,
    /** Index of the operation that failed; undefined when only the result of all is at fault. */
    readonly operation?: number,
  ) {
    super(issue);
  }
}

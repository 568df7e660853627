/** One entry of an OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html). */
export interface Issue {
  readonly severity?: 'fatal' | 'error' | 'warning' | 'information';
  /** A code of https://hl7.org/fhir/R4/valueset-issue-type.html */
  readonly code: string;
  readonly details?: {
    readonly coding?: readonly { readonly system?: string; readonly code: string }[];
    readonly text?: string;
  };
  readonly diagnostics?: string;
  readonly extension?: readonly { readonly url: string; readonly valueUrl?: string; readonly valueInteger?: number }[];
  readonly expression?: readonly string[];
  readonly location?: readonly string[];
}

/** An error that knows its HTTP status and its OperationOutcome. Messages are for the client: facts, no stack, no SQL. */
export abstract class FhirError extends Error {
  abstract readonly status: number;
  readonly issues: readonly Issue[];
  /** Response headers that belong to this answer, such as `Retry-After`. */
  readonly headers: Readonly<Record<string, string>> = {};

  constructor(...issues: readonly Issue[]) {
    // It is an answer and no defect: where it came from is not told anywhere, and finding out costs more than all the rest.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(issues.map((issue) => issue.diagnostics ?? issue.details?.text ?? issue.code).join('; '));
    Error.stackTraceLimit = limit;
    this.name = new.target.name;
    this.issues = issues;
  }
}

/** 400: the request itself is wrong. */
export class InvalidRequest extends FhirError {
  readonly status: number = 400;
}

/** 503: nothing is wrong with the request, which may succeed when it is sent again. */
export abstract class TemporarilyUnavailable extends FhirError {
  readonly status = 503;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number, diagnostics: string, code: 'transient' | 'throttled' = 'transient') {
    super({ code, diagnostics });
    this.headers = { 'retry-after': String(retryAfterSeconds) };
  }
}

/** 404: unknown, or not visible to this caller; the two are never told apart. */
export class ResourceNotFound extends FhirError {
  readonly status = 404;
  /** `remarks`: what may be said to this caller of anything that is not found. */
  constructor(
    { type, id, versionId }: { readonly type: string; readonly id: string; readonly versionId?: string | undefined },
    remarks: readonly Issue[] = [],
  ) {
    const address = versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`;
    super({ code: 'not-found', diagnostics: `${address} was not found.` }, ...remarks);
  }
}

/** 410: deleted, and the caller could see what was deleted. */
export class ResourceGone extends FhirError {
  readonly status = 410;
  constructor(type: string, id: string) {
    super({ code: 'deleted', diagnostics: `${type}/${id} was deleted. Its versions are at ${type}/${id}/_history.` });
  }
}

/** 409: a condition matches nothing, and the resource that has the id of the body is another one. */
export class IdOfAnother extends FhirError {
  readonly status = 409;
  constructor(type: string, id: string, condition: string) {
    super({
      code: 'conflict',
      diagnostics:
        `No resource matches "${condition}", and ${type}/${id} exists, whose id the body has. ` +
        `To replace that one, send PUT ${type}/${id}; to create another, leave the id out of the body.`,
    });
  }
}

/** 412: `If-None-Match` names the current version, or `*` and there is one. */
export class VersionExists extends FhirError {
  readonly status = 412;
  constructor(type: string, id: string, current: string) {
    super({
      code: 'conflict',
      diagnostics: `If-None-Match does not allow to replace ${type}/${id}, whose current version is ${current}.`,
    });
  }
}

/** 412: `If-Match: *`, and there is no current version. */
export class NoCurrentVersion extends FhirError {
  readonly status = 412;
  constructor(type: string, id: string, isDeleted: boolean) {
    super({
      code: 'conflict',
      diagnostics: `If-Match asks for any version of ${type}/${id}, which ${isDeleted ? 'was deleted' : 'does not exist'}.`,
    });
  }
}

/** 412: `If-Match` names a version that is not the current one. */
export class VersionConflict extends FhirError {
  readonly status = 412;
  constructor(type: string, id: string, expected: string, current: string | undefined) {
    super({
      code: 'conflict',
      diagnostics: current
        ? `If-Match asks for version ${expected} of ${type}/${id}; the current version is ${current}. Read it again and repeat the change.`
        : `If-Match asks for version ${expected} of ${type}/${id}, which does not exist.`,
    });
  }
}

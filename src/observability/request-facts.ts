/** What logs and metrics may know of a request: no URL, no header, no id of a resource. */
export interface RequestFacts {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the address, such as `/fhir/r4/:type/:id`; empty where nothing is. */
  readonly route: string;
  /** The interaction of R4, `$name` of an operation, or what else the address is for. */
  readonly interaction: string;
  /** A resource type of R4, `other`, or empty. */
  readonly type: string;
  readonly status: number;
  readonly durationMs: number;
  readonly clientId?: string;
  /** Of the trace, where traces are on. */
  readonly traceId?: string;
  /** Codes of /docs/access. */
  readonly reasons?: readonly string[];
}

/** A request that remembers why it was refused until its answer is logged. */
interface ReasonedRequest {
  reasonCodes?: readonly string[];
}

/** Keeps the codes of a refusal for the log and the metrics. */
export function noteReasons(request: object, refusals: readonly { readonly code: string }[]): void {
  (request as ReasonedRequest).reasonCodes = refusals.map(({ code }) => code);
}

export const reasonsOf = (request: object): readonly string[] | undefined => (request as ReasonedRequest).reasonCodes;

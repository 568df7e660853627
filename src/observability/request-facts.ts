import type { Refusal } from '../refusal/refusal.js';

/** Facts about a request for logs and metrics: no URL, no header, no id of a resource. */
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
  /** Id of the trace, where traces are on. */
  readonly traceId?: string;
  /** Codes of /docs/access. */
  readonly reasons?: readonly string[];
}

/** A request that remembers what was refused of it, whole or entry by entry: for the log, the metrics and the audit. */
export interface RefusedRequest {
  refusals?: readonly Refusal[];
}

export function noteRefusals(request: object, refusals: readonly Refusal[]): void {
  const noted: RefusedRequest = request;
  noted.refusals = [...(noted.refusals ?? []), ...refusals];
}

/** Each code once; undefined where nothing was refused. */
export const reasonsOf = ({ refusals }: RefusedRequest): readonly string[] | undefined =>
  refusals && [...new Set(refusals.map(({ code }) => code))];

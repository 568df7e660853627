import type { Issue } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { TakenJob } from '../../storage/jobs/job.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

/** A call of a long operation. `D`: the type of its declaration. */
export type LongCall<D extends OperationDeclaration = OperationDeclaration> = OperationCall<D> & {
  /** Ignored parameters, which the job has to tell its caller. */
  readonly remarks: Issue[];
  /** Ignores what is not supported (`Prefer: handling=lenient`). */
  readonly isLenient: boolean;
  /** The query, as it was sent. */
  readonly query: URLSearchParams;
  /** The NDJSON that was its body, for an operation that `takesLines`. */
  readonly lines: ExternalContent | undefined;
};

/** A call as it was sent. */
export interface SentAsync {
  readonly interaction: Interaction;
  readonly input?: JsonObject | undefined;
}

/**
 * An operation of the server itself that is answered later only. A server that takes it over after a crash goes on where the other
 * was (ADR 78).
 */
export interface LongOperation<D extends OperationDeclaration = OperationDeclaration> extends Operation<D> {
  /** Its body may be NDJSON, which is stored before it begins: `call.lines`. */
  readonly takesLines?: true;
  /** Before it is begun: throws what can be known by then. */
  prepare(call: LongCall<D>): Promise<void>;
  /** While it goes on: what is there of its answer, for a caller who wants to know that. */
  soFar?(job: Pick<TakenJob, 'id'>, sent: SentAsync): Promise<object | undefined>;
  /** JSON: a resource, or a manifest. */
  work(call: LongCall<D> & { readonly job: TakenJob }): Promise<object>;
}

export const isLong = (operation: Operation): operation is LongOperation =>
  'work' in operation && typeof operation.work === 'function';

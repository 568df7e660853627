import type { DeclaredAccess } from '../../../scope/decision.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { NotOffered } from '../../../r4/errors/request-errors.js';
import type { Json } from '../../../r4/json/json.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import type { IdempotentRequest } from '../../storage/writing/idempotent-request.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { AnswerBudget } from '../answer-budget.js';

/** The operation that an entry calls, and its parameters as they came. */
export interface EntryOperation {
  /** `$hello` */
  readonly name: string;
  readonly affectsState: boolean;
  /** True if all that it reads and changes is a part of the transaction that it is called in. */
  readonly inTransaction: boolean;
  run(context: RequestContext, circumstances: EntryCircumstances): Promise<EntryOutcome>;
}

export interface EntryCircumstances {
  readonly budget: AnswerBudget;
  /** The transaction that the entry is a part of. */
  readonly from?: ResourceRepository | undefined;
}

/** Answer of an operation, as an entry has it. */
export interface EntryOutcome {
  readonly status: number;
  /** Address that the answer names, such as that of a job. */
  readonly location?: string | undefined;
  readonly json: string;
}

/** The operations that entries of bundles may call; `fhir/operations` has them. */
export abstract class EntryOperations {
  /** Throws 404 for an operation that is not offered at the address. */
  abstract declared(line: Interaction): DeclaredAccess;
  /** After the decision about its access. Throws 405 and 400. */
  abstract entry(line: Interaction, method: string, resource: Json | undefined): EntryOperation;
}

/** The audit names the operations of a bundle. */
export function noteOperation({ trail }: RequestContext, { operation }: Called): void {
  if (operation) trail?.operations.add(operation.name);
}

interface Called {
  readonly operation?: EntryOperation;
}

/** Throws 501 for an operation that no transaction may call. */
export function requireOperation({ operation }: Called, once: IdempotentRequest | undefined): void {
  if (!operation) return;
  if (!operation.inTransaction) {
    const why = operation.affectsState ? 'what it changes cannot be undone with the others' : 'it looks beside it';
    throw new NotOffered(
      `${operation.name} is no part of a transaction: ${why}. Send it by itself or in a Bundle of type batch.`,
    );
  }
  if (once && operation.affectsState) throw notOnce(operation);
}

/** 400: what an operation answered is not kept. */
export const notOnce = ({ name }: EntryOperation): InvalidRequest =>
  new InvalidRequest({
    code: 'not-supported',
    diagnostics: `${name} changes something, and its answer is not kept for a repetition. Send it without Idempotency-Key.`,
  });

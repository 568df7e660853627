import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { OperationCall, OperationDeclaration } from '../operation.js';

/** Keeps the answer of a call in the transaction that does its work; the last thing in it. Throws `JobLost`. */
export type KeepAnswer = (tx: ResourceRepository, answer: object) => Promise<void>;

/**
 * A call of an operation of the server itself that does its work in one transaction: a server that takes its job over answers what was
 * committed, and does nothing again (ADR 106).
 */
export type AtomicCall<D extends OperationDeclaration = OperationDeclaration> = OperationCall<D> & {
  readonly keep: KeepAnswer;
};

/** For a call whose request waits for the answer. */
export const keepNothing: KeepAnswer = () => Promise.resolve();

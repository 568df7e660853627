import { Logger } from '@nestjs/common';
import { bounded, isThenable } from './bounded.js';
import { describeError } from './describe-error.js';

/** A replaced part of the server threw, took too long, or gave an answer that is none. The log has the cause; callers are told the name. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';

  constructor(readonly part: string) {
    super(`${part} failed`);
  }
}

/** A replaceable part of the server, as it is called. */
export interface CalledPart {
  /** Its token and its own name, such as `TOKEN_VERIFIER acme-tokens`. */
  readonly part: string;
  /** Milliseconds that one call may take; {@link defaultPatience} when absent, {@link longestPatience} at most. */
  readonly timeout?: number | undefined;
}

export const defaultPatience = 5000;
export const longestPatience = 30_000;

const logger = new Logger('Parts');

/** As {@link callPart}, for a part that answers at once: a promise is no answer. */
export function askPart<T>(part: string, work: () => unknown, read: (answer: unknown) => T): T {
  try {
    const answer = work();
    if (isThenable(answer)) throw forgotten(answer);
    return read(answer);
  } catch (error) {
    logger.error(`${part}: ${describeError(error)}`);
    throw new PartFailed(part);
  }
}

function forgotten(answer: PromiseLike<unknown>): Error {
  // Nobody waits for it.
  answer.then(undefined, () => undefined);
  return new Error('it returned a promise where only a value counts');
}

/** Calls code of a part, bounded in time, and reads its answer. Whatever goes wrong is logged, and is {@link PartFailed}. */
export async function callPart<A, T>(
  { part, timeout = defaultPatience }: CalledPart,
  work: () => A | Promise<A>,
  read: (answer: A) => T,
): Promise<T> {
  try {
    return read(await bounded<A>(Math.min(timeout, longestPatience), work));
  } catch (error) {
    logger.error(`${part}: ${describeError(error)}`);
    throw new PartFailed(part);
  }
}

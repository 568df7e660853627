import { Logger } from '@nestjs/common';
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

/** Calls code of a part, bounded in time, and reads its answer. Whatever goes wrong is logged, and is {@link PartFailed}. */
export async function callPart<A, T>(
  called: CalledPart,
  work: () => A | Promise<A>,
  read: (answer: A) => T,
): Promise<T> {
  try {
    return read(await inTime(called, work));
  } catch (error) {
    logger.error(`${called.part}: ${describeError(error)}`);
    throw new PartFailed(called.part);
  }
}

async function inTime<A>({ timeout = defaultPatience }: CalledPart, work: () => A | Promise<A>): Promise<A> {
  const patience = Math.min(timeout, longestPatience);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience} ms`)), patience);
  });
  try {
    // An answer that comes too late, or a failure then, is nobody's any more: the race has a handler on both.
    return await Promise.race([(async () => work())(), late]);
  } finally {
    clearTimeout(timer);
  }
}

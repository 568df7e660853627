import { setTimeout as sleep } from 'node:timers/promises';
import { SourceFailed, type SourceLimits } from './fetch-source.js';

/** Times that a source is read, with a pause before each but the first: a tenth of the time that it may be silent, then two. */
const mostTries = 3;

interface Patience {
  readonly limits: Pick<SourceLimits, 'patience'>;
  readonly signal: AbortSignal;
}

/** Reads a source again where that may succeed. Throws {@link SourceFailed}. */
export async function untilRead<T>(read: () => Promise<T>, { limits, signal }: Patience): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof SourceFailed) || error.isLasting || tries === mostTries) throw error;
      await sleep(tries * limits.patience * 100, undefined, { signal });
    }
  }
}

import { secret } from '../../src/testing/hidden-rows.js';
import { compareRecords } from '../../src/testing/recording.js';
import type { Session } from './session.js';

/** Runs the same requests in both worlds; what came back must not tell them apart, nor hold a hidden text. */
export async function record(
  run: (session: Session) => Promise<void>,
  pair: readonly Session[],
): Promise<readonly string[]> {
  const [a, b] = await Promise.all(
    pair.map(async (session) => {
      await run(session);
      return session.take();
    }),
  );
  compareRecords(a!, b!, secret);
  return a!;
}

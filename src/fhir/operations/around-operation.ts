import { frozen } from '../extensions/content.js';
import { callTimeout } from '../extensions/extension-calls.js';
import type { OnOperation } from '../extensions/hook.js';
import type { HookAt, Hooks } from '../extensions/hooks.js';

interface Means {
  readonly hooks: Hooks;
  /** Milliseconds that the operation itself may take. */
  readonly time: number;
}

/**
 * Runs an operation within the hooks of the point `onOperation`, the first one outermost. They may look at the answer, which is
 * frozen, and refuse; they pass on the answer itself, or it is a failure.
 */
export async function aroundOperation(means: Means, event: OnOperation, work: () => Promise<object>): Promise<object> {
  const around = means.hooks.at('onOperation', event.type);
  if (around.length === 0) return work();
  frozen(event.context.principal);
  let run = async (): Promise<object> => frozen(await work());
  for (const at of around.toReversed()) {
    const next = run;
    run = () => within(means, at, event, next);
  }
  return run();
}

async function within(
  { hooks: { calls }, time }: Means,
  { code, hook }: HookAt<'onOperation'>,
  event: OnOperation,
  next: () => Promise<object>,
): Promise<object> {
  let done: Promise<object> | undefined;
  let failure: unknown;
  const once = (): Promise<object> => {
    if (done) throw new Error('It called next twice.');
    done = next();
    done.catch((error: unknown) => (failure = error));
    return done;
  };
  const timeout = (code.timeout ?? callTimeout.usual) + time;
  const answer = await calls.run({ ...code, timeout }, async () => {
    try {
      return { of: await hook.onOperation({ ...event }, once) };
    } catch (error) {
      // The failure of the operation is none of the hook.
      if (done && error === failure) return undefined;
      throw error;
    }
  });
  if (!answer) throw failure;
  if (!done || answer.of !== (await done)) {
    throw calls.nonsense(code, 'returned something else than what next returned');
  }
  return answer.of;
}

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options?: { readonly type: 'minor' }) => void;

let known: CollectGarbage | undefined;

/** Of V8, which keeps it from programs otherwise. `minor`: young objects alone, in a millisecond. */
export function garbageCollector(): CollectGarbage {
  if (!known) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as CollectGarbage;
    // Contexts of others do not get it.
    setFlagsFromString('--no-expose-gc');
  }
  return known;
}

import { Session } from 'node:inspector/promises';

// Kept here: a session that only its own answer leads to would be collected with the rest.
const session = new Session();

/**
 * Has V8 give back what loading the program has left, and the room that it set aside for more of it: otherwise both stay until as much again
 * was allocated (docs/adr/0158). The collection of DevTools is the one for when memory is short; `gc()` keeps the room. It stops the
 * process for some 0.2 s, so it comes before the first request.
 */
export async function giveBackMemory(): Promise<void> {
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}

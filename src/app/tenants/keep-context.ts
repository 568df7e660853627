import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';

/**
 * Listeners that are added to the request and the response from now on run in the context of this call: Node emits their events
 * in the context in which the connection was opened.
 */
export function keepContext(...emitters: readonly EventEmitter[]): void {
  const within = AsyncLocalStorage.snapshot();
  for (const emitter of emitters) {
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (...args: [string | symbol, ...unknown[]]) => within(emit, ...args);
  }
}

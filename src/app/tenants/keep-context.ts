import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';

/**
 * Listeners that are added to the request or the response from now on run in the context of this call: Node emits their events
 * in the context in which the connection was opened.
 */
export function keepContext(emitter: EventEmitter): void {
  const within = AsyncLocalStorage.snapshot();
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (name: string | symbol, ...args: unknown[]) => within(() => emit(name, ...args));
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';

/**
 * What listens to the request or the response from now on runs for whom this was called: Node emits their events for whoever the
 * connection was opened by.
 */
export function keepContext(emitter: EventEmitter): void {
  const within = AsyncLocalStorage.snapshot();
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (name: string | symbol, ...args: unknown[]) => within(() => emit(name, ...args));
}

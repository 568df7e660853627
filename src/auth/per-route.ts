import type { ExecutionContext } from '@nestjs/common';

/** A handler and its class, in the order in which Nest's Reflector asks them. */
export type Route = [handler: ReturnType<ExecutionContext['getHandler']>, of: ReturnType<ExecutionContext['getClass']>];

/** Decorators of a route, read once: they never change, and reading them takes longer than a decision. */
export class PerRoute<T> {
  /** By class, then by handler: classes may inherit a handler and be decorated in different ways. */
  private readonly known = new WeakMap<object, WeakMap<object, { readonly value: T }>>();

  constructor(private readonly read: (route: Route) => T) {}

  of(execution: ExecutionContext): T {
    const [handler, owner] = [execution.getHandler(), execution.getClass()];
    let ofOwner = this.known.get(owner);
    if (!ofOwner) this.known.set(owner, (ofOwner = new WeakMap()));
    let found = ofOwner.get(handler);
    if (!found) ofOwner.set(handler, (found = { value: this.read([handler, owner]) }));
    return found.value;
  }
}

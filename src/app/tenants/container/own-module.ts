import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

/** The container of one tenant. */
export interface Owner {
  /** The wrapper at the place of that of the pattern. */
  like(wrapper: InstanceWrapper): InstanceWrapper;
  moduleLike(module: Module): Module;
  /** Wrappers of the middleware that a module configures; Nest fills the map. */
  middlewareOf(token: string): Map<unknown, InstanceWrapper>;
}

interface OwnModule {
  readonly container: Owner;
  readonly token: string;
  readonly instance: object;
}

/** The module of the pattern, where the maps of the object that inherits from it show what its container has. Nothing is kept of them for each tenant. */
export function moduleViewOf(module: Module): object {
  return Object.create(module, {
    _providers: shown(module.providers),
    _injectables: shown(module.injectables),
    _controllers: shown(module.controllers),
    _middlewares: {
      get(this: OwnModule) {
        return hasMiddleware(this.instance) ? this.container.middlewareOf(this.token) : noMiddleware;
      },
    },
    _imports: {
      get(this: OwnModule) {
        return new Set([...module.imports].map((one) => this.container.moduleLike(one)));
      },
    },
  }) as object;
}

const hasMiddleware = (instance: object): boolean => 'configure' in instance;

const shown = (map: ReadonlyMap<unknown, InstanceWrapper>) => ({
  get(this: OwnModule) {
    return new OwnMap(map, this.container);
  },
});

const fixed = (): never => {
  throw new Error('Modules of tenants are those of the pattern.');
};

/** Of all modules without middleware. */
class NoMiddleware extends Map<never, InstanceWrapper> {
  override readonly set = fixed;
}
const noMiddleware = new NoMiddleware();

/** A map of the pattern with the wrappers of one tenant. */
class OwnMap<K> implements Map<K, InstanceWrapper> {
  readonly [Symbol.toStringTag] = 'Map';
  readonly set = fixed;
  readonly delete = fixed;
  readonly clear = fixed;

  constructor(
    private readonly map: ReadonlyMap<K, InstanceWrapper>,
    private readonly owner: Owner,
  ) {}

  get size(): number {
    return this.map.size;
  }

  has(token: K): boolean {
    return this.map.has(token);
  }

  get(token: K): InstanceWrapper | undefined {
    const found = this.map.get(token);
    return found && this.owner.like(found);
  }

  keys(): MapIterator<K> {
    return this.map.keys();
  }

  *values(): MapIterator<InstanceWrapper> {
    for (const wrapper of this.map.values()) yield this.owner.like(wrapper);
    return undefined;
  }

  *entries(): MapIterator<[K, InstanceWrapper]> {
    for (const [token, wrapper] of this.map) yield [token, this.owner.like(wrapper)];
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[K, InstanceWrapper]> {
    return this.entries();
  }

  forEach(call: (wrapper: InstanceWrapper, token: K, map: Map<K, InstanceWrapper>) => void): void {
    for (const [token, wrapper] of this) call(wrapper, token, this);
  }
}

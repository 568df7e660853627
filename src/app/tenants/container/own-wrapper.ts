import { ModuleRef } from '@nestjs/core/injector/module-ref.js';
import type { InstanceLinksHost } from '@nestjs/core/injector/instance-links-host.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

/** A place of the pattern with what one tenant has there. */
export type OwnWrapper = InstanceWrapper & { made: unknown; module: Module };

/** Finds what has a token. */
export type Links = Pick<InstanceLinksHost, 'get'>;

/** The wrapper of the pattern, where `made` and `module` of the object that inherits from it are the instance and its module. */
export function viewOf(wrapper: InstanceWrapper): object {
  return Object.create(wrapper, {
    instance: {
      get(this: OwnWrapper) {
        return this.made;
      },
    },
    host: {
      get(this: OwnWrapper) {
        return this.module;
      },
    },
    getInstanceByContextId: {
      value(this: OwnWrapper) {
        return { instance: this.made, isResolved: true, isPending: false, isConstructorCalled: true };
      },
    },
    ...(wrapper.token === ModuleRef && {
      made: {
        get(this: OwnWrapper) {
          return moduleRefOf(this.module);
        },
      },
    }),
  }) as object;
}

/** Nest's reference to a module. */
function moduleRefOf(module: Module): ModuleRef {
  const { container } = module as unknown as { container: { links: Links } };
  const Type = module.createModuleReferenceType();
  return Object.assign(new Type(), { _instanceLinksHost: container.links });
}

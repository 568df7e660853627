import type { DynamicModule, Provider } from '@nestjs/common';
import { type AbstractHttpAdapter, ApplicationConfig, MetadataScanner, NestContainer } from '@nestjs/core';
import { ModuleRef } from '@nestjs/core/injector/module-ref.js';
import { Injector } from '@nestjs/core/injector/injector.js';
import { InstanceLinksHost } from '@nestjs/core/injector/instance-links-host.js';
import { InstanceLoader } from '@nestjs/core/injector/instance-loader.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { InternalCoreModule } from '@nestjs/core/injector/internal-core-module/internal-core-module.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { NoopGraphInspector } from '@nestjs/core/inspector/noop-graph-inspector.js';
import { DependenciesScanner } from '@nestjs/core/scanner.js';
import { moduleViewOf } from './own-module.js';
import { ownValues, type OwnValue } from './own-values.js';
import { viewOf } from './own-wrapper.js';

/** One provider, controller, guard …, and what its constructor takes, as numbers of other places. */
export interface Place {
  readonly wrapper: InstanceWrapper;
  /** Prototype of the wrappers that tenants have at this place. */
  readonly view: object;
  /** Undefined: Nest found nothing for an optional one. */
  readonly needs: readonly (number | undefined)[];
  readonly properties: readonly (readonly [key: string | symbol, place: number])[];
  readonly isTransient: boolean;
  readonly isOfNest: boolean;
}

interface PatternModule {
  readonly module: Module;
  /** Prototype of the modules that tenants have. */
  readonly view: object;
}

/**
 * The server of a tenant before it is anybody's (docs/adr/0132): Nest has found the modules and which provider needs which, and has made none of
 * them. Places stand in an order in which each comes after those that it needs.
 */
export class Pattern {
  readonly places: readonly Place[];
  readonly modules: ReadonlyMap<string, PatternModule>;
  readonly links: InstanceLinksHost;
  private readonly numbers: ReadonlyMap<InstanceWrapper, number>;

  private constructor(
    private readonly definition: DynamicModule,
    private readonly container: NestContainer,
  ) {
    const modules = [...container.getModules()];
    this.modules = new Map(modules.map(([token, module]) => [token, { module, view: moduleViewOf(module) }]));
    this.links = new InstanceLinksHost(container);
    ({ places: this.places, numbers: this.numbers } = inOrder(modules.map(([, module]) => module)));
  }

  static async of(definition: DynamicModule, adapter: AbstractHttpAdapter): Promise<Pattern> {
    const config = new ApplicationConfig();
    // Nest's own word for: find everything, make nothing.
    const container = new NestContainer(config, { preview: true });
    container.setHttpAdapter(adapter);
    const scanner = new DependenciesScanner(container, new MetadataScanner(), NoopGraphInspector, config);
    await scanner.scan(definition as never);
    const loader = new InstanceLoader(container, new Injector({ preview: true }), NoopGraphInspector);
    await loader.createInstancesOfDependencies();
    return new Pattern(definition, container);
  }

  numberOf(wrapper: InstanceWrapper): number {
    return this.numbers.get(wrapper)!;
  }

  /** Values and functions of the definition that are not the pattern's, by the number of their place. */
  async ownValues(definition: DynamicModule): Promise<ReadonlyMap<number, OwnValue>> {
    const own = new Map<number, OwnValue>();
    for (const { pattern, providers } of await ownValues(this.definition, definition)) {
      const { token } = await this.container.getModuleCompiler().compile(pattern);
      const { module } = this.modules.get(token)!;
      for (const [provider, value] of providers) own.set(this.numberOf(wrapperOf(module, provider)), value);
    }
    return own;
  }
}

function wrapperOf({ providers, name }: Module, provider: Provider): InstanceWrapper {
  const { provide, useFactory } = provider as { provide: never; useFactory?: unknown };
  // Nest gives enhancers of the whole application a token of their own.
  const found =
    providers.get(provide) ?? [...providers.values()].find(({ metatype }) => metatype && metatype === useFactory);
  if (!found) throw new Error(`${name} has no provider that is defined like that of the tenant.`);
  return found;
}

function inOrder(modules: readonly Module[]): { places: Place[]; numbers: Map<InstanceWrapper, number> } {
  const places: Place[] = [];
  const numbers = new Map<InstanceWrapper, number>();
  const begun = new Set<InstanceWrapper>();
  const circles: (() => void)[] = [];
  const visit = (wrapper: InstanceWrapper): void => {
    if (begun.has(wrapper)) return;
    begun.add(wrapper);
    const needed = Array.from(wrapper.getCtorMetadata() ?? []) as (InstanceWrapper | undefined)[];
    const injected = wrapper.getPropertiesMetadata() ?? [];
    for (const one of [...needed, ...injected.map((property) => property.wrapper)]) if (one) visit(one);
    numbers.set(wrapper, places.length);
    const needs: (number | undefined)[] = [];
    const properties: (readonly [string | symbol, number])[] = [];
    // In a circle, a needed place may get its number later: numbers are read when all places have one.
    circles.push(() => {
      for (const [i, one] of needed.entries()) needs[i] = one && numbers.get(one);
      for (const { key, wrapper: one } of injected) properties.push([key, numbers.get(one)!]);
    });
    const isOfNest = wrapper.token === ModuleRef || wrapper.host?.metatype === InternalCoreModule;
    if (!wrapper.isDependencyTreeStatic() && !isOfNest)
      throw new Error(
        `${String(wrapper.name)} is made for each request (Scope.REQUEST), which the servers of tenants cannot do: let it be made once, and give it the request.`,
      );
    places.push({ wrapper, view: viewOf(wrapper), needs, properties, isTransient: wrapper.isTransient, isOfNest });
  };
  for (const { providers, injectables, controllers } of modules)
    for (const all of [providers, injectables, controllers]) for (const wrapper of all.values()) visit(wrapper);
  for (const close of circles) close();
  return { places, numbers };
}

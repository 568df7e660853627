import type { DynamicModule } from '@nestjs/common';
import {
  type AbstractHttpAdapter,
  ApplicationConfig,
  HttpAdapterHost,
  LazyModuleLoader,
  ModulesContainer,
  NestApplication,
  NestContainer,
  SerializedGraph,
} from '@nestjs/core';
import { ModuleRef } from '@nestjs/core/injector/module-ref.js';
import { ExternalContextCreator } from '@nestjs/core/helpers/external-context-creator.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { NoopGraphInspector } from '@nestjs/core/inspector/noop-graph-inspector.js';
import type { OwnValue } from './own-values.js';
import type { Links, OwnWrapper } from './own-wrapper.js';
import type { Pattern, Place } from './pattern.js';

type Make = (...needs: unknown[]) => unknown;
type MakeNew = new (...needs: unknown[]) => Record<string | symbol, unknown>;

/** An application whose every instance was made for it, from the definition; where they are and what each needs is the pattern's. */
export async function applicationLike(
  pattern: Pattern,
  definition: DynamicModule,
  adapter: AbstractHttpAdapter,
): Promise<NestApplication> {
  const container = new OwnContainer(pattern, await pattern.ownValues(definition), adapter);
  await container.make();
  const app = new NestApplication(container, adapter, container.config, NoopGraphInspector, { bodyParser: false });
  Object.assign(app, { _instanceLinksHost: container.links });
  return app;
}

/** Nest's container as seen by one tenant: the modules of the pattern, with instances that nobody else has. */
class OwnContainer extends NestContainer {
  readonly config: ApplicationConfig;
  readonly links: Links;
  private readonly wrappers: OwnWrapper[] = [];

  constructor(
    private readonly pattern: Pattern,
    private readonly values: ReadonlyMap<number, OwnValue>,
    adapter: AbstractHttpAdapter,
  ) {
    const config = new ApplicationConfig();
    super(config, {});
    this.config = config;
    this.setHttpAdapter(adapter);
    const modules = new Map([...pattern.modules].map(([token, module]) => [module, this.moduleLike(token, module)]));
    for (const { wrapper, view } of pattern.places) {
      const own = Object.create(view) as OwnWrapper;
      own.module = modules.get(wrapper.host!)!;
      this.wrappers.push(own);
    }
    for (const [module, own] of modules) {
      const likeThat = <K>(map: Map<K, InstanceWrapper>): Map<K, InstanceWrapper> =>
        new Map([...map].map(([token, wrapper]) => [token, this.like(wrapper)]));
      Object.assign(own, {
        container: this,
        _providers: likeThat(module.providers),
        _injectables: likeThat(module.injectables),
        _controllers: likeThat(module.controllers),
        _middlewares: new Map(),
        _imports: new Set([...module.imports].map((one) => modules.get(one))),
      });
    }
    this.links = {
      get: ((token: never, options: never) => {
        const found: unknown = pattern.links.get(token, options);
        const like = (link: { wrapperRef: InstanceWrapper }) => ({ ...link, wrapperRef: this.like(link.wrapperRef) });
        return Array.isArray(found) ? found.map(like) : like(found as never);
      }) as unknown as Links['get'],
    };
  }

  async make(): Promise<void> {
    const { places } = this.pattern;
    for (const [number, { wrapper, isTransient }] of places.entries())
      if (wrapper.forwardRef && !isTransient)
        this.wrappers[number]!.made = Object.create((wrapper.metatype as { prototype: object }).prototype);
    for (const [number, place] of places.entries()) {
      // Who needs a transient one gets another.
      if (place.isTransient || isModuleRef(place)) continue;
      const made = await this.instance(number, place);
      const own = this.wrappers[number]!;
      own.made = place.wrapper.forwardRef ? Object.assign(own.made as object, made) : made;
    }
    this.addEnhancers();
  }

  private like(wrapper: InstanceWrapper): OwnWrapper {
    return this.wrappers[this.pattern.numberOf(wrapper)]!;
  }

  private moduleLike(token: string, module: Module): Module {
    const own = Object.create(module) as Module;
    this.getModules().set(token, own);
    return own;
  }

  private async instance(number: number, place: Place): Promise<unknown> {
    const { wrapper, isOfNest } = place;
    const ofNest = isOfNest ? this.ofNest(wrapper.token) : undefined;
    if (ofNest !== undefined) return ofNest;
    if (wrapper.token === ApplicationConfig) return this.config;
    const own = this.values.get(number);
    if (own && 'useValue' in own) return own.useValue;
    // A value that both definitions have.
    if (!wrapper.metatype) return wrapper.instance as unknown;
    return this.construct(place, (own?.useFactory ?? wrapper.metatype) as Make & MakeNew);
  }

  private async construct({ wrapper, needs, properties }: Place, make: Make & MakeNew): Promise<unknown> {
    const given: unknown[] = [];
    for (const need of needs) given.push(need === undefined ? undefined : await this.needed(need));
    if (wrapper.isFactory) return make(...given);
    const made = new make(...given);
    for (const [key, place] of properties) made[key] = await this.needed(place);
    return made;
  }

  private needed(number: number): unknown {
    const place = this.pattern.places[number]!;
    return place.isTransient ? this.instance(number, place) : this.wrappers[number]!.made;
  }

  /** Instance of this application for a token that Nest itself provides; undefined for other tokens. */
  private ofNest(token: unknown): unknown {
    if (token === HttpAdapterHost) return this.getHttpAdapterHostRef();
    if (token === ModulesContainer) return this.getModules();
    if (token === ExternalContextCreator) return ExternalContextCreator.fromContainer(this);
    if (token === SerializedGraph) return this.serializedGraph;
    if (token === LazyModuleLoader) return { load: lazily };
    return undefined;
  }

  /** Guards, filters, pipes and interceptors of the whole application, as Nest's scanner adds them. */
  private addEnhancers(): void {
    for (const { providers } of this.getModules().values())
      for (const [token, { instance }] of providers) {
        const [, kind] = /^APP_(GUARD|PIPE|FILTER|INTERCEPTOR) \(/.exec(typeof token === 'string' ? token : '') ?? [];
        if (kind === 'GUARD') this.config.addGlobalGuard(instance as never);
        if (kind === 'PIPE') this.config.addGlobalPipe(instance as never);
        if (kind === 'FILTER') this.config.addGlobalFilter(instance as never);
        if (kind === 'INTERCEPTOR') this.config.addGlobalInterceptor(instance as never);
      }
  }
}

const isModuleRef = ({ wrapper }: Place): boolean => wrapper.token === ModuleRef;

async function lazily(): Promise<never> {
  throw new Error(
    'LazyModuleLoader adds modules to one application; the servers of tenants have the same modules all.',
  );
}

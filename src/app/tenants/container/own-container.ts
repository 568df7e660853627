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
import type { Owner } from './own-module.js';
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
  const container = new OwnContainer(pattern, adapter);
  await container.make(await pattern.ownValues(definition));
  const app = new NestApplication(container, adapter, container.config, NoopGraphInspector, { bodyParser: false });
  Object.assign(app, { _instanceLinksHost: container.links });
  return app;
}

type OwnValues = ReadonlyMap<number, OwnValue>;

/** Nest's container as seen by one tenant: the modules of the pattern, with instances that nobody else has. */
class OwnContainer extends NestContainer implements Owner {
  readonly config: ApplicationConfig;
  readonly links: Links;
  /** By the numbers of places. */
  private readonly instances: unknown[];
  /** By the tokens of modules. */
  private readonly middleware = new Map<string, Map<unknown, InstanceWrapper>>();

  constructor(
    private readonly pattern: Pattern,
    adapter: AbstractHttpAdapter,
  ) {
    const config = new ApplicationConfig();
    super(config, {});
    this.config = config;
    this.setHttpAdapter(adapter);
    this.instances = pattern.places.map(() => undefined);
    for (const [token, { view }] of pattern.modules)
      this.getModules().set(token, Object.assign(Object.create(view) as Module, { container: this }));
    this.links = {
      get: ((token: never, options: never) => {
        const found: unknown = pattern.links.get(token, options);
        const like = (link: { wrapperRef: InstanceWrapper }) => ({ ...link, wrapperRef: this.like(link.wrapperRef) });
        return Array.isArray(found) ? found.map(like) : like(found as never);
      }) as unknown as Links['get'],
    };
  }

  async make(values: OwnValues): Promise<void> {
    const { instances } = this;
    const { places } = this.pattern;
    for (const [number, { wrapper, isTransient }] of places.entries())
      if (wrapper.forwardRef && !isTransient)
        instances[number] = Object.create((wrapper.metatype as { prototype: object }).prototype);
    for (const [number, place] of places.entries()) {
      // Who needs a transient one gets another.
      if (place.isTransient || isModuleRef(place)) continue;
      const made = await this.instance(number, values);
      instances[number] = place.wrapper.forwardRef ? Object.assign(instances[number] as object, made) : made;
    }
    this.addEnhancers();
  }

  like(wrapper: InstanceWrapper): OwnWrapper {
    const number = this.pattern.numberOf(wrapper);
    const { view } = this.pattern.places[number]!;
    const own = Object.create(view) as OwnWrapper;
    own.module = this.moduleLike(wrapper.host!);
    if (wrapper.token !== ModuleRef) own.made = this.instances[number];
    return own;
  }

  moduleLike({ token }: Module): Module {
    return this.getModules().get(token)!;
  }

  middlewareOf(token: string): Map<unknown, InstanceWrapper> {
    let made = this.middleware.get(token);
    if (!made) this.middleware.set(token, (made = new Map<unknown, InstanceWrapper>()));
    return made;
  }

  private async instance(number: number, values: OwnValues): Promise<unknown> {
    const place = this.pattern.places[number]!;
    const { wrapper, isOfNest } = place;
    const ofNest = isOfNest ? this.ofNest(wrapper.token) : undefined;
    if (ofNest !== undefined) return ofNest;
    if (wrapper.token === ApplicationConfig) return this.config;
    const own = values.get(number);
    if (own && 'useValue' in own) return own.useValue;
    // A value that both definitions have.
    if (!wrapper.metatype) return wrapper.instance as unknown;
    const needed = (need: number): unknown => this.needed(need, values);
    const make = (own?.useFactory ?? wrapper.metatype) as Make & MakeNew;
    return construct(place, make, needed);
  }

  private needed(number: number, values: OwnValues): unknown {
    const place = this.pattern.places[number]!;
    if (place.isTransient) return this.instance(number, values);
    return isModuleRef(place) ? this.like(place.wrapper).made : this.instances[number];
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

async function construct(
  { wrapper, needs, properties }: Place,
  make: Make & MakeNew,
  needed: (number: number) => unknown,
): Promise<unknown> {
  const given: unknown[] = [];
  for (const need of needs) given.push(need === undefined ? undefined : await needed(need));
  if (wrapper.isFactory) return make(...given);
  const made = new make(...given);
  for (const [key, place] of properties) made[key] = await needed(place);
  return made;
}

const isModuleRef = ({ wrapper }: Place): boolean => wrapper.token === ModuleRef;

async function lazily(): Promise<never> {
  throw new Error(
    'LazyModuleLoader adds modules to one application; the servers of tenants have the same modules all.',
  );
}

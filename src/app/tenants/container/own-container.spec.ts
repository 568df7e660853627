// Nest makes no application of a tenant: its container is filled like a pattern, with instances of its own (docs/adr/0132)
import {
  type DynamicModule,
  forwardRef,
  Inject,
  Injectable,
  Logger,
  type MiddlewareConsumer,
  Module,
  Optional,
  Scope,
} from '@nestjs/common';
import {
  APP_GUARD,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  LazyModuleLoader,
  ModuleRef,
} from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { applicationLike } from './own-container.js';
import { Pattern } from './pattern.js';

const NAME = Symbol('NAME');
const LINE = Symbol('LINE');
let made: string[] = [];
beforeAll(() => Logger.overrideLogger(false));

@Injectable()
class Keeper {
  readonly kept: string[] = [];
  constructor(@Inject(NAME) readonly name: string) {
    made.push(`keeper of ${name}`);
  }
  onModuleInit(): void {
    made.push(`init of ${this.name}`);
  }
  onApplicationShutdown(): void {
    made.push(`end of ${this.name}`);
  }
}

@Injectable()
class Guard {
  constructor(readonly keeper: Keeper) {}
  canActivate(): boolean {
    return true;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Each {
  constructor(readonly keeper: Keeper) {}
}

@Injectable()
class Uses {
  @Inject(Keeper) readonly injected!: Keeper;
  @Inject(DiscoveryService) readonly all!: DiscoveryService;
  @Inject(HttpAdapterHost) readonly host!: HttpAdapterHost;
  @Inject(LazyModuleLoader) readonly lazy!: LazyModuleLoader;
  constructor(
    readonly one: Each,
    readonly ref: ModuleRef,
    @Inject(LINE) readonly line: string,
    @Optional() @Inject('NOBODY') readonly nobody?: unknown,
  ) {}
}

@Injectable()
class Egg {
  constructor(@Inject(forwardRef(() => Hen)) readonly hen: object) {}
}
@Injectable()
class Hen {
  constructor(@Inject(forwardRef(() => Egg)) readonly egg: Egg) {}
}

class Later {
  constructor(@Inject(Keeper) readonly keeper: Keeper) {}
}

@Injectable()
class Passing {
  constructor(readonly keeper: Keeper) {}
  use(_request: unknown, _response: unknown, next: () => void): void {
    this.keeper.kept.push('passed');
    next();
  }
}

@Injectable()
class AlsoPassing {
  constructor(readonly keeper: Keeper) {}
  use(_request: unknown, _response: unknown, next: () => void): void {
    this.keeper.kept.push('passed by a property');
    next();
  }
}

@Module({})
class Server {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Passing).forRoutes('*path');
  }
}

@Module({ providers: [Each, Egg, Hen], exports: [Each, Egg, Hen] })
class Common {
  readonly configure = (consumer: MiddlewareConsumer): void => {
    consumer.apply(AlsoPassing).forRoutes('*path');
  };
}

const define = (name: string, more: DynamicModule['providers'] = []): DynamicModule => ({
  module: Server,
  imports: [Common, DiscoveryModule, { module: Named, ...named(name) }],
  providers: [
    Uses,
    Guard,
    { provide: APP_GUARD, useExisting: Guard },
    { provide: LINE, inject: [Keeper], useFactory: async (keeper: Keeper) => `${name} has ${keeper.name}` },
    ...more,
  ],
});

@Module({})
class Named {}

const named = (name: string): Omit<DynamicModule, 'module'> => ({
  global: true,
  providers: [{ provide: NAME, useValue: name }, Keeper],
  exports: [NAME, Keeper],
});

const pattern = (): Promise<Pattern> => Pattern.of(define('nobody'), new FastifyAdapter());

describe('an application like a pattern', () => {
  it('has instances of its own, and the values of its definition', async () => {
    made = [];
    const like = await pattern();
    expect(made).toEqual([]);
    const apps = await Promise.all(['a', 'b'].map((name) => applicationLike(like, define(name), new FastifyAdapter())));
    for (const app of apps) await app.init();
    expect(made).toEqual(expect.arrayContaining(['keeper of a', 'keeper of b', 'init of a', 'init of b']));
    expect(made).toHaveLength(4);
    const [a, b] = apps.map((app) => app.get(Uses, { strict: false }));
    expect([a!.line, b!.line]).toEqual(['a has a', 'b has b']);
    expect([a!.injected.name, a!.one.keeper.name, b!.injected.name, b!.one.keeper.name]).toEqual(['a', 'a', 'b', 'b']);
    expect(a!.nobody).toBeUndefined();
    expect(a!.host.httpAdapter).toBe(apps[0]!.getHttpAdapter());
    expect(a!.host).not.toBe(b!.host);
    for (const app of apps) await app.close();
    expect(made.slice(4)).toEqual(['end of a', 'end of b']);
  });

  it('shares no instance of any provider with another', async () => {
    const like = await pattern();
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const app = await applicationLike(like, define(name), new FastifyAdapter());
        return app
          .get(DiscoveryService, { strict: false })
          .getProviders()
          .map(({ instance }): unknown => instance);
      }),
    );
    const shared = a!.filter((one) => typeof one === 'object' && one !== null && b!.includes(one));
    expect(shared).toEqual([]);
    expect(a!.filter((one) => one instanceof Keeper)).toHaveLength(1);
  });

  it('gives providers the references of its own modules', async () => {
    const like = await pattern();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => applicationLike(like, define(name), new FastifyAdapter())),
    );
    const [ofA, ofB] = [a!, b!].map((app) => app.get(Uses, { strict: false }).ref);
    expect([ofA!.get(Keeper, { strict: false }).name, ofB!.get(Keeper, { strict: false }).name]).toEqual(['a', 'b']);
    expect([(await ofA!.create(Later)).keeper.name, (await ofB!.create(Later)).keeper.name]).toEqual(['a', 'b']);
    await expect(a!.get(Uses, { strict: false }).lazy.load(() => Common)).rejects.toThrow('the same modules');
  });

  it('makes what needs each other', async () => {
    const app = await applicationLike(await pattern(), define('a'), new FastifyAdapter());
    const egg = app.get(Egg, { strict: false });
    expect(egg.hen).toBe(app.get(Hen, { strict: false }));
    expect((egg.hen as Hen).egg).toBe(egg);
  });

  it('runs its own middleware', async () => {
    const like = await pattern();
    const apps = [];
    for (const name of ['a', 'b']) {
      const app = await applicationLike(like, define(name), new FastifyAdapter());
      await app.init();
      apps.push(app);
    }
    await (apps[1]!.getHttpAdapter() as FastifyAdapter).getInstance().inject('/anything');
    const [none, both] = apps.map((app) => app.get(Keeper, { strict: false }).kept);
    expect(none).toEqual([]);
    expect(both).toEqual(expect.arrayContaining(['passed', 'passed by a property']));
  });

  it('is not made from a definition of another kind', async () => {
    const like = await pattern();
    const refused = (definition: DynamicModule): Promise<unknown> =>
      applicationLike(like, definition, new FastifyAdapter());
    await expect(refused(define('a', [Later]))).rejects.toThrow('Server is defined in another way');
    await expect(refused({ ...define('a'), imports: [] })).rejects.toThrow('Server is defined in another way');
    await expect(refused({ ...define('a'), module: Common })).rejects.toThrow('Server is defined in another way');
  });

  it('has nothing that is made for each request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    await expect(Pattern.of(define('nobody', [PerRequest]), new FastifyAdapter())).rejects.toThrow(
      'PerRequest is made for each request',
    );
  });
});

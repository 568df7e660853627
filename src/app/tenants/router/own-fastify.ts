import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyPluginCallback, RouteOptions } from 'fastify';
import type {
  Application,
  BodyParsers,
  Called,
  Calling,
  Place,
  RequestAt,
  RouteOf,
  SharedFastify,
} from './shared-fastify.js';

/** Hooks of requests (https://fastify.dev/docs/latest/Reference/Hooks/). */
const hooksOfRequests = new Set([
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onError',
  'onSend',
  'onResponse',
  'onTimeout',
  'onRequestAbort',
]);
/** Functions of Fastify that read, or add what is the same for all applications. */
const common = new Set(['addHttpMethod', 'getDefaultJsonParser', 'hasDecorator', 'hasRequestDecorator', 'hasRoute']);

/** Makes the routes of a controller, or one of them. */
type Register = (controller: number, nth?: number) => void;

type Members = Record<string | symbol, unknown>;

/**
 * The Fastify of one tenant as its application sees it. Its functions are kept here, at the places of the {@link SharedFastify}; what would change
 * Fastify for other applications throws.
 */
export class OwnFastify implements Application {
  /** For `NestFactory.create`. */
  readonly adapter: FastifyAdapter;
  readonly instance: FastifyInstance;
  private readonly functions: (Called | undefined)[] = [];
  private readonly counts = new Map<string, number>();
  private readonly closing: (() => unknown)[] = [];
  /** That is being made. */
  private making: RouteOf | undefined;
  private register: Register | undefined;

  constructor(
    private readonly shared: SharedFastify,
    readonly read: (request: IncomingMessage) => string,
  ) {
    this.instance = this.view();
    this.adapter = new FastifyAdapter(this.instance as never);
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): void =>
    this.shared.answer(request, response, this);

  functionAt(place: number): Calling {
    return (this.functions[place] ?? this.registered(place)) as Calling;
  }

  /** Has `register` make the routes of each controller: at once in the first application, in others each when it is asked. */
  takeControllers(controllers: readonly unknown[], register: Register): void {
    this.shared.compareControllers(controllers);
    this.register = register;
    if (!this.shared.isComplete) for (const i of controllers.keys()) register(i);
  }

  /** Has `make` add a route of a controller. */
  makeRoute(route: RouteOf, make: () => void): void {
    this.making = route;
    make();
    this.making = undefined;
  }

  private registered(place: number): Called {
    const owner = this.shared.ownerOf(place);
    if (owner !== undefined) this.register?.(owner.controller, owner.nth);
    const found = this.functions[place];
    if (!found) throw new Error('The application of a tenant lacks a route that those of others have.');
    return found;
  }

  private fill(place: number, called: Called): void {
    if (this.functions[place]) throw new Error('The application of a tenant has two routes at one address.');
    this.functions[place] = called;
  }

  private addHook(name: string, hook: Called): void {
    if (name === 'onClose') return void this.closing.push(hook);
    // Nest listens for plugins, of which there are none.
    if (name === 'onRegister') return;
    if (!hooksOfRequests.has(name)) throw notShared(`addHook('${name}')`);
    const number = this.count(name);
    const place = this.shared.placeOf({
      key: `hook ${name} ${number}`,
      requestAt: 0,
      install: (fastify, calling) => void fastify.addHook(name as 'onRequest', calling as never),
    });
    this.fill(place, hook);
  }

  private use(...args: [string, Called] | [Called]): void {
    const [path, middleware] = args.length === 2 ? args : (['/', args[0]] as const);
    const number = this.count('middleware');
    const place = this.shared.placeOf({
      key: `middleware ${number} ${path}`,
      requestAt: 'raw',
      install: (fastify, calling) => (fastify as unknown as WithMiddleware).use(path, calling),
    });
    this.fill(place, middleware);
  }

  private count(what: string): number {
    const number = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, number);
    return number;
  }

  private route({ handler, ...options }: RouteOptions): void {
    const { method, url, constraints = {} } = options;
    // A route is registered once: functions of the first application would be called for all applications.
    for (const [name, value] of Object.entries(options))
      if ([value].flat().some((one) => typeof one === 'function')) throw notShared(`route({ ${name} })`);
    const place = this.shared.placeOf(
      {
        key: `route ${[method].flat().join(',')} ${url} ${JSON.stringify(constraints)}`,
        requestAt: 0,
        install: (fastify, calling) => void fastify.route({ ...options, handler: calling }),
      },
      this.making,
    );
    this.fill(place, handler);
  }

  private addParser(type: string, ...rest: unknown[]): void {
    const place = this.shared.placeOf({
      key: `parser ${type}`,
      requestAt: 0,
      install: (fastify, calling) =>
        fastify.addContentTypeParser(type, ...([...rest.slice(0, -1), calling] as [never])),
    });
    this.fill(place, rest.at(-1) as Called);
  }

  private removeParsers(): void {
    const place = this.shared.placeOf({
      key: 'no parsers of Fastify',
      requestAt: 0,
      install: (fastify) => fastify.removeAllContentTypeParsers(),
    });
    this.fill(place, () => undefined);
  }

  /** Parsers as `leaveUnread` finds them: it puts a function of its own before them. */
  private bodyParsers(): Readonly<Record<symbol, BodyParsers>> {
    const { parsersName, parsers, run } = this.shared;
    const setRun = (own: Called): void => {
      const place = this.shared.placeOf({
        key: 'way of bodies',
        requestAt: 2,
        install: (_fastify, calling) => void (parsers.run = calling),
      });
      this.fill(place, own);
    };
    return {
      [parsersName]: {
        get run() {
          return run;
        },
        set run(own: BodyParsers['run']) {
          setRun(own);
        },
      },
    };
  }

  private async close(): Promise<void> {
    for (const close of this.closing.splice(0).toReversed()) await close();
  }

  private view(): FastifyInstance {
    const { shared } = this;
    const chained =
      <A extends unknown[]>(work: (...args: A) => void) =>
      (...args: A): FastifyInstance => {
        work(...args);
        return instance;
      };
    const one = (key: string, requestAt: RequestAt, install: Place['install']) =>
      chained((handler: Called) => this.fill(shared.placeOf({ key, requestAt, install }), handler));
    const own: Members = {
      // Of its own, since an application listens to it: nobody else takes its listeners away when it ends.
      server: createServer(),
      register: (plugin: FastifyPluginCallback) =>
        isMiddleware(plugin) ? shared.loadMiddleware(plugin) : fail('register'),
      use: chained((...args: [string, Called] | [Called]) => this.use(...args)),
      addHook: chained((name: string, hook: Called) => this.addHook(name, hook)),
      route: chained((options: RouteOptions) => this.route(options)),
      addContentTypeParser: chained((type: string, ...rest: unknown[]) => this.addParser(type, ...rest)),
      removeAllContentTypeParsers: () => this.removeParsers(),
      setErrorHandler: one('error handler', 1, (fastify, calling) => void fastify.setErrorHandler(calling)),
      setNotFoundHandler: one('not found', 0, (fastify, calling) => void fastify.setNotFoundHandler(calling)),
      ready: () => shared.complete((place) => this.functions[place] !== undefined),
      close: () => this.close(),
    };
    const parsers = this.bodyParsers();
    const instance: FastifyInstance = new Proxy(shared.fastify, {
      get: (fastify, name) => {
        if (Object.hasOwn(own, name)) return own[name];
        if (Object.hasOwn(parsers, name)) return parsers[name as symbol];
        const value: unknown = Reflect.get(fastify, name);
        if (typeof value !== 'function' || typeof name === 'symbol') return value;
        return common.has(name) ? (value.bind(fastify) as unknown) : () => fail(name);
      },
      set: (_fastify, name) => fail(String(name)),
    });
    return instance;
  }
}

/** Fastify once middie is loaded. */
interface WithMiddleware {
  use(path: string, middleware: Calling): void;
}

/** The plugin that Nest's adapter loads for middleware of modules. */
const isMiddleware = (plugin: object): boolean =>
  (plugin as Readonly<Record<symbol, unknown>>)[Symbol.for('fastify.display-name')] === '@fastify/middie';

const notShared = (what: string): Error =>
  new Error(
    `fastify.${what} would change the Fastify that the servers of all tenants share; they may have hooks of requests, onClose, routes, middleware and parsers of their own`,
  );

function fail(what: string): never {
  throw notShared(what);
}

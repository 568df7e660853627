import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import fastify, { type FastifyInstance, type FastifyPluginCallback, type FastifyServerOptions } from 'fastify';
import { parsersName } from '../../../fhir/http/body/unread-body.js';

/** A function of an application that Fastify calls: a handler, a hook, a parser. */
export type Called = (...args: never[]) => unknown;

/** Which argument of a function is the request, or that it is Node's own, as the first one. */
export type RequestAt = 0 | 1 | 2 | 'raw';

export type Calling = (a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

/** A place that each application fills with a function of its own. */
export interface Place {
  /** `hook onRequest 2`, `route GET /fhir/r4/:type`. */
  readonly key: string;
  readonly requestAt: RequestAt;
  /** Adds to Fastify what calls the function of the application that a request is for. */
  readonly install: (fastify: FastifyInstance, calling: Calling) => void;
}

/** A method of a controller that answers requests; it may have several addresses. */
export interface RouteOf {
  readonly controller: number;
  readonly nth: number;
}

/** The body parsers of a Fastify instance. Fastify does not export them. */
export interface BodyParsers {
  run: Calling;
}

/** The functions of one application. */
export interface Application {
  /** The Fastify that it knows. */
  readonly instance: object;
  /** Path and query of the request, below the address of the tenant. */
  readonly read: (request: IncomingMessage) => string;
  functionAt(place: number): Calling;
}

const server = Symbol('server');
type Routed = IncomingMessage & { [server]?: Application };

const asked = (request: IncomingMessage): Application => {
  const found = (request as Routed)[server];
  if (!found) throw new Error('A request came to the shared Fastify without the application that it is for.');
  return found;
};

/**
 * The one Fastify of all tenants but `default` (docs/adr/0131). It has routes, hooks and parsers once and no function of any application: at each place it
 * calls that of the application which the request itself names, so what it keeps tells nothing of tenants.
 */
export class SharedFastify {
  readonly fastify: FastifyInstance;
  readonly parsersName: symbol;
  readonly parsers: BodyParsers;
  /** The way of bodies before any application has another one. */
  readonly run: Calling;
  private listener: RequestListener | undefined;
  private readonly places = new Map<string, number>();
  /** By place, where it is of a controller. */
  private readonly owners: (RouteOf | undefined)[] = [];
  private controllers: readonly unknown[] | undefined;
  private middleware: PromiseLike<unknown> | undefined;
  private begun: PromiseLike<unknown> | undefined;

  constructor(options: FastifyServerOptions) {
    this.fastify = fastify({
      ...options,
      rewriteUrl: (request) => asked(request).read(request),
      // Nobody listens on it: the HTTP server of the process hands over what comes.
      serverFactory: (answer) => {
        this.listener = answer;
        return createServer();
      },
    });
    this.parsersName = parsersName(this.fastify);
    this.parsers = (this.fastify as unknown as Readonly<Record<symbol, BodyParsers>>)[this.parsersName]!;
    this.run = this.parsers.run.bind(this.parsers);
    this.fastify.decorateRequest('app', undefined);
    // Strategies of Passport ask which application received a request.
    this.fastify.addHook('onRequest', (request, _reply, done) => {
      (request as { app?: object }).app = asked(request.raw).instance;
      done();
    });
  }

  /** True once an application was complete: what it has is what each has. */
  get isComplete(): boolean {
    return this.begun !== undefined;
  }

  answer(request: IncomingMessage, response: ServerResponse, own: Application): void {
    (request as Routed)[server] = own;
    this.listener!(request, response);
  }

  /** Number of the place. Throws where complete applications lack it. */
  placeOf({ key, requestAt, install }: Place, owner?: RouteOf): number {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    if (this.isComplete) throw new Error(`The application of a tenant has "${key}", and those of others have not.`);
    const place = this.places.size;
    install(this.fastify, callers[requestAt](place));
    this.places.set(key, place);
    this.owners[place] = owner;
    return place;
  }

  ownerOf(place: number): RouteOf | undefined {
    return this.owners[place];
  }

  /** Loads the plugin of Nest that has middleware; for all applications once. */
  async loadMiddleware(plugin: FastifyPluginCallback): Promise<void> {
    await (this.middleware ??= this.fastify.register(plugin));
  }

  /** Throws where the application has other controllers than those before it. */
  compareControllers(own: readonly unknown[]): void {
    this.controllers ??= own;
    const { controllers } = this;
    if (own.length !== controllers.length || own.some((one, i) => one !== controllers[i]))
      throw new Error('The application of a tenant has other controllers than those of others.');
  }

  /** Throws where `isFilled` is false of a place that controllers do not fill later. */
  async complete(isFilled: (place: number) => boolean): Promise<void> {
    for (const [key, place] of this.places)
      if (this.owners[place] === undefined && !isFilled(place))
        throw new Error(`The application of a tenant lacks "${key}", which those of others have.`);
    await (this.begun ??= this.fastify.ready());
  }
}

interface Requesting {
  readonly raw: IncomingMessage;
}

const callers: Readonly<Record<RequestAt, (place: number) => Calling>> = {
  0: (place) => (a, b, c, d) => asked((a as Requesting).raw).functionAt(place)(a, b, c, d),
  1: (place) => (a, b, c, d) => asked((b as Requesting).raw).functionAt(place)(a, b, c, d),
  2: (place) => (a, b, c, d) => asked((c as Requesting).raw).functionAt(place)(a, b, c, d),
  raw: (place) => (a, b, c, d) => asked(a as IncomingMessage).functionAt(place)(a, b, c, d),
};

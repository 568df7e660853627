import { ModulesContainer } from '@nestjs/core';
import type { RouterExplorer } from '@nestjs/core/router/router-explorer.js';
import type { RoutesResolver } from '@nestjs/core/router/routes-resolver.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OwnFastify } from './own-fastify.js';

/** Nest's way from controllers to routes; not of its public surface. */
interface Routing {
  readonly routesResolver: RoutesResolver;
}

/**
 * Has Nest make the handler of a route (guards, pipes, interceptors, filters) when it is first asked; the routes themselves are in the shared Fastify. Before
 * `app.init`.
 */
export function registerLater(app: NestFastifyApplication, own: OwnFastify): void {
  const { routesResolver: resolver } = app as unknown as Routing;
  const explorer = resolver['routerExplorer'];
  const register = explorer['applyPathsToRouterProxy'].bind(explorer);
  let asked: { readonly controller: number; readonly nth: number | undefined };
  const registerAsked: RouterExplorer['applyPathsToRouterProxy'] = (router, definitions, ...rest) => {
    const { controller } = asked;
    for (const [nth, definition] of definitions.entries())
      if (asked.nth === undefined || asked.nth === nth)
        own.makeRoute({ controller, nth }, () => register(router, [definition], ...rest));
  };
  Object.assign(explorer, { applyPathsToRouterProxy: registerAsked });
  // Looked up each time: a list would be kept for each tenant.
  const controllersOf = () =>
    [...app.get(ModulesContainer)].flatMap(([token, { controllers, metatype }]) =>
      [...controllers.values()].map((controller) => ({ token, controller, metatype })),
    );
  resolver.resolve = (adapter, prefix) => {
    own.takeControllers(
      controllersOf().map(({ controller }) => controller.metatype),
      (number, nth) => {
        asked = { controller: number, nth };
        const { token, controller, metatype } = controllersOf()[number]!;
        const place = resolver['getModulePathMetadata'](metatype);
        resolver.registerRouters(new Map([[controller.token as never, controller]]), token, prefix, place, adapter);
      },
    );
  };
}

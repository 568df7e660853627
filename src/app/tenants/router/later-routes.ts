import { ModulesContainer } from '@nestjs/core';
import type { RoutesResolver } from '@nestjs/core/router/routes-resolver.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OwnFastify } from './own-fastify.js';

/** Nest's way from controllers to routes; not of its public surface. */
interface Routing {
  readonly routesResolver: RoutesResolver;
}

/**
 * Has Nest make the handlers of a controller (guards, pipes, interceptors, filters) when one of its routes is first asked; the routes themselves are in the
 * shared Fastify. Before `app.init`.
 */
export function registerLater(app: NestFastifyApplication, own: OwnFastify): void {
  const { routesResolver: resolver } = app as unknown as Routing;
  resolver.resolve = (adapter, prefix) => {
    const all = [...app.get(ModulesContainer)].flatMap(([token, { controllers, metatype }]) =>
      [...controllers.values()].map((controller) => ({ token, controller, metatype })),
    );
    own.takeControllers(
      all.map(({ controller }) => controller.metatype),
      (number) => {
        const { token, controller, metatype } = all[number]!;
        const place = resolver['getModulePathMetadata'](metatype);
        resolver.registerRouters(new Map([[controller.token as never, controller]]), token, prefix, place, adapter);
      },
    );
  };
}

import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** A route as Fastify has it. */
export interface RegisteredRoute {
  readonly method: string;
  readonly url: string;
}

@Module({})
class RouteListener {}

/** A module that writes down every route of the application that it is in, and the list, which fills while that starts. */
export function listeningModule(): { readonly module: DynamicModule; readonly routes: readonly RegisteredRoute[] } {
  const routes: RegisteredRoute[] = [];
  const listener = {
    provide: Symbol('routes'),
    inject: [HttpAdapterHost],
    useFactory: ({ httpAdapter }: HttpAdapterHost) => {
      httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) routes.push({ method: one, url });
      });
      return true;
    },
  };
  return { module: { module: RouteListener, providers: [listener] }, routes };
}

import type {
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
  Type,
} from '@nestjs/common';
import { neededRight } from '../oauth2/clients/admin/administrator.guard.js';
import { declaredRoutes, type DeclaredRoute } from './declared-routes.js';
import { type Method, type Operation, type Parameter, type Paths, ref, type Reference } from './document.js';
import { ofAdministrator } from './security.js';

/** Facts of a route that its decorators lack. */
export interface Described extends Partial<
  Pick<Operation, 'description' | 'parameters' | 'requestBody' | 'security' | 'servers'>
> {
  readonly summary: string;
  /** The address, where the declared path has a wildcard. */
  readonly at?: string;
  readonly responses: Operation['responses'];
}

/** A route that is not in the document, and why. */
export interface Undescribed {
  readonly undescribed: string;
}

/** Methods that Nest calls, and no request. */
type LifeCycle =
  keyof OnModuleInit | keyof OnModuleDestroy | keyof OnApplicationBootstrap | keyof OnApplicationShutdown;

type Handlers<C> = Exclude<
  { [K in keyof C]: C[K] extends (...given: never[]) => unknown ? K : never }[keyof C],
  LifeCycle
>;

/** Every route of a controller has to be described, or it does not compile. */
export type Descriptions<C> = Readonly<Record<Handlers<C>, Described | Undescribed>>;

export interface Place {
  /** Path before that of the controller, such as `/oauth2`. */
  readonly prefix: string;
  readonly tag: string;
}

/** Paths of a controller: method, path and the right to administer are those that the decorators declare. */
export function pathsOf<C extends object>(controller: Type<C>, place: Place, descriptions: Descriptions<C>): Paths {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of declaredRoutes(controller)) {
    const described = (descriptions as Readonly<Record<string, Described | Undescribed>>)[route.handler];
    if (described === undefined) throw new Error(`${controller.name}.${route.handler} has no description.`);
    if ('undescribed' in described) continue;
    const method: Method = route.method === 'all' ? 'get' : route.method;
    for (const path of addressesOf(route, place, described)) {
      paths[path] = { ...paths[path], [method]: operationOf(route, place, described, path) };
    }
  }
  return paths;
}

const addressesOf = ({ paths }: DeclaredRoute, { prefix }: Place, { at }: Described): readonly string[] =>
  at === undefined ? paths.map((path) => prefix + path) : [at];

function operationOf(
  route: DeclaredRoute,
  { tag }: Place,
  { at: _at, ...described }: Described,
  path: string,
): Operation {
  const right = neededRight(route.handle);
  const { parameters = [], security = right ? ofAdministrator(right) : [], ...rest } = described;
  const all = [...pathParameters(path), ...parameters];
  return {
    operationId: `${route.handler}${path.replace(/[{}]/g, '').replace(/[^A-Za-z0-9]+/g, '_')}`,
    tags: [tag],
    ...rest,
    ...(all.length > 0 && { parameters: all }),
    responses: { ...rest.responses, ...(right && refusedAdministrator) },
    security,
  };
}

const refusedAdministrator: Readonly<Record<string, Reference>> = {
  '401': ref('responses', 'OAuthUnauthorized'),
  '403': ref('responses', 'OAuthForbidden'),
};

/** Parameters of a path as OpenAPI writes it. */
export const pathParameters = (path: string): readonly Parameter[] =>
  Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

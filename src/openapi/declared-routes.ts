import { RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { Method } from './document.js';

/** A route as its decorators declare it. */
export interface DeclaredRoute {
  readonly handler: string;
  readonly method: Method | 'all';
  /** With the path of the controller, as OpenAPI writes them: `/clients/{id}`. */
  readonly paths: readonly string[];
  /** Status that is declared with `@HttpCode`. */
  readonly status?: number;
  /** The function that other decorators of the route have marked. */
  readonly handle: object;
}

/** The routes of a controller, inherited ones included. */
export const declaredRoutes = (controller: Type): readonly DeclaredRoute[] => {
  const bases = textsOf(Reflect.getMetadata(PATH_METADATA, controller));
  return handlersOf(controller).flatMap(([handler, handle]): readonly DeclaredRoute[] => {
    const method = methodOf(Reflect.getMetadata(METHOD_METADATA, handle) as RequestMethod);
    if (method === undefined) return [];
    const ends = textsOf(Reflect.getMetadata(PATH_METADATA, handle));
    const status = Reflect.getMetadata(HTTP_CODE_METADATA, handle) as number | undefined;
    const paths = bases.flatMap((base) => ends.map((end) => pathOf(base, end)));
    return [{ handler, handle, method, paths, ...(status !== undefined && { status }) }];
  });
};

function handlersOf(controller: Type): readonly (readonly [string, object])[] {
  const found = new Map<string, object>();
  for (let at: object | null = controller.prototype as object; at !== null; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const isRoute = typeof value === 'function' && Reflect.hasMetadata(METHOD_METADATA, value as object);
      if (isRoute && !found.has(name)) found.set(name, value as object);
    }
  }
  return [...found];
}

const textsOf = (path: unknown): readonly string[] => (Array.isArray(path) ? (path as string[]) : [String(path)]);

/** Undefined for methods that are not written about: HEAD, OPTIONS, and those of WebDAV. */
function methodOf(method: RequestMethod): Method | 'all' | undefined {
  const name = RequestMethod[method].toLowerCase();
  return ['get', 'post', 'put', 'patch', 'delete', 'all'].includes(name) ? (name as Method | 'all') : undefined;
}

/** `clients` and `:id` are `/clients/{id}`. */
const pathOf = (...parts: readonly string[]): string =>
  parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .map((part) => `/${part.replace(/^(\$?):(.+)$/, '$1{$2}')}`)
    .join('');

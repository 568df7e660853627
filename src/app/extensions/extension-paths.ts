import type { Type } from '@nestjs/common';
import { Public } from '../../auth/public.decorator.js';
import { declaredRoutes, type DeclaredRoute } from '../../openapi/declared-routes.js';
import { pathParameters } from '../../openapi/described-controller.js';
import type { Method, Operation, Paths } from '../../openapi/document.js';
import { anyToken, ofScopes, open } from '../../openapi/security.js';
import { Requires } from '../../scope/requires.decorator.js';
import type { Extension } from './extension.js';

const methods: readonly Method[] = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * Routes of controllers of extensions: method, path, whose they are, and who is let in. What they take and answer, no declaration says.
 * Paths that OpenAPI has no form for, such as optional parts, are left out.
 */
export function extensionPaths(extensions: readonly Extension[]): Paths {
  const paths: Record<string, Partial<Record<Method, Operation>>> = {};
  const seen = new Set<Type>();
  for (const { name, controllers } of extensions) {
    for (const { controller, prefix } of controllers) {
      if (seen.has(controller)) continue;
      seen.add(controller);
      for (const route of declaredRoutes(controller)) {
        for (const path of route.paths.map((own) => prefix + own || '/').filter(isPlain)) {
          const item = (paths[path] ??= {});
          for (const method of methodsOf(route))
            item[method] ??= operationOf(name, controller, route, { path, method });
        }
      }
    }
  }
  return paths;
}

const methodsOf = ({ method }: DeclaredRoute): readonly Method[] => (method === 'all' ? methods : [method]);

const isPlain = (path: string): boolean => /^\/(?:[\w.$~-]|\{\w+\}|\/)*$/.test(path);

function operationOf(
  extension: string,
  controller: Type,
  { handler, handle }: DeclaredRoute,
  { path, method }: { readonly path: string; readonly method: Method },
): Operation {
  const parameters = pathParameters(path);
  return {
    operationId: `${method}_${extension}${path}`.replace(/[^A-Za-z0-9]+/g, '_'),
    tags: [extension],
    summary: `${handler} of ${extension}`,
    ...(parameters.length > 0 && { parameters }),
    responses: { default: { description: 'As the extension answers.' } },
    security: securityOf(controller, handle),
  };
}

function securityOf(controller: Type, handle: object): Operation['security'] {
  const of = (key: string): unknown => Reflect.getMetadata(key, handle) ?? Reflect.getMetadata(key, controller);
  const required = of(Requires.KEY) as { readonly type?: string; readonly permission: string } | string | undefined;
  if (typeof required === 'object' && required.type !== undefined)
    return ofScopes([{ type: required.type, permissions: [required.permission as 'r'] }]);
  // The decorator Public stores an undefined value, so its key has to be looked for.
  const isOpen = [handle, controller].some((one) => Reflect.hasMetadata(Public.KEY, one));
  return isOpen && required === undefined ? open : anyToken;
}

import type { DynamicModule, Type } from '@nestjs/common';
import { RouterModule, type Routes } from '@nestjs/core';
import { modulesIn, type NestModule } from '../../fhir/feature-tree.js';

/** A controller of an extension, and the path that `RouterModule` puts before its own. */
export interface PlacedController {
  readonly controller: Type;
  /** `/reports`, or nothing. */
  readonly prefix: string;
}

type Node = Type | DynamicModule;

/** The controllers of a module and of all that it imports, each once. */
export async function controllersOf(module: NestModule): Promise<readonly PlacedController[]> {
  const nodes = await modulesIn(module);
  const prefixes = new Map(nodes.flatMap((node) => placesOf(routesOf(node), '')));
  const placed = nodes.flatMap((node) =>
    controllersIn(node).map((controller) => [controller, prefixes.get(classOf(node)) ?? ''] as const),
  );
  return [...new Map(placed)].map(([controller, prefix]) => ({ controller, prefix }));
}

const classOf = (node: Node): Type => (typeof node === 'function' ? node : node.module);

const controllersIn = (node: Node): readonly Type[] =>
  typeof node === 'function'
    ? ((Reflect.getMetadata('controllers', node) as readonly Type[] | undefined) ?? [])
    : (node.controllers ?? []);

/** Arguments of `RouterModule.register`. */
function routesOf(node: Node): Routes {
  if (typeof node === 'function' || node.module !== RouterModule) return [];
  return (node.providers ?? []).flatMap((one) =>
    'useValue' in one && Array.isArray(one.useValue) ? (one.useValue as Routes) : [],
  );
}

function placesOf(routes: Routes, before: string): readonly (readonly [Type, string])[] {
  return routes.flatMap((route) => {
    if (typeof route === 'function') return [[route, before] as const];
    const path = `${before}/${route.path}`.replace(/\/{2,}/g, '/').replace(/\/$/, '');
    const own = route.module ? [[route.module, path] as const] : [];
    return [...own, ...placesOf((route.children ?? []) as Routes, path)];
  });
}

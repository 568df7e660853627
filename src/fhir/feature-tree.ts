import { type DynamicModule, type ForwardReference, type ModuleMetadata, type Type } from '@nestjs/common';
import type { FhirFeature } from './feature.js';

/** Anything that the `imports` of a Nest module may hold. */
export type NestModule = NonNullable<ModuleMetadata['imports']>[number];

/** Equal in every copy of this package, so that a feature of another copy is found, and refused. */
const featureKey = Symbol.for('lanyard-fhir/feature');

type Node = Type | DynamicModule;

/** Returns the module with its feature, for {@link featuresOf}. */
export const withFeature = (module: DynamicModule, feature: FhirFeature): DynamicModule =>
  Object.assign(module, { [featureKey]: feature });

/** A feature, and the module class that its `forFeature` made. */
export interface FoundFeature {
  readonly feature: FhirFeature;
  readonly madeBy: Type;
}

/**
 * Returns what `FhirModule.forFeature` was given in a module and in all that it imports, each once, imports first. Nest
 * need not have started: settings, migrations and replaced parts are read before there is an application.
 */
export async function featuresOf(module: NestModule): Promise<readonly FhirFeature[]> {
  return (await findFeatures(module)).map(({ feature }) => feature);
}

/** As {@link featuresOf}, with the class of each module. */
export async function findFeatures(module: NestModule): Promise<readonly FoundFeature[]> {
  const found = new Map<FhirFeature, Type>();
  for (const node of await modulesIn(module)) {
    const feature = isDynamic(node) ? (node as { readonly [featureKey]?: FhirFeature })[featureKey] : undefined;
    if (feature !== undefined) found.set(feature, (node as DynamicModule).module);
  }
  return [...found].map(([feature, madeBy]) => ({ feature, madeBy }));
}

/** The module and all that it imports, each once, imports first. */
export async function modulesIn(module: NestModule): Promise<readonly (Type | DynamicModule)[]> {
  const found: Node[] = [];
  await walk(module, new Set(), found);
  return found;
}

async function walk(given: NestModule, seen: Set<unknown>, found: Node[]): Promise<void> {
  const node = await resolved(given);
  if (node === undefined || seen.has(node)) return;
  seen.add(node);
  for (const imported of importsOf(node)) await walk(imported, seen, found);
  // Imports in the decorator of a dynamic module count too.
  if (isDynamic(node)) await walk(node.module, seen, found);
  found.push(node);
}

/** A forward reference that leads to nothing yet is Nest's own error, which it explains when it starts. */
async function resolved(given: NestModule): Promise<Node | undefined> {
  const node: unknown = await given;
  if (typeof node === 'object' && node !== null && 'forwardRef' in node)
    return (node as ForwardReference<() => Node | undefined>).forwardRef();
  return typeof node === 'function' || (typeof node === 'object' && node !== null) ? (node as Node) : undefined;
}

const isDynamic = (node: Node): node is DynamicModule => typeof node === 'object';

const importsOf = (node: Node): readonly NestModule[] =>
  isDynamic(node)
    ? (node.imports ?? [])
    : ((Reflect.getMetadata('imports', node) as readonly NestModule[] | undefined) ?? []);

import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { StartRefused } from '../../config/checks/start-refused.js';
import type { FhirFeature } from '../../fhir/feature.js';
import type { FeatureModule } from '../../fhir/feature-module.js';
import { findFeatures, type FoundFeature } from '../../fhir/feature-tree.js';
import { FhirFeatureModule } from '../../fhir/fhir.module.js';
import { controllersOf, type PlacedController } from './placed-controllers.js';
import { refused, type FoundPackage } from './find-package.js';

/** Milliseconds that importing an extension may take. */
const patience = 10_000;

/** A package that is loaded: its default export, and every feature in that. */
export interface LoadedPackage extends FoundPackage {
  readonly module: FeatureModule;
  readonly features: readonly FhirFeature[];
  readonly controllers: readonly PlacedController[];
}

/** Imports the default export of a package and reads its features; throws `StartRefused` with one line. */
export async function loadExtension(found: FoundPackage): Promise<LoadedPackage> {
  const { name, version } = found.manifest;
  const told = `${name}@${version}`;
  try {
    const module = moduleOf(told, found, await inTime(told, import(pathToFileURL(found.entry).href)));
    const features = await inTime(told, findFeatures(module));
    const controllers = await inTime(told, controllersOf(module));
    return { ...found, module, features: own(told, name, features), controllers };
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    const text = error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error);
    throw refused(
      told,
      `fails while it is loaded (${text}${placeOf(error, found.folder)}). Put that right, or take it out of EXTENSIONS.`,
    );
  }
}

function placeOf(error: unknown, folder: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = stack.split('\n').find((one) => one.includes(folder) && /:\d+:\d+\)?$/.test(one));
  const place = line === undefined ? undefined : /([^/\\(]+):(\d+):\d+\)?$/.exec(line);
  return place ? `, ${place[1]} line ${place[2]}` : '';
}

async function inTime<T>(name: string, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = delay(patience, undefined, { signal: stop.signal }).then(() => {
    throw refused(
      name,
      `was not loaded after ${patience / 1000} s: something that it waits for at the top of a file never comes. Do that work in a provider.`,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    stop.abort();
  }
}

/** Compilers to CommonJS put the default export below `default` of what is exported. */
function moduleOf(name: string, { entry }: FoundPackage, loaded: { readonly default?: unknown }): FeatureModule {
  const given = loaded.default;
  const isCompiled = typeof given === 'object' && given !== null && Reflect.get(given, '__esModule') === true;
  const exported: unknown = isCompiled ? Reflect.get(given, 'default') : given;
  if (exported === undefined)
    throw refused(
      name,
      `has no default export in ${entry}. Add: export default class … with @Module({ imports: [FhirModule.forFeature(…)] }).`,
    );
  if (!isModule(exported))
    throw refused(
      name,
      `has a default export that is no Nest module (it is ${kindOf(exported)}). Export a class with @Module(…), or { module, imports }.`,
    );
  return exported;
}

function isModule(exported: unknown): exported is FeatureModule {
  if (typeof exported === 'function') return moduleKeys.some((key) => Reflect.hasMetadata(key, exported));
  return (
    typeof exported === 'object' && exported !== null && typeof (exported as { module?: unknown }).module === 'function'
  );
}

const moduleKeys = ['imports', 'providers', 'controllers', 'exports'];

const kindOf = (exported: unknown): string =>
  exported === null
    ? 'null'
    : typeof exported === 'function'
      ? 'a function or class without @Module'
      : `a value of type ${typeof exported}`;

function own(told: string, name: string, features: readonly FoundFeature[]): readonly FhirFeature[] {
  const [foreign] = features.filter(({ madeBy }) => madeBy !== FhirFeatureModule);
  if (foreign)
    throw refused(
      told,
      'works with another copy of lanyard-fhir than this server. Do not bundle it, list it in peerDependencies alone, and delete node_modules/lanyard-fhir beside the extension.',
    );
  if (!features.some(({ feature }) => feature.name === name))
    throw refused(
      told,
      features.length === 0
        ? `adds nothing: its module imports no FhirModule.forFeature({ name: '${name}', … }).`
        : `has a feature that names itself "${features[0]?.feature.name}". Name it as the package: FhirModule.forFeature({ name: '${name}', … }).`,
    );
  return features.map(({ feature }) => feature);
}

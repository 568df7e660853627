import { pathToFileURL } from 'node:url';
import { AppConfig } from '../../config/app-config.js';
import type { Variables } from '../../config/secrets/secret-files.js';
import { settingsSchema } from '../../config/settings-schema.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import type { FeatureModule } from '../../fhir/feature-module.js';
import { featuresOf } from '../../fhir/feature-tree.js';
import { checkExtensions } from './check-extensions.js';
import { checkManifest, servedTo } from './check-manifest.js';
import { type Extension, settingsOf } from './extension.js';
import { findPackage, type FoundPackage } from './find-package.js';
import { loadExtension, type LoadedPackage } from './load-extension.js';
import { controllersOf } from './placed-controllers.js';
import { serveCopies } from './serve-copies.js';

/** Settings and extensions of one server. */
export interface Setup {
  readonly config: AppConfig;
  readonly extensions: readonly Extension[];
  /** Name of the tenant that a command is for; `default` when absent. */
  readonly tenant?: string;
}

/**
 * Reads the settings and loads the extensions that they name (`EXTENSIONS`), beside modules that are there already.
 * Throws `StartRefused` with a line for everything that is wrong.
 */
export async function readSetup(variables: Variables, modules: readonly FeatureModule[] = []): Promise<Setup> {
  const refusals: string[] = [];
  const given = await Promise.all(modules.map(extensionOf));
  const extensions = [...given, ...(await loadAll(namesIn(variables), refusals))];
  refusals.push(...checkExtensions(extensions));
  const config = collect(refusals, () => new AppConfig(variables, settingsOf(extensions)));
  if (config === undefined || refusals.length > 0) throw new StartRefused(...refusals);
  return { config, extensions };
}

/** Wrong names are told with the other settings. */
function namesIn({ EXTENSIONS }: Variables): readonly string[] {
  return settingsSchema.shape.EXTENSIONS.safeParse(EXTENSIONS).data ?? [];
}

/** The module with what is read from it before there is an application. */
export async function extensionOf(module: FeatureModule): Promise<Extension> {
  const features = await featuresOf(module);
  const name = features.at(-1)?.name ?? 'a module without a feature';
  return { name, module, features, controllers: await controllersOf(module) };
}

async function loadAll(names: readonly string[], refusals: string[]): Promise<readonly Extension[]> {
  const workingDirectory = process.cwd();
  const found = names.flatMap((name) => collect(refusals, () => findAndCheck(name, workingDirectory)) ?? []);
  if (found.length === 0) return [];
  serveCopies({
    server: import.meta.url,
    packages: found.map(({ folder, manifest }) => ({
      root: `${pathToFileURL(folder).href}/`,
      names: servedTo(manifest),
    })),
  });
  const results = await Promise.allSettled(found.map(loadExtension));
  for (const result of results) if (result.status === 'rejected') refusals.push(...linesOf(result.reason));
  return withoutOthers(
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    refusals,
  );
}

function findAndCheck(name: string, workingDirectory: string): FoundPackage {
  const found = findPackage(name, workingDirectory);
  checkManifest(name, found.manifest);
  return found;
}

/** An extension may import the module of another one, which has to be named too. */
function withoutOthers(loaded: readonly LoadedPackage[], refusals: string[]): readonly Extension[] {
  const names = new Set(loaded.map(({ manifest }) => manifest.name));
  return loaded.map(({ manifest: { name, version }, module, features, controllers }) => {
    for (const feature of features)
      if (!names.has(feature.name))
        refusals.push(
          `EXTENSIONS: ${name}@${version} has a feature that names itself "${feature.name}". Name it as the package ("${name}"), or add ${feature.name} to EXTENSIONS.`,
        );
    return { name, version, module, features: features.filter((feature) => feature.name === name), controllers };
  });
}

function collect<T>(refusals: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    refusals.push(...linesOf(error));
    return undefined;
  }
}

/** Anything but a refusal is a defect of ours, and is shown as such. */
function linesOf(error: unknown): readonly string[] {
  if (error instanceof StartRefused) return error.lines;
  throw error;
}

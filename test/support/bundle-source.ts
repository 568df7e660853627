import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

/** Programs, and modules that programs and tests load by their address. */
const programs = [
  'main',
  'cli/main',
  'cli/run-command',
  'app/start/offline',
  'app/extensions/server-copies',
  'database/embedded/embedded-postgres',
  'fhir/storage/indexing/large-document.worker',
];

interface Bundle {
  /** Folder of the modules, one file each. */
  readonly modules: string;
  /** Entries of the package from that folder, without `.js`. */
  readonly doors: readonly string[];
  readonly target: string;
  /** Where the bundle will lie, for modules that look for files beside theirs. */
  readonly place: string;
}

/** Writes the modules in few files: a server that reads 1900 of them takes 1.3 times the processor time until it listens. Packages stay outside. */
export async function bundleSource({ modules, doors, target, place }: Bundle): Promise<void> {
  const input = Object.fromEntries([...doors, ...programs].map((name) => [name, join(modules, `${name}.js`)]));
  const bundle = await rolldown({
    input,
    platform: 'node',
    treeshake: false,
    external: /^(?!@oxc-project\/runtime)@?[a-z]/,
    plugins: [withOwnAddress(modules, place), templatesOfTags],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  // Names of classes are those of migrations and providers.
  await bundle.write({
    dir: target,
    format: 'esm',
    keepNames: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await bundle.close();
}

/** Modules keep the address that each has as a file of its own. */
const withOwnAddress = (modules: string, place: string): Plugin => ({
  name: 'own-address',
  transform(code, id) {
    if (dirname(id).startsWith(modules) && code.includes('import.meta.url'))
      return code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(join(place, relative(modules, id))).href));
    return undefined;
  },
});

const helper = '@oxc-project/runtime/helpers/taggedTemplateLiteral';

/** Rolldown writes a tagged template that holds `</script` by this helper, of a package that is not installed. */
const templatesOfTags: Plugin = {
  name: 'templates-of-tags',
  resolveId: { order: 'pre', handler: (id) => (id === helper ? `\0${helper}` : undefined) },
  load: (id) =>
    id === `\0${helper}`
      ? 'export default (strings, raw = strings) => Object.freeze(Object.assign(strings, { raw: Object.freeze([...raw]) }))'
      : undefined,
};

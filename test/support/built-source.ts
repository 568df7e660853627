import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { transformWithOxc } from 'vite';
import { bundleSource } from './bundle-source.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const builds = join(root, 'node_modules/.cache/lanyard-test');

let built: Promise<string> | undefined;

/** The folder of `src` as JavaScript in few files, for tests that need a process of its own. Types are checked elsewhere. */
export const builtSource = async (): Promise<string> => join(await (built ??= findOrMakeBuild()), 'dist');

/** The same with a file for each module, as the package has them. */
export const builtModules = async (): Promise<string> => join(await (built ??= findOrMakeBuild()), 'modules/dist');

async function findOrMakeBuild(): Promise<string> {
  const sources = (await readdir(join(root, 'src'), { recursive: true }))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .toSorted((left, right) => (left < right ? -1 : 1));
  const build = join(builds, await fingerprint(sources));
  if (!existsSync(build)) await makeBuild(build, sources);
  return build;
}

async function fingerprint(sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const makers = ['built-source.ts', 'bundle-source.ts'].map((name) => `../test/support/${name}`);
  for (const name of [...sources, ...makers]) {
    const { mtimeMs, size } = await stat(join(root, 'src', name));
    hash.update(`${name} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function makeBuild(build: string, sources: readonly string[]): Promise<void> {
  const unfinished = `${build}.${process.pid}`;
  const options = readOptions();
  const others = (await readdir(builds).catch(() => [])).map((name) => join(builds, name));
  const outdated = await unusedOf(others);
  const modules = join(unfinished, 'modules/dist');
  for (const name of sources) {
    const target = join(modules, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await scriptOf(join(root, 'src', name), options));
  }
  const doors = await dress([unfinished, dirname(modules)]);
  await bundleSource({ modules, doors, target: join(unfinished, 'dist'), place: join(build, 'dist') });
  await install(join(unfinished, 'installed'), join(build, 'dist'));
  // Another test file may have been faster.
  await rename(unfinished, build).catch(() => rm(unfinished, { recursive: true, force: true }));
  await Promise.all(
    outdated.filter((path) => !path.startsWith(build)).map((path) => rm(path, { recursive: true, force: true })),
  );
}

/** Puts beside each `dist` what a package has there. Returns the entries of the package, without `.js`. */
async function dress(folders: readonly string[]): Promise<readonly string[]> {
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const { name, version, type, exports, dependencies, peerDependencies } = own;
  const manifest = JSON.stringify({ name, version, type, exports, dependencies, peerDependencies });
  for (const folder of folders) {
    await writeFile(join(folder, 'package.json'), manifest);
    for (const beside of ['definitions', 'docs', 'templates'])
      await symlink(relative(folder, join(root, beside)), join(folder, beside));
  }
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.default.replace(/^\.\/dist\/|\.js$/g, '')],
  );
}

interface Manifest extends Readonly<Record<string, unknown>> {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** By a compiler that takes a hundredth of the time; TypeScript itself compiles what needs helpers at run time: decorators. */
async function scriptOf(path: string, compilerOptions: ts.CompilerOptions): Promise<string> {
  const text = await readFile(path, 'utf8');
  const { code } = await transformWithOxc(text, path, {
    target: 'node20',
    sourcemap: false,
    typescript: { onlyRemoveTypeImports: true },
    decorator: { legacy: true, emitDecoratorMetadata: true },
  });
  if (!code.includes('@oxc-project/runtime')) return code;
  return ts.transpileModule(text, { compilerOptions, fileName: path }).outputText;
}

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return { ...options, noEmit: false, module: ts.ModuleKind.ESNext };
}

/**
 * A folder `node_modules` for packages that build on this one: what we have, this build as `lanyard-fhir`, and the programs
 * `lanyard` and `tsc`. The build has no types, so `tsc` does not check them; `npm run types` does, for what we ship.
 */
export const installedPackages = async (): Promise<string> => join(dirname(await builtSource()), 'installed');

async function install(folder: string, dist: string): Promise<void> {
  const ours = join(root, 'node_modules');
  await mkdir(join(folder, '.bin'), { recursive: true });
  for (const name of await readdir(ours))
    if (!name.startsWith('.')) await symlink(join(ours, name), join(folder, name));
  await symlink(dirname(dist), join(folder, 'lanyard-fhir'));
  const programs = { lanyard: join(dist, 'cli/main.js'), tsc: `${join(ours, 'typescript/bin/tsc')}" "--noCheck` };
  for (const [name, program] of Object.entries(programs))
    await writeFile(join(folder, '.bin', name), `#!/bin/sh\nexec node "${program}" "$@"\n`, { mode: 0o755 });
}

/** Another run may still start processes from a build that is younger. */
async function unusedOf(paths: readonly string[]): Promise<readonly string[]> {
  const ages = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      ),
    ),
  );
  return paths.filter((_, index) => (ages[index] ?? 0) > 3_600_000);
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const releaseFile = join(root, 'test/upgrade/previous-release.json');

export interface PreviousRelease {
  /** Its commit. */
  readonly commit: string;
  /** The names of its migrations, oldest first. */
  readonly migrations: readonly string[];
}

export const previousRelease = JSON.parse(readFileSync(releaseFile, 'utf8')) as PreviousRelease;

/** True if its source can be had: a shallow clone and an unpacked archive have no history. */
export function hasPreviousRelease(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${previousRelease.commit}^{commit}`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The `main.js` of the release before, built from the history; the build is kept for the next run. */
export async function buildPreviousRelease(): Promise<string> {
  const { commit } = previousRelease;
  const build = join(root, 'node_modules/.cache/lanyard-previous', commit);
  if (!existsSync(build)) await makeBuild(commit, build);
  return join(build, 'dist/main.js');
}

async function makeBuild(commit: string, build: string): Promise<void> {
  const unfinished = `${build}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  const archive = execFileSync(
    'git',
    ['archive', commit, 'src', 'definitions', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json'],
    {
      cwd: root,
      maxBuffer: 512 * 1024 * 1024,
    },
  );
  execFileSync('tar', ['-x', '-C', unfinished], { input: archive });
  if (await hasOtherPackages(unfinished))
    execFileSync('npm', ['ci', '--omit=dev'], { cwd: unfinished, stdio: 'inherit' });
  await transpile(unfinished);
  // Another run may have been faster.
  await rename(unfinished, build).catch(() => rm(unfinished, { recursive: true, force: true }));
}

/** Below our own `node_modules` it finds them, unless it needs others. */
async function hasOtherPackages(folder: string): Promise<boolean> {
  const [then, now] = await Promise.all([folder, root].map((path) => readFile(join(path, 'package.json'), 'utf8')));
  const packagesOf = (text = '{}') =>
    (JSON.parse(text) as { dependencies?: Record<string, string> }).dependencies ?? {};
  const installed = packagesOf(now);
  return Object.entries(packagesOf(then)).some(([name, version]) => installed[name] !== version);
}

async function transpile(folder: string): Promise<void> {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, folder);
  const compilerOptions = { ...options, noEmit: false, module: ts.ModuleKind.ESNext };
  const sources = (await readdir(join(folder, 'src'), { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
  );
  for (const fileName of sources) {
    const target = join(folder, 'dist', fileName.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    const text = await readFile(join(folder, 'src', fileName), 'utf8');
    await writeFile(target, ts.transpileModule(text, { compilerOptions, fileName }).outputText);
  }
}

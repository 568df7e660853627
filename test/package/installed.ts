import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples');
const run = promisify(execFile);

/** The other major version that is supported, beside the one that runs the tests. */
const otherNode = process.version.startsWith('v20.') ? '24' : '20.19';

/** A folder in which the package is installed from its tarball, with what the examples need beside it. */
export class Installed {
  private constructor(
    readonly folder: string,
    readonly tarball: string,
    /** Programs of Node: the one of the tests, and the other major version. */
    readonly nodes: readonly string[],
  ) {}

  static async make(): Promise<Installed> {
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-package-'));
    // The embedded PostgreSQL runs as a user of its own when root starts it.
    await chmod(folder, 0o755);
    const { stdout } = await run('npm', ['pack', '--ignore-scripts=false', '--json', '--pack-destination', folder], {
      cwd: root,
    });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [{ filename: string }];
    const tarball = join(folder, filename);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const other = `node-${process.platform}-${process.arch}`;
    const wanted = [tarball, `${other}@${otherNode}`, ...(await needsOf('guarded-controller', 'own-server'))];
    await run('npm', ['install', '--no-audit', '--no-fund', ...wanted], { cwd: folder });
    return new Installed(folder, tarball, [process.execPath, join(folder, 'node_modules', other, 'bin/node')]);
  }

  /** Copies an example, which finds its packages in the folder around it. */
  async example(name: string): Promise<string> {
    const copy = join(this.folder, name);
    await cp(join(examples, name), copy, { recursive: true });
    return copy;
  }

  /** Writes a project of these files. */
  async project(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(join(folder, 'src'), { recursive: true });
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return folder;
  }

  /** Compiles a project, declarations of packages included (`skipLibCheck` is off). Returns what the compiler says. */
  async compile(project: string, ...flags: readonly string[]): Promise<string> {
    const compiler = join(this.folder, 'node_modules/typescript/bin/tsc');
    return run(process.execPath, [compiler, '-p', '.', '--skipLibCheck', 'false', ...flags], { cwd: project }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** What examples ask npm for, apart from the package itself. */
async function needsOf(...names: readonly string[]): Promise<readonly string[]> {
  const needs = new Map<string, string>();
  for (const name of names) {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(examples, name, 'package.json'), 'utf8'),
    ) as {
      readonly dependencies: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    for (const [need, range] of Object.entries({ ...dependencies, ...devDependencies })) needs.set(need, range);
  }
  needs.delete('lanyard-fhir');
  return [...needs].map(([need, range]) => `${need}@${range}`);
}

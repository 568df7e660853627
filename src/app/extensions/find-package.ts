import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { exports as exportsOf } from 'resolve.exports';
import { z } from 'zod';
import { StartRefused } from '../../config/checks/start-refused.js';

const versions = z.record(z.string(), z.string()).default({});
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  dependencies: versions,
  peerDependencies: versions,
});

/** The parts of a package.json that matter here. */
export type Manifest = z.output<typeof manifestSchema>;

export interface FoundPackage {
  readonly manifest: Manifest;
  /** Real path. */
  readonly folder: string;
  /** Path of the file that is imported. */
  readonly entry: string;
}

/** Finds an extension by the name of its package, from a working directory, or by the path of its folder; throws `StartRefused`. */
export function findPackage(given: string, workingDirectory: string): FoundPackage {
  const isPath = /^\.{0,2}\/|^\.{1,2}$/.test(given);
  const found = isPath ? resolve(workingDirectory, given) : folderOf(given, workingDirectory);
  if (found === undefined)
    throw refused(
      given,
      `was not found in node_modules of ${workingDirectory} or of the folders above. Install it there (npm install ${given}), or name its folder: EXTENSIONS=./extensions/cardio`,
    );
  if (!existsSync(join(found, 'package.json')))
    throw refused(
      given,
      `has no package.json in ${found}. Name the folder of a package: EXTENSIONS=./extensions/cardio`,
    );
  const folder = realpathSync(found);
  const manifest = readManifest(given, folder);
  return { manifest, folder, entry: entryOf(given, folder, manifest) };
}

/** One line about an extension: what is wrong, and what to do. */
export const refused = (name: string, text: string): StartRefused =>
  new StartRefused(`EXTENSIONS: ${name} ${text.replace(/\s+/g, ' ').trim()}`);

/** As Node.js looks packages up; a package finds itself too. */
function folderOf(name: string, from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const installed = join(folder, 'node_modules', name);
    if (existsSync(join(installed, 'package.json'))) return installed;
    if (ownName(folder) === name) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function ownName(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly name?: unknown }).name;
  } catch {
    return undefined;
  }
}

function readManifest(given: string, folder: string): Manifest {
  const path = join(folder, 'package.json');
  try {
    const { data, error } = manifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (data) return data;
    const members = error.issues.map((issue) => issue.path.join('.') || 'object').join(', ');
    throw new Error(`these members are missing or wrong: ${members}`);
  } catch (error) {
    throw refused(given, `has a package.json that cannot be read (${(error as Error).message}). Put ${path} right.`);
  }
}

function entryOf(given: string, folder: string, manifest: Manifest): string {
  const entry = nameOfEntry(given, folder, manifest);
  if (entry !== undefined && existsSync(entry)) return entry;
  throw refused(
    given,
    `has no file ${entry ?? 'that "main" or "exports" of its package.json names'}. Build it (npm run build in ${folder}), or put "exports" right.`,
  );
}

function nameOfEntry(given: string, folder: string, manifest: Manifest): string | undefined {
  try {
    const [exported] = exportsOf(manifest, '.') ?? [];
    if (exported !== undefined) return join(folder, exported);
  } catch {
    throw refused(given, `exports nothing for "import" or "default". Put "exports" of ${folder}/package.json right.`);
  }
  try {
    return createRequire(join(folder, 'package.json')).resolve(folder);
  } catch {
    return undefined;
  }
}

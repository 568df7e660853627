import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { serverVersion } from '../../config/server-version.js';
import { CommandFailed } from '../command-failed.js';
import { type ExtensionNames, namesOf } from '../extension-names.js';
import { print } from '../terminal.js';

/** The extension that new ones are copies of; it is type-checked and linted as it stands. */
const template = new URL('../../../templates/extension/', import.meta.url);

/** Writes an extension into a new folder of the working directory, whole or not at all. */
export function newExtension(name: string): void {
  const names = namesOf(name);
  const folder = resolve(names.kebab);
  if (!existsSync(template))
    throw new CommandFailed([
      'This image has no template of extensions. Where Node.js is: npx lanyard-fhir new extension NAME',
    ]);
  if (existsSync(folder))
    throw new CommandFailed([`${folder} exists already. Choose another name, or move that out of the way.`]);
  const unfinished = resolve(`.${names.kebab}-${process.pid}`);
  makeFolder(unfinished);
  try {
    cpSync(template, unfinished, { recursive: true });
    for (const path of filesOf(unfinished)) rewrite(path, names);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  print(
    `${name} is in ./${names.kebab}: an operation, a hook, a policy, a search parameter, and tests of them.`,
    '',
    `  cd ${names.kebab}`,
    '  npm install',
    '  npm test',
    '  npm start    a server with it, on http://localhost:3000',
  );
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    throw new CommandFailed([`Nothing can be written in ${dirname(path)} (${(error as Error).message}).`]);
  }
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Names that files of the template have in an extension. npm leaves out `.gitignore`, and a package has one `package.json`. */
const namesInExtension: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'package.template.json': 'package.json',
};

/** Gives a file of the template its text and its name. */
function rewrite(path: string, names: ExtensionNames): void {
  const text = readFileSync(path, 'utf8').replaceAll('"lanyard-fhir": "^0.1.0"', `"lanyard-fhir": "^${serverVersion}"`);
  writeFileSync(path, renamed(text, names));
  const name = basename(path);
  renameSync(path, join(dirname(path), namesInExtension[name] ?? name.replace('zephyr', names.kebab)));
}

/** In one pass, since the new name may hold the old one. */
function renamed(text: string, { name, kebab, pascal }: ExtensionNames): string {
  const instead: Readonly<Record<string, string>> = { '@acme/zephyr': name, Zephyr: pascal, zephyr: kebab };
  return text.replaceAll(/@acme\/zephyr|zephyr/gi, (old) => instead[old] ?? old);
}

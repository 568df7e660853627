import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { nearest } from '../../r4/model/nearest.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';

/** Entry of a file, and its place. */
export interface Declared {
  /** Such as `clients.yaml: clients[0]`. */
  readonly place: string;
  /** Folder that paths in it are relative to. */
  readonly folder: string;
  readonly form: Readonly<Record<string, unknown>>;
}

export interface Declarations {
  readonly clients: readonly Declared[];
  readonly users: readonly Declared[];
  readonly policies: readonly Declared[];
  readonly policyGroups: readonly Declared[];
  readonly suppressionRules: readonly Declared[];
  readonly tenants: readonly Declared[];
}

type Kind = keyof Declarations;
const kinds: readonly Kind[] = ['clients', 'users', 'policies', 'policyGroups', 'suppressionRules', 'tenants'];
const extensions = ['.yaml', '.yml', '.json'];

/** Keys that are managed elsewhere, and the place. */
const elsewhere: Readonly<Record<string, string>> = {
  loginProviders:
    'Login providers are a setting: LOGIN_PROVIDERS=@login-providers.json, or settings of one of the tenants.',
  issuers: 'Trusted issuers are a setting: TRUSTED_ISSUERS=@issuers.json, or settings of one of the tenants.',
  trustedIssuers: 'Trusted issuers are a setting: TRUSTED_ISSUERS=@issuers.json, or settings of one of the tenants.',
};

/** Reads a file, or every YAML and JSON file of a folder in the order of their names. */
export async function readDeclarations(paths: readonly string[]): Promise<Declarations> {
  const found = Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<Kind, Declared[]>;
  for (const path of paths) {
    for (const file of await filesOf(path)) {
      for (const document of await documentsOf(file)) {
        for (const kind of kinds) found[kind].push(...entriesOf(document, kind, file));
      }
    }
  }
  return found;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw wrongUsage(`Cannot read ${path} (${error.code}).`);
  });
  if (!status.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => extensions.includes(extname(name))).toSorted();
  if (names.length === 0) throw wrongUsage(`${path} has no file with ${extensions.join(', ')}.`);
  return names.map((name) => join(path, name));
}

async function documentsOf(file: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'), { version: '1.2', prettyErrors: true });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CommandFailed([`${file}: ${error.message.split('\n')[0]?.replace(/:$/, '.')}`]);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null) return [];
    return [requireObject(value, file)];
  });
}

function entriesOf(document: Readonly<Record<string, unknown>>, kind: Kind, file: string): Declared[] {
  const unknown = Object.keys(document).find((name) => !(kinds as readonly string[]).includes(name));
  if (unknown !== undefined) throw new CommandFailed([`${file}: "${unknown}" is not known. ${adviceFor(unknown)}`]);
  const entries = document[kind] ?? [];
  if (!Array.isArray(entries)) throw new CommandFailed([`${file}: ${kind} is a list.`]);
  return entries.map((entry: unknown, index) => {
    const place = `${file}: ${kind}[${index}]`;
    return { place, folder: dirname(resolve(file)), form: requireObject(entry, place) };
  });
}

function adviceFor(unknown: string): string {
  const meant = nearest(unknown, kinds);
  return elsewhere[unknown] ?? (meant === undefined ? `There are ${kinds.join(' and ')}.` : `Was ${meant} meant?`);
}

function requireObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new CommandFailed([`${place}: is not an object with members such as ${kinds.join(' or ')}, or name.`]);
}

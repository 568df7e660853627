import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { list, type ReadEntry } from 'tar';
import { StartRefused } from '../../config/start-refused.js';
import { isObject, type JsonObject, parseJson } from '../../r4/json/json.js';

/** A package by name and version, as registries name it (https://hl7.org/fhir/R4/packages.html). */
export interface PackageName {
  readonly name: string;
  readonly version: string;
}

export const idOf = ({ name, version }: PackageName): string => `${name}@${version}`;

/** No definition that this server goes by is larger; the CapabilityStatement of US Core has 300 kB. */
const largestFile = 8 * 1024 * 1024;
/** Files of the types that are looked for. */
const mostFiles = 5_000;

/**
 * The definitions of some types in a package of `folder`, one after the other: `name-version.tgz` as registries serve it, or
 * the folder `name#version` as the cache of HL7's tools has it. HL7's tools name each file by its type. Throws
 * {@link StartRefused} in words for who sets the server up.
 */
export async function* readPackage(
  folder: string,
  wanted: PackageName,
  types: readonly string[],
): AsyncGenerator<JsonObject> {
  const isWanted = (file: string): boolean =>
    file === 'package.json' || types.some((type) => file.startsWith(`${type}-`) && file.endsWith('.json'));
  let hasManifest = false;
  for await (const { file, text } of filesOf(folder, wanted, isWanted)) {
    const content = parse(text, wanted, file);
    if (file === 'package.json') {
      checkManifest(content, wanted);
      hasManifest = true;
    } else if (types.some((type) => content['resourceType'] === type)) yield content;
  }
  if (!hasManifest) throw refused(wanted, 'has no package/package.json, so it is no FHIR package');
}

interface PackageFile {
  readonly file: string;
  readonly text: string;
}

async function* filesOf(
  folder: string,
  wanted: PackageName,
  isWanted: (file: string) => boolean,
): AsyncGenerator<PackageFile> {
  const unpacked = join(folder, `${wanted.name}#${wanted.version}`, 'package');
  if (await isThere(unpacked)) return yield* unpackedFiles(unpacked, wanted, isWanted);
  const packed = join(folder, `${wanted.name}-${wanted.version}.tgz`);
  if (await isThere(packed)) return yield* await packedFiles(packed, wanted, isWanted);
  const address = `https://packages.fhir.org/${wanted.name}/${wanted.version}`;
  throw refused(wanted, `is not there. Put its package at ${packed} (from ${address}), or take it out of the setting`);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function* unpackedFiles(
  folder: string,
  wanted: PackageName,
  isWanted: (file: string) => boolean,
): AsyncGenerator<PackageFile> {
  for (const file of (await readdir(folder)).filter(isWanted).toSorted().slice(0, mostFiles)) {
    const path = join(folder, file);
    if ((await stat(path)).size > largestFile) throw tooLarge(wanted, file);
    yield { file, text: await readFile(path, 'utf8') };
  }
}

/** Unpacked as a stream: only what is wanted stays in memory. */
async function packedFiles(
  path: string,
  wanted: PackageName,
  isWanted: (file: string) => boolean,
): Promise<readonly PackageFile[]> {
  const files: Promise<PackageFile>[] = [];
  let refusal: StartRefused | undefined;
  const take = (entry: ReadEntry): void => {
    const file = fileOf(entry.path);
    if (entry.size > largestFile) refusal ??= tooLarge(wanted, file);
    else if (files.length >= mostFiles) refusal ??= refused(wanted, `has more than ${mostFiles} definitions`);
    else return void files.push(entry.concat().then((bytes) => ({ file, text: String(bytes) })));
    entry.resume();
  };
  try {
    await list({ file: path, strict: true, filter: (name) => isWanted(fileOf(name)), onReadEntry: take });
  } catch (error) {
    throw refused(wanted, `cannot be unpacked: ${path} is no .tgz, or damaged (${String(error)})`);
  }
  if (refusal) throw refusal;
  return Promise.all(files);
}

/** Empty for what is not at the top of the package. */
const fileOf = (path: string): string => /^package\/([^/]+)$/.exec(path)?.[1] ?? '';

function parse(text: string, wanted: PackageName, file: string): JsonObject {
  try {
    const content = parseJson(text.replace(/^\uFEFF/, ''));
    if (isObject(content)) return content;
  } catch {
    // Told below.
  }
  throw refused(wanted, `has a file that is no JSON object: ${file}`);
}

function checkManifest({ name, version, fhirVersions }: JsonObject, wanted: PackageName): void {
  if (name !== wanted.name || version !== wanted.version) {
    throw refused(
      wanted,
      `is another package under its name: ${JSON.stringify(name)}, version ${JSON.stringify(version)}`,
    );
  }
  const versions = Array.isArray(fhirVersions) ? fhirVersions.map(String) : [];
  if (versions.length > 0 && !versions.some((one) => one.startsWith('4.0'))) {
    throw refused(wanted, `is for FHIR ${versions.join(', ')}, and this server is R4 (4.0.1)`);
  }
}

const tooLarge = (wanted: PackageName, file: string): StartRefused =>
  refused(wanted, `has a file of more than ${largestFile / 1024 ** 2} MB: ${file}`);

const refused = (wanted: PackageName, fact: string): StartRefused =>
  new StartRefused(`IMPLEMENTATION_GUIDES: ${idOf(wanted)} ${fact}.`);

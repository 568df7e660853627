import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { idOf, type PackageName } from '../../r4/packages/package-manifest.js';
import { InvalidPackage } from './invalid-package.js';
import { archiveFile, folder, type PackageSource } from './package-source.js';

/** The package in a folder of packages: `name-version.tgz` as registries serve it, or `name#version` as the cache of HL7's tools has it. */
export async function packageIn(packages: string, name: PackageName): Promise<PackageSource | undefined> {
  const unpacked = join(packages, `${name.name}#${name.version}`, 'package');
  if (await isThere(unpacked)) return folder(unpacked, idOf(name));
  const packed = archiveIn(packages, name);
  return (await isThere(packed)) ? archiveFile(packed, idOf(name)) : undefined;
}

/** As {@link packageIn}; throws {@link InvalidPackage} that says where it belongs. */
export async function requirePackageIn(packages: string, name: PackageName): Promise<PackageSource> {
  const found = await packageIn(packages, name);
  if (found) return found;
  const address = `https://packages.fhir.org/${name.name}/${name.version}`;
  throw new InvalidPackage(
    idOf(name),
    `is not there. Put its package at ${archiveIn(packages, name)} (from ${address}), or take it out of the setting.`,
  );
}

const archiveIn = (packages: string, { name, version }: PackageName): string =>
  join(packages, `${name}-${version}.tgz`);

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { satisfies, validRange } from 'semver';
import type { StartRefused } from '../../config/checks/start-refused.js';
import { serverVersion } from '../../config/server-version.js';
import { type Manifest, refused } from './find-package.js';
import { isShared } from './server-copies.js';

const ownName = 'lanyard-fhir';
const require = createRequire(import.meta.url);
const { dependencies = {}, peerDependencies: peers = {} } = require('../../../package.json') as Partial<Manifest>;
const own = new Set([ownName, ...Object.keys(dependencies), ...Object.keys(peers)]);

/** Version of a package that the server has, as it is installed. */
function versionHere(name: string): string | undefined {
  if (name === ownName) return serverVersion;
  const paths = own.has(name) ? (require.resolve.paths(name) ?? []) : [];
  const path = paths.map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file));
  return path && (JSON.parse(readFileSync(path, 'utf8')) as Manifest).version;
}

/** Names of the packages that files of an extension get from the server. */
export const servedTo = ({ peerDependencies }: Manifest): readonly string[] =>
  Object.keys(peerDependencies).filter((name) => versionHere(name) !== undefined);

/** Throws `StartRefused` unless the package says that it works with this version of the server, and brings no copy of it. */
export function checkManifest(given: string, { name, version, ...manifest }: Manifest): void {
  if (given !== name && !/^\.{0,2}\/|^\.{1,2}$/.test(given))
    throw refused(given, `is called "${name}" by its own package.json. Name it so: EXTENSIONS=${name}`);
  const copies = Object.keys(manifest.dependencies).filter(isShared);
  if (copies.length > 0)
    throw refused(
      name,
      `lists ${copies.join(', ')} in its dependencies and would bring a second copy. Move it to peerDependencies.`,
    );
  const range = manifest.peerDependencies[ownName];
  if (range === undefined)
    throw refused(
      name,
      `does not say which versions of ${ownName} it works with. Add to its peerDependencies: "${ownName}": "^${serverVersion}"`,
    );
  for (const peer of servedTo({ name, version, ...manifest }))
    checkRange(`${name}@${version}`, peer, manifest.peerDependencies[peer] ?? '');
}

function checkRange(extension: string, peer: string, range: string): void {
  const version = versionHere(peer) ?? '';
  if (validRange(range) === null) throw wrongRange(extension, peer, range);
  if (fits(version, range)) return;
  throw refused(
    extension,
    `works with ${peer} ${range}, and this server has ${version}. Install a version of it that is made for ${version}, or the server that it is made for.`,
  );
}

const wrongRange = (extension: string, peer: string, range: string): StartRefused =>
  refused(
    extension,
    `has "${range}" for ${peer} in its peerDependencies, which is no range of versions. Example: "^${versionHere(peer)}"`,
  );

/** A prerelease counts as the release that it leads to: 0.2.0-rc.1 is of ^0.2.0. */
export const fits = (version: string, range: string): boolean =>
  satisfies(version, range, { includePrerelease: true }) || satisfies(version.replace(/[-+].*$/, ''), range);

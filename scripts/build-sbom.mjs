// @ts-check
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { consoleWeb, root } from './paths.mjs';

/** @typedef {{ 'bom-ref': string, name: string, properties: { name: string, value: string }[] }} Component */
/** @typedef {{ name?: string, version?: string, dev?: boolean, link?: boolean }} Locked */

/**
 * Writes the bill of materials (CycloneDX) of what the package needs to run, and of what the console is made of, beside the
 * console. Returns an exit code.
 */
export function buildSbom() {
  const npm = process.env['npm_execpath']?.endsWith('npm-cli.js')
    ? [process.execPath, process.env['npm_execpath']]
    : ['npm'];
  const asked = ['sbom', '--package-lock-only', '--include=dev', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const { status, stdout } = spawnSync(/** @type {string} */ (npm[0]), [...npm.slice(1), ...asked], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    stdio: ['ignore', 'pipe', 2],
  });
  if (status !== 0) {
    process.stderr.write('Cannot make the bill of materials: `npm sbom` failed. It needs npm 10.2 or newer.\n');
    return status ?? 1;
  }
  const bom = JSON.parse(stdout);
  const kept = keptOf(readJson('package-lock.json').packages, readFileSync(join(consoleWeb, 'licenses.md'), 'utf8'));
  const { component } = bom.metadata;
  const isKept = (/** @type {string} */ ref) => kept.has(ref) || ref === component['bom-ref'];
  const made = {
    ...bom,
    // npm hides every UUID that it prints.
    serialNumber: `urn:uuid:${randomUUID()}`,
    metadata: { ...bom.metadata, component: { ...component, name: readJson('package.json').name } },
    components: bom.components.filter((/** @type {Component} */ one) => isKept(one['bom-ref'])).map(withoutDevelopment),
    dependencies: bom.dependencies.flatMap((/** @type {{ ref: string, dependsOn: string[] }} */ { ref, dependsOn }) =>
      isKept(ref) ? [{ ref, dependsOn: dependsOn.filter(isKept) }] : [],
    ),
  };
  writeFileSync(join(consoleWeb, 'sbom.cdx.json'), JSON.stringify(made));
  return 0;
}

/**
 * `name@version` of packages that are not for development alone, by the lock file, and of those in the console's files. What npm
 * marks as for development is also there for others: it looks at one way to a package.
 * @param {Record<string, Locked>} packages
 * @param {string} licences Vite's list of what is in the files.
 */
function keptOf(packages, licences) {
  const needed = Object.entries(packages).flatMap(([path, { name, version, dev, link }]) =>
    path === '' || dev === true || link === true
      ? []
      : [`${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`],
  );
  const bundled = [...licences.matchAll(/^## (\S+) - (\S+)/gm)].map(([, name, version]) => `${name}@${version}`);
  return new Set([...needed, ...bundled]);
}

/** @param {Component} component */
const withoutDevelopment = ({ properties, ...rest }) => ({
  ...rest,
  properties: properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
});

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

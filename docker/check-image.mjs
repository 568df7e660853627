// @ts-check
// What is in the image, and what is not. Arguments: its root folder, `buildah inspect`, the SBOM, version, revision.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [root = '', inspection = '', sbom = '', version, revision] = process.argv.slice(2);
const most = 250e6;

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

const size = files.reduce((sum, path) => sum + statSync(path).size, 0);
assert.ok(size < most, `${size} bytes are too many`);

const { config, architecture } = json(inspection).Docker;
assert.equal(config.User, '10001:10001');
assert.deepEqual([config.Entrypoint, config.Cmd], [['lanyard'], ['start']]);
assert.equal(config.Healthcheck.Test[0], 'CMD', 'the health check needs a shell');
assert.ok(config.Env.includes('MALLOC_TRIM_THRESHOLD_=131072'), 'the C library keeps memory');
const label = (/** @type {string} */ name) => config.Labels[`org.opencontainers.image.${name}`];
assert.equal(label('version'), version);
assert.equal(label('revision'), revision);
assert.equal(label('licenses'), 'Apache-2.0');
assert.ok(label('source') !== undefined);

const relative = files.map((path) => path.slice(root.length));
const programs = relative.filter((path) => /\/s?bin\//.test(path) && !path.startsWith('/app/'));
assert.deepEqual(programs.toSorted(), ['/usr/local/bin/lanyard', '/usr/local/bin/node'], 'there are other programs');
const native = relative.filter((path) => path.startsWith('/app/') && /\.(node|so|wasm-binary|exe)(\.\d+)*$/.test(path));
assert.deepEqual(native, [], 'the application is not the same for every processor');
const secrets = relative.filter((path) => /\/\.npmrc$|\/\.env|registry\.crt$|\/run\/secrets\/./.test(path));
assert.deepEqual(secrets, [], 'something of the build is left');

const { dependencies, devDependencies, optionalDependencies } = json('package.json');
const modules = join(root, 'app/node_modules');
for (const name of Object.keys(dependencies)) assert.ok(existsSync(join(modules, name)), `${name} is missing`);
for (const name of [...Object.keys(optionalDependencies), ...onlyForDevelopment(Object.keys(devDependencies))])
  assert.ok(!existsSync(join(modules, name)), `${name} has no place in the image`);

const bom = json(sbom);
assert.ok(!readFileSync(sbom, 'utf8').includes('***'), 'npm has hidden something in the SBOM');
assert.deepEqual([bom.bomFormat, bom.version, bom.metadata.component.version], ['CycloneDX', 1, version]);
assert.match(bom.specVersion, /^1\.[4-9]$/);
assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const references = new Set(bom.components.map((/** @type {any} */ component) => component['bom-ref']));
for (const { ref, dependsOn = [] } of bom.dependencies)
  for (const name of [ref, ...dependsOn])
    assert.ok(references.has(name) || name === bom.metadata.component['bom-ref'], `${name} is referred to only`);
const listed = new Set(bom.components.map((/** @type {any} */ component) => decodeURIComponent(component.purl)));
for (const name of installed(modules)) assert.ok(listed.has(name), `the SBOM does not list ${name}`);
assert.deepEqual(json(join(root, 'app/lanyard.cdx.json')).components.length, bom.components.length);

process.stdout.write(
  `image: ${(size / 1e6).toFixed(0)} MB, ${architecture}, ${listed.size} packages of npm, all of them in the SBOM\n`,
);

/** Development dependencies that no package of production asks for. @param {string[]} names */
function onlyForDevelopment(names) {
  const { packages } = json('package-lock.json');
  return names.filter((name) => packages[`node_modules/${name}`].dev === true);
}

/** Every package below a folder `node_modules`. @param {string} folder @returns {string[]} */
function installed(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name.startsWith('@')) return installed(path);
    const own = existsSync(join(path, 'package.json')) ? [purl(json(join(path, 'package.json')))] : [];
    const below = join(path, 'node_modules');
    return existsSync(below) ? [...own, ...installed(below)] : own;
  });
}

/** @param {{ name: string, version: string }} manifest */
function purl({ name, version: its }) {
  return `pkg:npm/${name}@${its}`;
}

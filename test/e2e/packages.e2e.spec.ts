// FHIR packages that are installed: what they bring, how they leave again, and what is refused (docs/adr/0076)
import { gzipSync } from 'node:zlib';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PackageInstaller } from '../../src/fhir/packages/package-installer.js';
import { folder } from '../../src/fhir/packages/package-source.js';
import { InstalledPackages } from '../../src/fhir/storage/packages/installed-packages.js';
import { PackageStore } from '../../src/fhir/storage/packages/package-store.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { idsOf, until } from '../support/custom-parameters.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const guide = 'http://guide.example';
const url = (type: string, id: string): string => `${guide}/${type}/${id}`;

const profile = (version: string) => ({
  resourceType: 'StructureDefinition',
  id: 'patient',
  url: url('StructureDefinition', 'patient'),
  version,
  name: 'GuidePatient',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: {
    element: [
      { id: 'Patient', path: 'Patient' },
      {
        id: 'Patient.maritalStatus',
        path: 'Patient.maritalStatus',
        binding: { strength: 'required', valueSet: 'http://elsewhere.example/ValueSet/marital' },
      },
    ],
  },
});
const colours = (version: string, codes: readonly string[]) => ({
  resourceType: 'CodeSystem',
  id: 'colours',
  url: url('CodeSystem', 'colours'),
  version,
  name: 'Colours',
  status: 'active',
  content: 'complete',
  concept: codes.map((code) => ({ code })),
});
const warm = (version: string, codes: readonly string[] = ['red']) => ({
  resourceType: 'ValueSet',
  id: 'warm',
  url: url('ValueSet', 'warm'),
  version,
  name: 'Warm',
  status: 'active',
  compose: { include: [{ system: url('CodeSystem', 'colours'), concept: codes.map((code) => ({ code })) }] },
});
const parameter = (version: string, expression: string) => ({
  resourceType: 'SearchParameter',
  id: 'tribe',
  url: url('SearchParameter', 'tribe'),
  version,
  name: 'Tribe',
  status: 'active',
  description: 'tribe',
  code: 'tribe',
  base: ['Patient'],
  type: 'token',
  expression,
});

const contentOf = (version: string, codes: readonly string[], expression: string) => [
  profile(version),
  colours(version, codes),
  warm(version, codes),
  parameter(version, expression),
  { resourceType: 'Patient', id: 'example', active: true },
];

const first = contentOf('1.0.0', ['red'], `Patient.extension.where(url = '${guide}/tribe').value`);
const second = contentOf('2.0.0', ['red', 'amber'], 'Patient.maritalStatus');

let place: string;
let database: FreshDatabase;
let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  place = await packagesFolder();
  await writePackage(place, { name: 'guide.example', version: '1.0.0', resources: first });
  await writePackage(place, { name: 'guide.example', version: '2.0.0', resources: second });
  database = await freshDatabase();
  const kept = { ...database, drop: async () => undefined };
  const settings = { PACKAGES: place };
  server = await startServer(settings, [], kept);
  other = await startServer(settings, [], kept);
});
afterAll(async () => {
  await server.close();
  await other.close();
  await database.drop();
  await rm(place, { recursive: true });
});

const run = (...args: string[]) => lanyard({ DATABASE_URL: database.url, PACKAGES: place }, ['package', ...args]);
const token = (of: TestServer = server) => of.token('user/*.cruds admin/*.cruds');
const call = (method: string, path: string, body?: object, of: TestServer = server): Promise<Answer> =>
  of.call(method, path, { token: token(of), ...(body && { body }) });
const patient = (id: string, changes: object) => ({ resourceType: 'Patient', id, ...changes });
const tribal = (code: string) => ({ extension: [{ url: `${guide}/tribe`, valueCoding: { system: 'urn:t', code } }] });

describe('a package that is installed by the command', () => {
  it('is planned first, with what it lacks, and nothing is there', async () => {
    const { exitCode, output } = await run('plan', 'guide.example@1.0.0', '--json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(output)).toMatchObject([
      {
        package: 'guide.example@1.0.0',
        state: 'new',
        definitions: 4,
        types: { CodeSystem: 1, SearchParameter: 1, StructureDefinition: 1, ValueSet: 1 },
        unresolved: {
          count: 1,
          examples: ['ValueSet http://elsewhere.example/ValueSet/marital (StructureDefinition/patient)'],
        },
      },
    ]);
    expect((await run('list', '--json')).output).toBe('[]');
  });

  it('is known to each server within five seconds, searchable, and says where it is from', async () => {
    await call('PUT', 'Patient/old', patient('old', tribal('a')));
    const { exitCode, output, remarks } = await run('install', 'guide.example@1.0.0');
    expect([exitCode, remarks]).toEqual([0, expect.anything()]);
    expect(output).toContain('Installed guide.example@1.0.0: 4 definitions');
    for (const one of [server, other]) {
      const found = await until(
        () => call('GET', 'Patient?tribe=urn:t|a', undefined, one),
        ({ status }) => status === 200,
      );
      expect(idsOf(found)).toEqual(['old']);
      const definitions = await call(
        'GET',
        `StructureDefinition?url=${url('StructureDefinition', 'patient')}`,
        undefined,
        one,
      );
      expect(definitions.body.entry).toHaveLength(1);
      expect(definitions.body.entry[0].resource.meta.source).toBe('package:guide.example@1.0.0');
      await expect.poll(() => one.app.get(InstalledPackages).all.length, { timeout: 5_000 }).toBe(1);
    }
    expect((await call('GET', 'Patient/example')).status).toBe(404);
    expect((await call('GET', 'CodeSystem?_source=package:guide.example@1.0.0')).body.total).toBe(1);
  });

  it('is installed once', async () => {
    const { exitCode, output } = await run('install', 'guide.example@1.0.0');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('guide.example@1.0.0 is installed already.')]);
  });

  it('has its value sets and code systems known to searches', async () => {
    await call('PUT', 'Observation/o1', {
      resourceType: 'Observation',
      id: 'o1',
      status: 'final',
      code: { coding: [{ system: url('CodeSystem', 'colours'), code: 'amber' }] },
    });
    expect((await call('GET', `Observation?code:in=${url('ValueSet', 'warm')}`)).body.total).toBe(0);
    expect((await call('GET', `Observation?code:not-in=${url('ValueSet', 'warm')}`)).body.total).toBe(1);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'POST'])('cannot be changed over HTTP: %s', async (method) => {
    const { entry } = (await call('GET', `ValueSet?url=${url('ValueSet', 'warm')}`)).body;
    const { id } = entry[0].resource;
    const before = await call('GET', `ValueSet/${id}`);
    const bodies: Readonly<Record<string, [string, object | undefined]>> = {
      PUT: [`ValueSet/${id}`, { ...warm('9'), id }],
      PATCH: [`ValueSet/${id}`, [{ op: 'replace', path: '/name', value: 'Cold' }]],
      DELETE: [`ValueSet/${id}`, undefined],
      POST: [
        `ValueSet/${id}/$meta-add`,
        {
          resourceType: 'Parameters',
          parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'y' }] } }],
        },
      ],
    };
    const [path, body] = bodies[method]!;
    const answer = await server.call(method, path, {
      token: token(),
      ...(body && { body }),
      ...(method === 'PATCH' && { headers: { 'content-type': 'application/json-patch+json' } }),
    });
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining('is part of the package guide.example@1.0.0'),
    ]);
    expect((await call('GET', `ValueSet/${id}`)).text).toBe(before.text);
  });
});

describe('two versions of a package', () => {
  it('are there side by side: the newest counts where no version is named', async () => {
    const { exitCode, output } = await run('install', 'guide.example@2.0.0');
    expect([exitCode, output]).toEqual([
      0,
      expect.stringContaining(
        'newer: ValueSet http://guide.example/ValueSet/warm: 2.0.0 in the place of 1.0.0 (guide.example@1.0.0)',
      ),
    ]);
    const source = server.app.get(InstalledPackages);
    await source.lookAfresh();
    const profileUrl = url('StructureDefinition', 'patient');
    const found = await source.find('StructureDefinition', [
      profileUrl,
      `${profileUrl}|1.0.0`,
      `${profileUrl}|1`,
      `${profileUrl}|2`,
      `${profileUrl}|3`,
      'http://nothing.example/x',
    ]);
    expect(found.map((one) => one && [one.version, one.origin])).toEqual([
      ['2.0.0', 'guide.example@2.0.0'],
      ['1.0.0', 'guide.example@1.0.0'],
      ['1.0.0', 'guide.example@1.0.0'],
      ['2.0.0', 'guide.example@2.0.0'],
      undefined,
      undefined,
    ]);
    expect((await call('GET', `Observation?code:in=${url('ValueSet', 'warm')}`)).body.total).toBe(1);
    await call('PUT', 'Patient/new', patient('new', { maritalStatus: { coding: [{ system: 'urn:t', code: 'a' }] } }));
    const tribe = await until(
      () => call('GET', 'Patient?tribe=urn:t|a'),
      ({ status, body }) => status === 200 && body.total === 1 && body.entry[0].resource.id === 'new',
    );
    expect(idsOf(tribe)).toEqual(['new']);
  });

  it('leave one by one, and the one before counts again', async () => {
    const { exitCode, remarks } = await run('remove', 'guide.example@2.0.0');
    expect([exitCode, remarks]).toEqual([
      0,
      expect.stringContaining('guide.example@2.0.0 is removed, with 4 definitions'),
    ]);
    const tribe = await until(
      () => call('GET', 'Patient?tribe=urn:t|a'),
      ({ status, body }) => status === 200 && body.entry?.[0]?.resource.id === 'old',
    );
    expect(idsOf(tribe)).toEqual(['old']);
    expect((await call('GET', `Observation?code:in=${url('ValueSet', 'warm')}`)).body.total).toBe(0);
    expect((await run('remove', 'guide.example@2.0.0')).remarks).toBe(
      'guide.example@2.0.0 is not installed. Installed: guide.example@1.0.0',
    );
  });

  it('do not come back as content of a client', async () => {
    const own = { ...warm('1.0.0', ['amber']), id: 'mine' };
    expect((await call('PUT', 'ValueSet/mine', own)).status).toBe(201);
    // The package goes before what clients store under its url.
    expect((await call('GET', `Observation?code:in=${url('ValueSet', 'warm')}`)).body.total).toBe(0);
    expect((await call('DELETE', 'ValueSet/mine')).status).toBeLessThan(300);
  });
});

describe('the administration API', () => {
  const admin = (method: string, path: string, options: object = {}) =>
    server.call(method, `/admin/packages${path}`, {
      token: server.token('admin/Definition.cruds'),
      headers: { 'content-type': 'application/json' },
      ...options,
    });

  it('lists, plans, installs by name and removes', async () => {
    const body = { name: 'guide.example', version: '2.0.0' };
    expect((await admin('GET', '')).body.packages).toMatchObject([
      { name: 'guide.example', version: '1.0.0', definitions: 4 },
    ]);
    expect((await admin('POST', '/plan', { body })).body).toMatchObject({ state: 'new', definitions: 4 });
    expect((await admin('POST', '', { body })).status).toBe(201);
    expect((await admin('GET', '/guide.example/2.0.0')).body).toMatchObject({ definitions: 4, problems: [] });
    expect((await admin('DELETE', '/guide.example/2.0.0')).status).toBe(204);
    expect((await admin('GET', '/guide.example/2.0.0')).status).toBe(404);
    expect((await admin('DELETE', '/guide.example/2.0.0')).status).toBe(404);
  });

  it('says what of a package is not used in the language of the caller; what was stored as a text before stays as it is', async () => {
    const nameless = { resourceType: 'ValueSet', id: 'nameless', status: 'active' };
    const resources = [nameless, warm('9'), { ...warm('9'), id: 'warm-again' }];
    await writePackage(place, { name: 'guide.broken', version: '1.0.0', resources });
    const body = { name: 'guide.broken', version: '1.0.0' };
    const german = { headers: { 'content-type': 'application/json', 'accept-language': 'de-AT,en;q=0.5' } };
    const planned = (await admin('POST', '/plan', { body, ...german })).body.problems;
    const path = 'ValueSet-nameless.json';
    expect(planned[0]).toEqual({
      key: 'package.no-url',
      values: { path, type: 'ValueSet' },
      fact: `${path} ist ausgelassen: ValueSet hat keine url, also kann nichts darauf verweisen`,
    });
    expect((await admin('POST', '', { body })).body.problems).toHaveLength(2);
    const read = async (options?: object) => (await admin('GET', '/guide.broken/1.0.0', options)).body.problems;
    expect(await read()).toMatchObject([
      { fact: `${path} is left out: the ValueSet has no url, so that nothing can name it` },
      { key: 'package.twice', fact: expect.stringContaining('is in the package twice') },
    ]);
    expect(await read(german)).toEqual(planned);
    const doctor = await server.call('GET', '/admin/doctor', { token: server.token('admin/Job.r'), ...german });
    const facts = (doctor.body.findings as { readonly key: string; readonly fact: string }[]).filter(
      ({ key }) => key === 'guides.problem',
    );
    expect(facts.map(({ fact }) => fact)).toContain(`guide.broken@1.0.0: ${planned[0].fact}`);
    await rowsOf(
      database.connection,
      `UPDATE package SET problems = '["x.json is left out: of before"]' WHERE name = 'guide.broken'`,
    );
    await server.app.get(PackageStore).change(() => Promise.resolve());
    expect(await read(german)).toEqual([{ fact: 'x.json is left out: of before' }]);
    expect((await admin('DELETE', '/guide.broken/1.0.0')).status).toBe(204);
  });

  it('takes the archive itself', async () => {
    const packed = await writePackage(place, {
      name: 'guide.sent',
      version: '1.0.0',
      resources: [colours('7', ['x'])],
    });
    const file = join(place, 'sent.tgz');
    await create({ gzip: true, cwd: packed, file }, ['package']);
    const answer = await server.app.inject({
      method: 'POST',
      url: '/admin/packages',
      headers: { authorization: `Bearer ${server.token('admin/Definition.c')}`, 'content-type': 'application/gzip' },
      payload: await readFile(file),
    });
    expect([answer.statusCode, answer.payload]).toEqual([201, expect.stringContaining('guide.sent@1.0.0')]);
    expect((await admin('DELETE', '/guide.sent/1.0.0')).status).toBe(204);
  });

  it.each([
    ['list', 'GET', '', 's'],
    ['install', 'POST', '', 'c'],
    ['plan', 'POST', '/plan', 'c'],
    ['read', 'GET', '/guide.example/1.0.0', 'r'],
    ['remove', 'DELETE', '/guide.example/1.0.0', 'd'],
  ])('needs the right to %s', async (_what, method, path, letter) => {
    const others = 'cruds'.replace(letter, '');
    const headers = { 'content-type': 'application/json' };
    const body = method === 'POST' ? { headers, body: { name: 'guide.example', version: '2.0.0' } } : {};
    const weak = await server.call(method, `/admin/packages${path}`, {
      token: server.token(`user/*.cruds admin/Definition.${others} admin/User.cruds`),
      ...body,
    });
    expect([weak.status, weak.text]).toEqual([403, expect.stringContaining(`admin/Definition.${letter}`)]);
    expect((await server.call(method, `/admin/packages${path}`, body)).status).toBe(401);
    expect((await admin('GET', '/guide.example/1.0.0')).status).toBe(200);
  });

  it.each([
    [{ name: '../../etc', version: '1.0.0' }, 400],
    [{ name: 'guide.missing', version: '1.0.0' }, 422],
    [{ name: 'guide.example' }, 400],
  ])('refuses %j', async (body, status) => {
    expect((await admin('POST', '', { body })).status).toBe(status);
  });
});

describe('what is no sound package is refused in one line', () => {
  const files = async (name: string, content: Readonly<Record<string, string | Buffer>>): Promise<string> => {
    const root = join(place, name);
    for (const [path, text] of Object.entries(content)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return root;
  };
  const manifest = (changes: object = {}) =>
    JSON.stringify({ name: 'a.b', version: '1.0.0', fhirVersions: ['4.0.1'], ...changes });

  it.each([
    [
      'of another FHIR',
      { 'package.json': manifest({ fhirVersions: ['5.0.0'] }) },
      /is for FHIR 5\.0\.0, and this server is R4/,
    ],
    [
      'without a manifest',
      { 'ValueSet-warm.json': JSON.stringify(warm('1')) },
      /has no package\/package\.json.*--as my\.guide@1\.0\.0/,
    ],
    [
      'with broken JSON',
      { 'package.json': manifest(), 'ValueSet-x.json': '{' },
      /has a file that is no JSON object: ValueSet-x\.json/,
    ],
    [
      'with broken lines',
      { 'package.json': manifest(), 'all.ndjson': `${JSON.stringify(warm('1'))}\n{` },
      /no JSON object: all\.ndjson, line 2/,
    ],
    [
      'that gzip did not pack',
      { 'package.json': manifest(), 'all.ndjson.gz': 'x' },
      /a file that gzip did not pack: all\.ndjson\.gz/,
    ],
    [
      'that is FHIR itself',
      { 'package.json': manifest({ name: 'hl7.fhir.r4.core', version: '4.0.1' }) },
      /is FHIR itself/,
    ],
    ['with a hostile name', { 'package.json': manifest({ name: '../x' }) }, /no name and version that packages have/],
  ])('%s', async (name, content, line) => {
    const { exitCode, remarks } = await run('install', await files(name.replaceAll(' ', '-'), content));
    expect(exitCode).toBe(1);
    expect(remarks.split('\n')).toHaveLength(1);
    expect(remarks).toMatch(line);
    expect((await run('list', '--json')).output).not.toContain('a.b');
  });

  it('with a dependency that is missing, where --strict asks for it', async () => {
    const root = await files('strict', {
      'package.json': manifest({ dependencies: { 'c.d': '2.0.x', 'hl7.fhir.r4.core': '4.0.1' } }),
    });
    const strict = await run('install', root, '--strict');
    expect([strict.exitCode, strict.remarks]).toEqual([
      1,
      expect.stringContaining('neither installed nor given: c.d@2.0.x'),
    ]);
    const given = await files('given', { 'package.json': manifest({ name: 'c.d', version: '2.0.3' }) });
    expect((await run('install', root, given, '--strict')).exitCode).toBe(0);
    expect((await run('remove', 'c.d@2.0.3')).remarks).toContain('These say that they rest on it: a.b@1.0.0');
    expect((await run('remove', 'a.b@1.0.0')).exitCode).toBe(0);
  });

  it('but loose definitions are, under the name that they are given', async () => {
    const root = await files('loose', {
      'one.json': JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: warm('3') }] }),
      'deep/all.ndjson.gz': gzipSync(
        `${JSON.stringify(colours('3', ['x']))}\n\n${JSON.stringify({ ...warm('4'), url: undefined })}\n`,
      ),
    });
    const { exitCode, output } = await run('install', root, '--as', 'my.own@0.1.0');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('Installed my.own@0.1.0: 2 definitions')]);
    expect(output).toContain('deep/all.ndjson.gz, line 3 is left out: the ValueSet has no url');
    const changed = await files('loose', { 'one.json': JSON.stringify(warm('5')) });
    expect((await run('install', changed, '--as', 'my.own@0.1.0')).remarks).toContain(
      'with other content than the one that is installed',
    );
    expect((await run('remove', 'my.own@0.1.0')).exitCode).toBe(0);
  });

  it('a folder that is not there, and what is no name', async () => {
    expect((await run('install', './nowhere')).remarks).toContain('./nowhere: there is no such file or folder');
    expect((await run('remove', 'nothing')).exitCode).toBe(2);
    expect((await run('install', 'http://example.org/x.tgz')).remarks).toContain('is no https address');
  });
});

it('definitions of the other database do not come', async () => {
  const empty = await startServer();
  expect(empty.app.get(InstalledPackages).all).toEqual([]);
  expect(await empty.app.get(InstalledPackages).find('ValueSet', [url('ValueSet', 'warm')])).toEqual([undefined]);
  const installer = empty.app.get(PackageInstaller);
  await expect(installer.install([folder(join(place, 'guide.example#1.0.0'))], { by: 'test' })).resolves.toMatchObject([
    { state: 'new' },
  ]);
  await empty.close();
});

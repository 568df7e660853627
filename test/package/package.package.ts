// The package from its tarball, in an empty folder: what is in it, whether it type-checks, and whether all that it promises runs
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestIssuer } from '../../src/testing/index.js';
import { freePort } from '../support/free-port.js';
import { filesOf } from './doc-project.js';
import { Installed } from './installed.js';
import { Program } from './program.js';

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const tutorial = new URL('../../docs/tutorials/own-server.md', import.meta.url);
const password = 'package-test-password';

let installed: Installed;

beforeAll(async () => {
  installed = await Installed.make();
}, 900_000);
afterAll(() => installed?.remove());

/** The server on an embedded PostgreSQL of its own, as in a folder where nobody has set anything. */
async function serve(
  command: readonly [string, ...string[]],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
) {
  const port = String(await freePort());
  const data = join(installed.folder, 'data', port);
  await mkdir(join(installed.folder, 'data'), { recursive: true });
  return Program.start(command, cwd, { PORT: port, DATA_DIR: data, ADMIN_PASSWORD: password, ...more });
}

async function logIn(program: Program, scope = 'user/*.cruds'): Promise<string> {
  const { body } = await program.ask('/fhir/r4/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'admin', password, scope }),
  });
  return body.access_token;
}

const post = (program: Program, token: string, resource: Readonly<Record<string, unknown>>) =>
  program.ask(`/fhir/r4/${resource['resourceType'] as string}`, {
    method: 'POST',
    token,
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(resource),
  });

describe('the tarball', () => {
  it('holds what runs, and nothing else', async () => {
    const paths: string[] = [];
    await list({ file: installed.tarball, onReadEntry: ({ path }) => paths.push(path.replace(/^package\//, '')) });
    const kinds =
      /^(?:(?:LICENSE|NOTICE|README\.md|package\.json)$|bin\/lanyard\.mjs$|definitions\/|templates\/extension\/|docs\/identity-providers\/[\w.-]+\.(?:md|json)$|docs\/issuer-members\.md$|dist\/console\/web\/(?:index\.html|licenses\.md|sbom\.cdx\.json|assets\/[\w-]+\.(?:js|css|svg))$|dist\/.+\.(?:js|d\.ts)$)/;
    expect(paths.filter((path) => !kinds.test(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/index.d.ts',
        'dist/index.js',
        'dist/console/web/index.html',
        'dist/console/web/sbom.cdx.json',
        'NOTICE',
        'bin/lanyard.mjs',
        // They are pages of /docs/access.
        'docs/identity-providers/keycloak.md',
        'docs/issuer-members.md',
      ]),
    );
  });

  it.each([
    ['publint', ['run', '--strict'], 'All good!'],
    // Old resolutions and `require` are ignored: the package is for import alone. Another problem ends it with exit code 1.
    ['attw', ['--profile', 'esm-only', '--no-definitely-typed', '--no-color'], '🟢 (ESM)'],
  ])('is clean for %s', async (tool, flags, verdict) => {
    const { stdout } = await run(join(bin, tool), [...flags, installed.tarball]);
    expect(stdout).toContain(verdict);
  });

  it('has no door but those that are listed', async () => {
    const ask = (name: string) =>
      run(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], { cwd: installed.folder });
    for (const door of ['', '/auth', '/scope', '/fhir', '/r4', '/testing']) await ask(`lanyard-fhir${door}`);
    await expect(ask('lanyard-fhir/dist/app/start/start.js')).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});

describe('a project of somebody else', () => {
  it.each([
    ['guarded-controller', 'nodenext'],
    ['own-server', 'bundler'],
    ['cardio-extension', 'nodenext'],
  ])('%s type-checks with the resolution %s, declarations of all packages included', async (name) => {
    expect(await installed.compile(await installed.example(name))).toBe('');
  });
});

describe('lanyard new extension', () => {
  it('writes a package that type-checks against this one, and whose tests pass', async () => {
    const command = join(installed.folder, 'node_modules/lanyard-fhir/bin/lanyard.mjs');
    await run(process.execPath, [command, 'new', 'extension', '@acme/heart-rate'], { cwd: installed.folder });
    const extension = join(installed.folder, 'heart-rate');
    expect(await installed.compile(extension)).toBe('');
    const { stdout } = await run(process.execPath, ['--test', 'dist/test/heart-rate.test.js'], { cwd: extension });
    expect(stdout).toMatch(/^\S+ fail 0$/m);
  });
});

describe.each(['of these tests', 'of the other major version'])('with the Node.js %s', (which) => {
  const node = (): string => installed.nodes[which === 'of these tests' ? 0 : 1]!;
  const program = (path: string): readonly [string, string] => [node(), path];
  const started: Program[] = [];
  afterAll(() => Promise.all(started.map((one) => one.stop())));
  const keep = (one: Program): Program => (started.push(one), one);

  it('npx lanyard start is a whole server', async () => {
    const command = join(installed.folder, 'node_modules/lanyard-fhir/bin/lanyard.mjs');
    const server = keep(await serve([...program(command), 'start'], installed.folder));
    const created = await post(server, await logIn(server), { resourceType: 'Patient' });
    expect([created.status, created.headers.get('etag')]).toEqual([201, 'W/"1"']);
    expect(await server.stop()).toBe(0);
    // From Node.js 22 on, the next start finds what this one compiled (docs/adr/0178).
    const { stdout } = await run(node(), ['-p', `typeof require('module').enableCompileCache`]);
    const kept = await readdir(join(installed.folder, 'node_modules/lanyard-fhir/dist/.compiled')).catch(() => []);
    expect(kept.length).toBeGreaterThanOrEqual(stdout.trim() === 'function' ? 1 : 0);
  });

  it('guarded-controller lets in by scope, and explains what it refuses', async () => {
    const port = String(await freePort());
    const issuer = await TestIssuer.start(`http://localhost:${port}`);
    const folder = join(installed.folder, 'guarded-controller');
    const app = keep(await Program.start(program('dist/main.js'), folder, { PORT: port, ISSUER: issuer.url }));
    const ask = (scope: string) => app.ask('/appointments', { token: issuer.token({ scope }) });
    expect(await ask('user/Appointment.rs')).toMatchObject({ status: 200, body: { appointmentsOf: 'user-1' } });
    const refused = await ask('user/Patient.rs');
    expect([refused.status, refused.body.issue]).toMatchObject([
      403,
      [
        {
          details: { coding: [{ code: 'scope-insufficient' }] },
          diagnostics: expect.stringContaining('user/Appointment.s'),
        },
      ],
    ]);
    const none = await app.ask('/appointments');
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer realm/)]);
    await app.stop();
    await issuer.close();
  });

  it('cardio-extension is loaded by the command, by the name of its setting', async () => {
    const command = join(installed.folder, 'node_modules/lanyard-fhir/bin/lanyard.mjs');
    const variables = { EXTENSIONS: './cardio-extension', CARDIO_HIGHEST_RATE: '250' };
    const server = keep(await serve([...program(command), 'start'], installed.folder, variables));
    const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
    const rate = { resourceType: 'Observation', status: 'final', code, valueQuantity: { value: 251 } };
    expect(await post(server, await logIn(server), rate)).toMatchObject({ status: 422 });
    expect((await server.ask('/health/ready')).body).toMatchObject({ '@acme/cardio/limits': 'up' });
    expect(await server.stop()).toBe(0);
  });

  it('own-server has the rule of its module', async () => {
    const server = keep(await serve(program('dist/main.js'), join(installed.folder, 'own-server')));
    const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
    const rate = { resourceType: 'Observation', status: 'final', code };
    const token = await logIn(server);
    expect(await post(server, token, rate)).toMatchObject({
      status: 400,
      body: { issue: [{ expression: ['Observation.device'] }] },
    });
    expect((await post(server, token, { ...rate, device: { display: 'Watch' } })).status).toBe(201);
    await server.stop();
  });
});

// Only what the page shows, as somebody would paste it who has read nothing else.
describe('the tutorial of a server of your own', () => {
  let server: Program;
  let token: string;
  let said: string;

  beforeAll(async () => {
    const files = await filesOf(tutorial);
    const folder = await installed.project('own-server-from-the-tutorial', files);
    said = await installed.compile(folder);
    server = await serve([process.execPath, 'dist/main.js'], folder);
    token = await logIn(server);
  }, 300_000);
  afterAll(() => server?.stop());

  it('compiles as it stands', () => {
    expect(said).toBe('');
  });

  it('shows nothing of 20 lines of code', async () => {
    const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '').length;
    const long = Object.entries(await filesOf(tutorial)).filter(([, text]) => linesOf(text) >= 20);
    expect(long.map(([path]) => path)).toEqual([]);
  });

  const small = () => logIn(server, 'user/Observation.cruds');

  it('guards a controller by a scope', async () => {
    expect(await server.ask('/wards', { token })).toMatchObject({ status: 200, body: { wards: ['cardiology'] } });
    expect((await server.ask('/wards', { token: await small() })).status).toBe(403);
    expect((await server.ask('/wards')).status).toBe(401);
  });

  it('refuses Patients without a family name', async () => {
    expect(await post(server, token, { resourceType: 'Patient', name: [{ given: ['Jane'] }] })).toMatchObject({
      status: 400,
      body: { issue: [{ expression: ['Patient.name'] }] },
    });
    expect((await post(server, token, { resourceType: 'Patient', name: [{ family: 'Doe' }] })).status).toBe(201);
  });

  it('has $hello on Patient', async () => {
    const { body } = await post(server, token, { resourceType: 'Patient', name: [{ family: 'Roe' }] });
    const hello = `/fhir/r4/Patient/${body.id}/$hello`;
    expect(await server.ask(hello, { token })).toMatchObject({
      status: 200,
      body: { resourceType: 'Parameters', parameter: [{ name: 'greeting', valueString: 'Hello, Roe!' }] },
    });
    const refused = await server.ask(hello, { token: await small() });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([403, expect.stringContaining('user/Patient.r')]);
    const { body: metadata } = await server.ask('/fhir/r4/metadata');
    expect(JSON.stringify(metadata)).toContain('"hello"');
  });

  it('limits by a policy', async () => {
    const basic = { resourceType: 'Basic', code: { text: 'x' } };
    const refused = await post(server, token, basic);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([403, expect.stringContaining('no-basic')]);
  });

  it('finds by a search parameter', async () => {
    const extension = [{ url: 'http://example.org/ward', valueCode: 'cardiology' }];
    const placed = { resourceType: 'Patient', name: [{ family: 'Placed' }], extension };
    await post(server, token, placed);
    const found = await server.ask('/fhir/r4/Patient?ward=cardiology', { token });
    expect(found.body.entry).toMatchObject([{ resource: { name: [{ family: 'Placed' }] } }]);
  });
});

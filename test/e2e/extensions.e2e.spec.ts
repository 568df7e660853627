// ADR 64: the stock command loads extensions by name, from another folder than its own
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtSource } from '../support/built-source.js';
import { type CommandResult, finished } from '../support/command-line.js';
import { ExtensionFolder, featureText } from '../support/extension-folder.js';
import { freePort } from '../support/free-port.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { callFhir, logInAt, processPassword } from '../support/server-process.js';

let folder: ExtensionFolder;
let database: FreshDatabase;

beforeAll(async () => {
  folder = await ExtensionFolder.make();
  database = await freshDatabase();
});

afterAll(async () => {
  await folder.remove();
  await database.drop();
});

async function start(args: readonly string[], variables: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    ADMIN_PASSWORD: processPassword,
    LOGIN: 'on',
    LOG_LEVEL: 'error',
    ...variables,
  };
  return spawn(process.execPath, [join(await builtSource(), 'cli/main.js'), ...args], { env, cwd: folder.path });
}

const run = async (args: readonly string[], variables: Readonly<Record<string, string>>): Promise<CommandResult> =>
  finished(await start(args, variables));

const linesOf = ({ remarks }: CommandResult): readonly string[] => remarks.split('\n');

describe('an extension that EXTENSIONS names', () => {
  const extensions = { EXTENSIONS: '@acme/cardio', CARDIO_HIGHEST_RATE: '250' };
  let server: ChildProcess;
  let base: string;
  let token: string;

  beforeAll(async () => {
    await folder.installExample('cardio-extension');
    const port = await freePort();
    server = await start(['start'], { ...extensions, PORT: String(port) });
    let said = '';
    server.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (text: Buffer) => text.toString().includes('listens on') && resolve());
      server.on('close', () => reject(new Error(said)));
    });
    base = `http://127.0.0.1:${port}/fhir/r4`;
    token = (await logInAt(base)).access;
  }, 120_000);

  afterAll(async () => {
    server.kill();
    await once(server, 'close');
  });

  const call = (method: string, path: string, body?: object) =>
    callFhir(base, { method, path, token, ...(body && { body }) });

  const rate = (value: number, patient = 'p1') => ({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: `Patient/${patient}` },
    device: { identifier: { system: 'urn:acme:device', value: '42' } },
    valueQuantity: { value, unit: '/min' },
  });

  it('brings hooks, operations and search parameters', async () => {
    expect((await call('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' })).status).toBe(201);
    expect((await call('POST', 'Observation', rate(180))).status).toBe(201);
    const refused = await call('POST', 'Observation', rate(251));
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).toContain('above 250, the limit of this patient');
    const short = await call('GET', 'Patient/p1/$heart-rate');
    expect(short.body.parameter).toEqual([
      { name: 'measured', valueInteger: 1 },
      { name: 'fastest', valueDecimal: 180 },
      { name: 'limit', valueInteger: 250 },
    ]);
    expect((await call('GET', 'Observation?device-identifier=urn:acme:device|42')).body.total).toBe(1);
    expect((await call('GET', 'Observation?device-identifier=urn:acme:device|43')).body.total).toBe(0);
  });

  it('brings a command, which works on its own table beside the running server', async () => {
    const { exitCode, output } = await run(['cardio', 'limit', 'p2', '120'], extensions);
    expect([exitCode, output]).toEqual([0, 'Heart rates of Patient/p2 above 120 are refused from now on.']);
    expect((await call('PUT', 'Patient/p2', { resourceType: 'Patient', id: 'p2' })).status).toBe(201);
    expect((await call('POST', 'Observation', rate(121, 'p2'))).status).toBe(422);
  });

  it('tells a failure of its command in one line', async () => {
    const { exitCode, remarks } = await run(['cardio', 'limit', 'p2', 'fast'], extensions);
    expect([exitCode, remarks]).toEqual([
      1,
      'lanyard cardio (@acme/cardio): The rate is a number of beats per minute, not "fast".',
    ]);
  });

  it('has its part in /health/ready, and its migrations are none of a newer release', async () => {
    const ready = await fetch(new URL('/health/ready', base));
    expect(await ready.json()).toMatchObject({ status: 'ok', '@acme/cardio/limits': 'up' });
    const { output } = await run(['doctor', '--json'], {});
    const { findings } = JSON.parse(output) as { findings: { check: string; fact: string }[] };
    expect(findings.find(({ check }) => check === 'migrations')?.fact).not.toContain('newer');
  });

  it('is listed with all that it brings', async () => {
    const { exitCode, output } = await run(['extensions'], extensions);
    expect(exitCode).toBe(0);
    const lines = output.split('\n').map((line) => line.trim().replace(/ {2,}/, ' '));
    expect(lines).toEqual([
      '@acme/cardio 1.0.0',
      'operation $heart-rate',
      expect.stringMatching(/^hook \d+\. plausible-heart-rate: Observation; 5000 ms at most$/),
      'beforeWrite',
      'policy monitors-see-heart-rates',
      'search parameter Observation: device-identifier',
      'setting CARDIO_HIGHEST_RATE: Heart rates above it, per minute, are not stored.',
      'migration ext_acme_cardio__Limit1764547200000',
      'health @acme/cardio/limits',
      'command lanyard cardio: limits of heart rates',
    ]);
  });

  it('is listed by a running server with calls and times, for who administers jobs', async () => {
    const { exitCode, output } = await run(['extensions', '--server', new URL(base).origin, '--token', token], {});
    expect(exitCode).toBe(0);
    const lines = output.split('\n').map((line) => line.trim().replace(/ {2,}/, ' '));
    expect(lines[1]).toBe('@acme/cardio 1.0.0');
    expect(lines).toContainEqual(
      expect.stringMatching(/^operation \$heart-rate \(1 calls, 0 errors, 0 refusals, p95 [\d.]+ ms\)$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^beforeWrite \(3 calls, 0 errors, 2 refusals, p95 [\d.]+ ms\)$/),
    );
    const unnamed = await run(['extensions', '--server', base, '--token', token], {});
    expect([unnamed.exitCode, unnamed.remarks]).toEqual([
      1,
      expect.stringMatching(/\/fhir\/r4\/admin\/extensions .*404/),
    ]);
    const without = await run(['extensions', '--server', base], {});
    expect([without.exitCode, without.remarks]).toEqual([2, expect.stringContaining('admin/Job.r')]);
  });

  it('is not needed by a server or a command on the same database', async () => {
    const { exitCode, output } = await run(['migrate'], {});
    expect([exitCode, output]).toEqual([0, 'The schema is up to date: nothing to do.']);
  });
});

describe('an extension with tenants', () => {
  const variables = { EXTENSIONS: '@acme/cardio', CARDIO_HIGHEST_RATE: '250', TENANTS: 'path' };
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    await folder.installExample('cardio-extension');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const password = join(folder.path, 'password');
    await writeFile(password, processPassword);
    const made = await run(['tenant', 'create', 'west', '--password-file', password], {
      ...variables,
      PUBLIC_URL: url,
    });
    if (made.exitCode !== 0) throw new Error(made.remarks);
    server = await start(['start'], { ...variables, PUBLIC_URL: url, PORT: String(port) });
    let said = '';
    server.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (text: Buffer) => text.toString().includes('listens on') && resolve());
      server.on('close', () => reject(new Error(said)));
    });
  }, 120_000);

  afterAll(async () => {
    server.kill();
    await once(server, 'close');
  });

  it('keeps the rows of each tenant apart', async () => {
    const inWest = await run(['--tenant', 'west', 'cardio', 'limit', 'p1', '100'], { ...variables, PUBLIC_URL: url });
    expect([inWest.exitCode, inWest.output]).toEqual([
      0,
      'Heart rates of Patient/p1 above 100 are refused from now on.',
    ]);
    const limitAt = async (base: string): Promise<unknown> => {
      const { access: token } = await logInAt(base);
      await callFhir(base, { method: 'PUT', path: 'Patient/p1', token, body: { resourceType: 'Patient', id: 'p1' } });
      const { body } = await callFhir(base, { method: 'GET', path: 'Patient/p1/$heart-rate', token });
      return body.parameter.at(-1);
    };
    expect(await limitAt(`${url}/t/west/fhir/r4`)).toEqual({ name: 'limit', valueInteger: 100 });
    expect(await limitAt(`${url}/fhir/r4`)).toEqual({ name: 'limit', valueInteger: 250 });
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ '@acme/cardio/limits': 'up' });
  });
});

describe('a start with extensions that do not fit', () => {
  it('tells all that is wrong at once, each in a line with a cure', async () => {
    const sound = featureText;
    const plain = { 'lanyard-fhir': '*' };
    await folder.install('too-new', sound('too-new'), { peerDependencies: { 'lanyard-fhir': '^9.0.0' } });
    await folder.install('no-range', sound('no-range'), { peerDependencies: {} });
    await folder.install('bad-range', sound('bad-range'), { peerDependencies: { 'lanyard-fhir': 'latest!' } });
    await folder.install('own-copy', sound('own-copy'), { dependencies: { '@nestjs/core': '^11.0.0' } });
    await folder.install('old-nest', sound('old-nest'), { peerDependencies: { ...plain, '@nestjs/common': '^9.0.0' } });
    await folder.install('unbuilt', sound('unbuilt'), { exports: './dist/index.js' });
    await folder.install('other-name', sound('other-name'), { name: 'somebody-else' });
    await folder.install('no-default', 'export const module = 1;');
    await folder.install('no-module', 'export default () => 1;');
    await folder.install('throws', `\nthrow new Error('no licence');`);
    await folder.install('hangs', 'await new Promise(() => setInterval(() => undefined, 1000));');
    await folder.install('unnamed', sound('@acme/other'));
    await folder.install('empty', 'export default { module: class Made {} };');
    await folder.install(
      'foreign',
      `export default { module: class Other {}, [Symbol.for('lanyard-fhir/feature')]: { name: 'foreign' } };`,
    );
    const settings = (prefix: string, name: string): string =>
      `settings: extensionSettings('${prefix}', { ${name}: z.string().regex(/^a/).meta({ example: 'abc', secret: true }) })`;
    await folder.install('bad-prefix', sound('bad-prefix', settings('DATABASE', 'DATABASE_COLOUR')));
    await folder.install('bad-key', sound('bad-key', settings('KEYED', 'OTHER')));
    await folder.install('setting', sound('setting', settings('COLOURED', 'COLOURED_KEY')));
    await folder.install('migrates', sound('migrates', `migrations: [{ name: 'First', up: async () => undefined }]`));
    const command = `commands: [{ name: 'user', description: '', build: () => undefined }]`;
    await folder.install('commands', sound('commands', command));
    const names =
      'absent,./nowhere,too-new,no-range,bad-range,own-copy,old-nest,unbuilt,other-name,no-default,no-module,throws,hangs,unnamed,' +
      'empty,foreign,bad-prefix,bad-key,setting,migrates,commands,./node_modules/migrates';
    const result = await run(['start'], { EXTENSIONS: names, COLOURED_KEY: 'secret words', PORT: 'seven' });
    expect(result.exitCode).toBe(1);
    const lines = linesOf(result).map((line) => line.replaceAll(folder.path, '…'));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('__snapshots__/extensions-that-do-not-fit.txt');
    expect(result.remarks).not.toContain('secret words');
    expect(lines).toHaveLength(23);
  });

  it('names both sides where features clash, and a provider that cannot be made', async () => {
    const operation = `class Hello { declaration = { code: 'hello', level: ['system'], affectsState: false, access: 'any-token', documentation: 'Hello.' }; run() { return {}; } }`;
    await folder.install('one', featureText('one', 'operations: [Hello]', operation));
    await folder.install('two', featureText('two', 'operations: [Hello]', operation));
    const { exitCode, remarks } = await run(['start'], { EXTENSIONS: 'one,two', PORT: '0' });
    expect(exitCode).toBe(1);
    expect(remarks).toMatch(/^EXTENSIONS: two: \$hello is an operation of one already\. Give this one another code\.$/);
    expect(remarks.split('\n')).toHaveLength(1);
  });

  it('does not start when a migration changes what is not its own, and keeps nothing of it', async () => {
    const text = `migrations: [{ name: 'Wide1764547200000', up: (db) => db.query('ALTER TABLE resource ADD COLUMN mine text') }]`;
    await folder.install('wide', featureText('wide', text));
    const { exitCode, remarks } = await run(['start'], { EXTENSIONS: 'wide', PORT: '0' });
    expect([exitCode, remarks]).toEqual([
      1,
      expect.stringMatching(
        /^EXTENSIONS: the migration Wide1764547200000 of wide changes table resource.* which is not its own; nothing of it was kept\. What it makes and changes is named ext_wide__…$/,
      ),
    ]);
  });
});

import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, lanyard, lanyardProcess, spawnLanyard } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { listening, ServerBeside, stop } from '../support/server-beside.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

/** The command line beside a running server, by commands that are processes of their own and others that share one. */
let server: ServerBeside;
const adminPassword = 'cli-admin-password';

beforeAll(async () => {
  server = await ServerBeside.start(adminPassword);
});
afterAll(() => server.close());

const run = (...args: string[]) => server.run(...args);
const path = (name: string): string => server.path(name);

describe('lanyard', () => {
  it('runs from a clone', async () => {
    const bin = fileURLToPath(new URL('../../bin/lanyard.mjs', import.meta.url));
    const { exitCode, output } = await finished(spawn(bin, ['--help']));
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Usage: lanyard/);
  });

  it('works beside a server, and ends, as a process of its own', async () => {
    const { exitCode, output, remarks } = await lanyardProcess(server.variables, ['user', 'list']);
    expect([exitCode, remarks]).toEqual([0, '']);
    expect(output).toMatch(/^admin +active/m);
  });

  it('fails as a process of its own', async () => {
    const { exitCode, remarks } = await lanyardProcess({ ...server.variables, PORT: 'x' }, ['user', 'list']);
    expect(exitCode).toBe(1);
    expect(remarks).toContain('PORT: must be a whole number');
  });

  it('ends quietly when whoever reads its output, such as head, has had enough', async () => {
    const bin = fileURLToPath(new URL('../../bin/lanyard.mjs', import.meta.url));
    const child = spawn(process.execPath, [bin, '--help']);
    child.stdout.destroy();
    const { exitCode, remarks } = await finished(child);
    expect([exitCode, remarks]).toEqual([0, '']);
  });

  it.each([
    [[]],
    [['--help']],
    [['user', '--help']],
    [['client', 'add', '--help']],
    [['apply', '--help']],
    [['token', 'get', '--help']],
    [['launch', '--help']],
    [['quickstart', '--help']],
  ])('teaches: %j', async (args) => {
    const { exitCode, output, remarks } = await run(...args);
    expect(exitCode).toBe(args.length === 0 ? 2 : 0);
    expect(output + remarks).toContain('Usage: lanyard');
  });

  it.each([
    [['usr', 'list'], 'Did you mean user?'],
    [['user', 'add', 'x'], 'Say what the user may do: --grants "user/*.rs", or --administrator, or both.'],
    [['user', 'list', '--jsn'], 'Did you mean --json?'],
    [['user', 'set', 'admin'], 'Nothing to change'],
    [['launch', '--client', 'x', '--user', 'y', '--patient', 'p1'], 'no client "x"'],
    [['token', 'get', '--client', 'x', '--scope', 'y'], 'Say how the client proves who it is'],
    [['token', 'registration', '--expires', 'soon'], '--expires is a time such as'],
    [['token', 'registration', '--uses', 'many'], '--uses is a whole number'],
    [['apply', '-f', '/nowhere.yaml'], 'Cannot read /nowhere.yaml (ENOENT)'],
    [['quickstart', '--base', 'fhir.example'], '--base is a URL'],
  ])('says what is wrong with %j', async (args, why) => {
    const { exitCode, output, remarks } = await run(...args);
    expect(remarks).toContain(why);
    expect(output).toBe('');
    expect(exitCode).toBe(args[0] === 'launch' ? 1 : 2);
  });

  it('says which setting is wrong, as the server does', async () => {
    const { exitCode, remarks } = await lanyard({ ...server.variables, PORT: 'x' }, ['user', 'list']);
    expect(exitCode).toBe(1);
    expect(remarks).toContain('PORT: must be a whole number');
  });

  it('has nothing to manage where the server has no users', async () => {
    const off = { ...server.variables, EMBEDDED_ISSUER: 'off', LOGIN: 'off' };
    expect(await lanyard(off, ['user', 'list'])).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('EMBEDDED_ISSUER: is off'),
    });
  });
});

describe('lanyard user', () => {
  it('adds, lists, changes and disables a user, whose logins follow at once', async () => {
    const made = await run('user', 'add', 'dr-jane', '--grants', 'user/*.rs', '--fhir-user', 'Practitioner/p1');
    expect(made.exitCode, made.remarks).toBe(0);
    const password = made.output;
    expect(await logIn('dr-jane', password)).toBe(200);

    await writeFile(path('password'), 'another password\n');
    const person = await run('user', 'set', 'dr-jane', '--fhir-user', 'Person/pat1');
    expect(person.remarks).toContain('user/ scopes of a Person count for nothing');
    const set = await run('user', 'set', 'dr-jane', '--password-file', path('password'), '--no-fhir-user');
    expect(set).toMatchObject({ exitCode: 0, output: '' });
    expect(await logIn('dr-jane', password)).toBe(401);
    expect(await logIn('dr-jane', 'another password')).toBe(200);

    const ended = await run('user', 'end-sessions', 'dr-jane');
    expect([ended.exitCode, ended.remarks]).toEqual([
      0,
      expect.stringContaining('The sessions of "dr-jane" are ended'),
    ]);
    const disabled = await run('user', 'disable', 'dr-jane');
    expect(disabled.exitCode).toBe(0);
    expect(await logIn('dr-jane', 'another password')).toBe(401);
    const { output } = await run('user', 'list');
    expect(output).toMatch(/^NAME +STATE +FHIR USER +CONSENTS +GRANTS$/m);
    expect(output).toMatch(/^dr-jane +disabled +- +enforced +user\/\*\.rs$/m);
    expect(output).toMatch(
      /^admin +active +- +enforced, own ids +user\/\*\.cruds user\/AuditEvent\.rs admin\/\*\.cruds$/m,
    );
  });

  it('gives and takes what stands against Consents', async () => {
    const consents = async () =>
      /^loader +active +- +(\S.*\S) +user\/\*\.cruds$/m.exec((await run('user', 'list')).output)?.[1];
    await run('user', 'add', 'loader', '--grants', 'user/*.cruds', '--own-ids');
    expect(await consents()).toBe('enforced, own ids');
    await run('user', 'set', 'loader', '--no-own-ids', '--break-glass');
    expect(await consents()).toBe('enforced, break glass');
    await run('user', 'set', 'loader', '--consent-exempt');
    expect(await consents()).toBe('exempt');
    expect((await run('user', 'disable', 'loader')).exitCode).toBe(0);
  });

  it('reads a password from the standard input', async () => {
    const made = await lanyard(
      server.variables,
      ['user', 'add', 'piped', '--grants', 'user/*.rs', '--password-file', '-'],
      'violet tractor september\n',
    );
    expect(made).toMatchObject({ exitCode: 0, output: '' });
    expect(await logIn('piped', 'violet tractor september')).toBe(200);
  });

  it('refuses what the server would not take', async () => {
    expect(await run('user', 'add', 'x', '--grants', 'system/*.rs')).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('write user/*.rs'),
    });
    expect(await run('user', 'disable', 'nobody')).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('There is no user nobody.'),
    });
    expect(await run('user', 'add', 'admin', '--grants', 'user/*.rs')).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('There is a user admin already.'),
    });
  });
});

describe('lanyard client and token', () => {
  it('make a backend service and a token for it, which the server takes', async () => {
    const key = path('service.json');
    const made = await run(
      'client',
      'add',
      'nightly',
      '--name',
      'Nightly',
      '--new-key',
      key,
      '--scope',
      'system/Patient.rs',
    );
    expect(made).toMatchObject({ exitCode: 0, output: 'nightly' });
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    const got = await run('token', 'get', '--client', 'nightly', '--key', key, '--scope', 'system/Patient.rs');
    expect(got.exitCode, got.remarks).toBe(0);
    expect(await read('Patient', got.output)).toBe(200);
    expect(await read('Observation', got.output)).toBe(403);

    const again = await run(
      'client',
      'add',
      'nightly-2',
      '--name',
      'Nightly',
      '--new-key',
      key,
      '--scope',
      'system/Patient.rs',
    );
    expect(again).toMatchObject({ exitCode: 2, remarks: expect.stringContaining('is not overwritten') });

    const removed = await run('client', 'remove', 'nightly');
    expect(removed.exitCode).toBe(0);
    // The running server hears of it within seconds.
    const ask = () => read('Patient', got.output);
    expect(await withinFiveSeconds(ask, (status) => status !== 200)).toBe(401);
    // Until then it may still give a token, which is as dead as those before it.
    await expect
      .poll(
        async () => {
          const late = await run('token', 'get', '--client', 'nightly', '--key', key, '--scope', 'system/Patient.rs');
          if (late.exitCode === 0) expect(await read('Patient', late.output)).toBe(401);
          return late;
        },
        { timeout: 30_000 },
      )
      .toMatchObject({
        exitCode: 1,
        output: '',
        remarks: expect.stringContaining('gave no token: 401 invalid_client'),
      });
  });

  it('leave no key behind when the client is refused', async () => {
    const key = path('refused.json');
    const refused = await run('client', 'add', '--name', 'X', '--new-key', key, '--scope', 'patient/*.rs');
    expect(refused).toMatchObject({ exitCode: 1, remarks: expect.stringContaining('needs a user') });
    await expect(stat(key)).rejects.toThrow('ENOENT');
  });

  it('make a confidential app, show it, and replace its secret', async () => {
    const made = await run(
      'client',
      'add',
      'portal',
      '--name',
      'Portal',
      '--secret',
      '--redirect-uri',
      'https://portal.example/cb',
      '--scope',
      'openid patient/*.rs',
    );
    const [id, secret] = made.output.split('\n');
    expect(id).toBe('portal');
    expect(secret).toMatch(/^[\w-]{43}$/);
    const shown = JSON.parse((await run('client', 'show', 'portal')).output) as object;
    expect(shown).toMatchObject({ id: 'portal', kind: 'confidential-symmetric', hasSecret: true, createdBy: 'admin' });
    expect(JSON.stringify(shown)).not.toContain('sha256');
    expect((await run('client', 'set', 'portal', '--own-ids', '--clearance', 'R')).exitCode).toBe(0);
    const changed = JSON.parse((await run('client', 'show', 'portal')).output) as object;
    expect(changed).toEqual({ ...shown, ownIds: true, clearance: 'R' });
    await run('client', 'set', 'portal', '--no-own-ids', '--no-clearance');
    expect(JSON.parse((await run('client', 'show', 'portal')).output)).toEqual(shown);
    expect(await run('client', 'set', 'portal')).toMatchObject({ exitCode: 2 });
    const rotated = await run('client', 'rotate-secret', 'portal');
    expect(rotated.output).toMatch(/^[\w-]{43}$/);
    expect(rotated.output).not.toBe(secret);
    const listed = JSON.parse((await run('client', 'list', '--json')).output) as { id: string }[];
    expect(listed.map((client) => client.id)).toContain('portal');
    expect(await run('client', 'show', 'nobody')).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('no client "nobody"'),
    });
  });

  it('make an initial access token that registers one client', async () => {
    const { output: token } = await run('token', 'registration', '--scope', 'openid patient/*.rs', '--expires', '1h');
    const register = () =>
      fetch(`${server.variables['PUBLIC_URL']}/oauth2/register`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          redirect_uris: ['https://app.example/cb'],
          scope: 'patient/*.rs',
          token_endpoint_auth_method: 'none',
        }),
      });
    expect((await register()).status).toBe(201);
    expect((await register()).status).toBe(401);
  });
});

describe('lanyard launch', () => {
  it('prints the address that opens the app, with a launch of this server', async () => {
    await run(
      'client',
      'add',
      'chart',
      '--name',
      'Chart',
      '--redirect-uri',
      'https://app.example/cb',
      '--launch-url',
      'https://app.example/launch?a=1',
      '--scope',
      'launch patient/*.rs',
    );
    const { exitCode, output, remarks } = await run(
      'launch',
      '--client',
      'chart',
      '--user',
      'admin',
      '--patient',
      'Patient/p1',
    );
    expect(exitCode, remarks).toBe(0);
    const url = new URL(output);
    expect(url.origin + url.pathname).toBe('https://app.example/launch');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      a: '1',
      iss: server.base,
      launch: expect.stringMatching(/^[\w-]{20,}$/),
    });
  });

  it('refuses apps that may not be launched, and users who cannot log in', async () => {
    expect(await run('launch', '--client', 'portal', '--user', 'admin')).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('may not be launched'),
    });
    expect(await run('launch', '--client', 'chart', '--user', 'nobody')).toMatchObject({ exitCode: 1 });
    expect(await run('launch', '--client', 'chart', '--user', 'admin', '--patient', 'a/b')).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('--patient is the id'),
    });
  });
});

describe('lanyard apply', () => {
  const clients = (scopes: string) => `
clients:
  - id: declared-app
    name: Declared app
    kind: public
    redirectUris: [https://declared.example/cb]
    scopes: ${scopes}
  - id: declared-portal
    name: Declared portal
    kind: confidential-symmetric
    redirectUris: [https://declared-portal.example/cb]
    scopes: [openid, patient/*.rs]
`;
  const users = `
users:
  - { name: declared-user, grants: user/*.rs, passwordFile: declared-password }
`;
  const files = () => path('declared');

  it('makes it so, and then has nothing to change', async () => {
    await mkdir(files());
    await writeFile(join(files(), 'clients.yaml'), clients('openid patient/*.rs'));
    await writeFile(join(files(), 'users.yaml'), users);
    await writeFile(join(files(), 'declared-password'), 'basket comet drizzle\n');
    const planned = await run('apply', '-f', files(), '--dry-run');
    expect(planned.exitCode, planned.remarks).toBe(3);
    expect(planned.output).toContain('+ client declared-app\n');
    expect(planned.output).toContain('Nothing was changed (--dry-run).');
    expect((await run('client', 'show', 'declared-app')).exitCode).toBe(1);

    const done = await run('apply', '-f', files());
    expect(done.exitCode, done.remarks).toBe(0);
    expect(done.output).toMatch(/secret of client declared-portal: [\w-]{43}$/m);
    expect(done.output).toContain('3 changed.');
    expect(await logIn('declared-user', 'basket comet drizzle')).toBe(200);
    for (const more of [[], ['--dry-run'], ['--prune', '--dry-run']]) {
      expect(await run('apply', '-f', files(), ...more)).toEqual({
        exitCode: 0,
        output: 'Nothing to change.',
        remarks: expect.any(String),
      });
    }
  });

  it('shows what differs, and changes that alone', async () => {
    await writeFile(join(files(), 'clients.yaml'), clients('openid patient/Patient.rs'));
    await writeFile(join(files(), 'users.yaml'), users.replace('user/*.rs', 'user/Patient.rs'));
    const { exitCode, output } = await run('apply', '-f', files());
    expect(exitCode).toBe(0);
    expect(output.split('\n')).toEqual([
      '~ user declared-user',
      '    grants: - "user/*.rs"  + "user/Patient.rs"',
      '    what the user is logged in to ends',
      '~ client declared-app',
      '    scopes: - "patient/*.rs"  + "patient/Patient.rs"',
      '2 changed.',
    ]);
  });

  it('prunes what it made, and nothing else', async () => {
    await writeFile(join(files(), 'clients.yaml'), 'clients: []');
    expect(await run('apply', '-f', files(), '--dry-run')).toMatchObject({ exitCode: 0 });
    const { exitCode, output } = await run('apply', '-f', files(), '--prune');
    expect(exitCode).toBe(0);
    expect(output).toContain('- client declared-app');
    expect(output).toContain('2 changed.');
    expect((await run('client', 'show', 'portal')).exitCode).toBe(0);
    expect((await run('client', 'show', 'declared-app')).exitCode).toBe(1);
  });

  it.each([
    [
      'clients: [{ id: x, name: X, kind: public, redirectUris: ["http://x.example/"] }]',
      'clients[0]: The redirect URI "http://x.example/" is http',
    ],
    ['clients: [{ name: X, kind: public }]', 'clients[0]: id is missing'],
    ['client: []', '"client" is not known. Was clients meant?'],
    ['issuers: []', 'TRUSTED_ISSUERS=@issuers.json'],
    ['users: [{ name: x, grants: [], password: x }]', 'Write it into a file of its own'],
    ['users: [{ name: x }]', 'users[0]: grants is missing'],
    ['users: [{ name: x, grants: [] }, { name: x, grants: [] }]', '"x" is declared already, in'],
    ['clients: [', 'wrong.yaml: '],
    ['[]', 'is not an object'],
  ])('changes nothing when a file is wrong: %s', async (text, why) => {
    await writeFile(path('wrong.yaml'), text);
    await writeFile(path('right.yaml'), 'users: [{ name: never-made, grants: [] }]');
    const { exitCode, remarks } = await run('apply', '-f', path('right.yaml'), path('wrong.yaml'));
    expect(remarks).toContain(why);
    expect(exitCode).toBe(1);
  });

  it('has made nothing of what stood beside something wrong', async () => {
    expect((await run('user', 'list')).output).not.toContain('never-made');
  });
});

describe('lanyard reindex', () => {
  it('indexes what is stored anew, and looks at a sample', async () => {
    const token = await accessToken('admin', adminPassword);
    const body = JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Indexed' }] });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
    expect((await fetch(`${server.base}/Patient`, { method: 'POST', headers, body })).status).toBe(201);
    const done = await run('reindex', '--type', 'Patient');
    expect(done.exitCode, done.remarks).toBe(0);
    expect(done.output).toMatch(/^Indexed [1-9]\d* versions anew; of [1-9]\d* looked at again, 0 differ\.$/);
    const verified = await run('reindex', '--type', 'Patient', '--verify');
    expect(verified).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^Indexed 0 versions/) });
    expect(await run('reindex', '--type', 'patient')).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('Did you mean Patient?'),
    });
  });
});

describe('the embedded database', () => {
  it('is managed beside its running server, and alone', async () => {
    const data = await mkdtemp(join(tmpdir(), 'lanyard-cli-data-'));
    await chmod(data, 0o711);
    const settings = { DATA_DIR: join(data, 'data'), PORT: String(await freePort()), ADMIN_PASSWORD: adminPassword };
    try {
      const alone = await lanyard(settings, ['user', 'add', 'early', '--grants', 'user/*.rs']);
      expect(alone.exitCode, alone.remarks).toBe(0);
      const running = await spawnLanyard(settings, ['start']);
      try {
        await listening(running);
        const beside = await lanyard(settings, ['user', 'list', '--json']);
        expect(beside.exitCode, beside.remarks).toBe(0);
        expect((JSON.parse(beside.output) as { name: string }[]).map(({ name }) => name)).toEqual(['admin', 'early']);
        expect(running.exitCode).toBeNull();
      } finally {
        await stop(running);
      }
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });
});

const logIn = async (user: string, password: string): Promise<number> => (await server.logIn(user, password)).status;
const accessToken = (user: string, password: string): Promise<string> => server.accessToken(user, password);
const read = (address: string, token: string): Promise<number> => server.read(address, token);

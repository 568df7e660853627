import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard, type Variables } from '../support/command-line.js';
import { freePort } from '../support/free-port.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { processPassword, ServerProcess } from '../support/server-process.js';

/** The command line beside a running server, each command a process of its own. */
let database: FreshDatabase;
let folder: string;
let variables: Variables;
let server: ServerProcess;
let base: string;

beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'lanyard-cli-'));
  const port = String(await freePort());
  const address = { PORT: port, HOST: '127.0.0.1', PUBLIC_URL: `http://127.0.0.1:${port}` };
  variables = { DATABASE_URL: database.url, LOGIN: 'on', ...address };
  server = await ServerProcess.start(database, address);
  base = server.base;
});
afterAll(async () => {
  await server.kill('SIGTERM');
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => lanyard(variables, args);
const path = (name: string): string => join(folder, name);

describe('lanyard token explain', () => {
  const tokenOf = async (scope: string): Promise<string> => {
    const answer = await fetch(`${base}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: processPassword, scope }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };

  it('says the same offline and online, but for what only the server knows', async () => {
    const token = await tokenOf('user/Patient.r');
    const asked = ['token', 'explain', token, '--request', 'GET Patient?name=x'];
    const offline = await run(...asked);
    const online = await run(...asked, '--server', base);
    expect([offline.exitCode, online.exitCode]).toEqual([0, 0]);
    expect(offline.output).toContain('  – signature: not looked at offline; --server asks a server that has the keys');
    expect(offline.output).toContain('It says (unverified):');
    expect(online.output).toContain('  ✔ signature');
    for (const { output } of [offline, online]) {
      expect(output).toContain('  ✔ issuer');
      expect(output).toContain('✘ GET Patient?name=x: answered 403.');
      expect(output).toContain('[scope-insufficient]\n    → Request a token that also has user/Patient.s');
    }
  });

  it('takes the token from the standard input, and bodies from files', async () => {
    await writeFile(
      path('bundle.json'),
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{ request: { method: 'GET', url: 'Patient/1' } }, { request: { method: 'DELETE', url: 'Patient/1' } }],
      }),
    );
    const token = await tokenOf('user/Patient.r');
    const asked = ['token', 'explain', '-', '--request', 'POST /', '--body', path('bundle.json')];
    const { output, exitCode } = await lanyard(variables, asked, `Bearer ${token}\n`);
    expect(exitCode).toBe(0);
    expect(output).toContain('– entry 0: GET Patient/1: not decided; nothing refuses it if the token counts.');
    expect(output).toContain('✘ entry 1: DELETE Patient/1: answered 403.');
    const json = await lanyard(variables, [...asked, '--json'], token);
    expect(JSON.parse(json.output)).toMatchObject({ resourceType: 'Parameters' });
    expect(json.output).not.toContain('"permitted",\n        "valueBoolean": true');
  });

  it('vouches for nothing offline but the checks that it made', async () => {
    const token = await tokenOf('user/Patient.rs');
    const [header, payload] = token.split('.');
    const { output } = await run('token', 'explain', `${header}.${payload}.AAAA`, '--request', 'GET Patient/p1');
    const green = output.split('\n').filter((line) => line.includes('✔'));
    expect(green.map((line) => line.replace('✔', '').trim())).toEqual([
      'form of the token',
      'kind of token',
      'signature algorithm',
      'critical extensions',
      'key id',
      'issuer',
      'audience',
      'times',
      'form of the claims',
      'proof of possession',
    ]);
    expect(output).toContain('– Policies are asked only for a token that counts.');
  });

  it('explains what is no token at all, and says what it cannot know', async () => {
    const opaque = await run('token', 'explain', 'opaque', '--request', 'GET Patient');
    expect([opaque.exitCode, opaque.output]).toEqual([0, expect.stringContaining('[token-opaque-unsupported]')]);
    const operation = await run('token', 'explain', await tokenOf('user/*.rs'), '--request', 'GET $my-access');
    expect([operation.exitCode, operation.remarks]).toEqual([1, expect.stringContaining('--server')]);
    const elsewhere = await run('token', 'explain', 'x', '--server', 'http://127.0.0.1:1/fhir/r4');
    expect([elsewhere.exitCode, elsewhere.remarks]).toEqual([1, expect.stringContaining('cannot be reached')]);
  });
});

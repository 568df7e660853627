// lanyard apply with tenants, and lanyard doctor for one of them (docs/tenants.md)
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { startTenants, type TenantsServer, until } from '../support/tenants.js';

let server: TenantsServer;
let folder: string;
beforeAll(async () => {
  server = await startTenants();
  folder = await mkdtemp(join(tmpdir(), 'tenant-commands-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const variables = () => ({ DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' });
async function apply(text: string, ...options: string[]) {
  const file = join(folder, 'tenants.yaml');
  await writeFile(file, text);
  return lanyard(variables(), ['apply', '-f', file, ...options]);
}
const shown = async (name: string) =>
  (await server.own.call('GET', `/admin/tenants/${name}`, { token: server.operator })).body;

describe('lanyard apply with tenants', () => {
  const declared = 'tenants:\n  - name: north\n    administrator: root\n    limits: { bytes: 1000000000, jobs: 2 }\n';

  it('makes those that there are not, with their limits, and shows their passwords once', async () => {
    const planned = await apply(declared, '--dry-run');
    expect([planned.exitCode, planned.output]).toEqual([3, expect.stringContaining('+ tenant north')]);
    expect((await server.own.call('GET', '/admin/tenants/north', { token: server.operator })).status).toBe(404);
    const made = await apply(declared);
    expect([made.exitCode, made.output]).toEqual([0, expect.stringMatching(/password of root at north: \S+/)]);
    const [, password = ''] = /password of root at north: (\S+)/.exec(made.output) ?? [];
    const north = server.tenant('north');
    await until(async () => (await north.call('GET', 'metadata')).status === 200);
    expect((await north.logIn('root', password)).scope).toContain('admin/*.cruds');
    expect((await shown('north')).limits).toEqual({ bytes: 1_000_000_000, jobs: 2 });
    expect((await apply(declared)).output).toContain('Nothing to change.');
  });

  it('changes limits and states to what is declared', async () => {
    const changed = await apply('tenants:\n  - { name: north, state: suspended, limits: { jobs: 3 } }\n');
    expect([changed.exitCode, changed.output]).toEqual([0, expect.stringContaining('bytes: 1000000000 -> nothing')]);
    expect(await shown('north')).toMatchObject({ state: 'suspended', limits: { jobs: 3 } });
    await apply('tenants:\n  - { name: north, limits: { jobs: 3 } }\n');
    expect((await shown('north')).state).toBe('active');
  });

  it.each([
    ['tenants:\n  - { name: No }\n', 'tenants[0]: Names of tenants are'],
    ['tenants:\n  - { name: fine, limits: { byte: 1 } }\n', 'tenants[0]: has to be like'],
    ['tenants:\n  - { name: fine, state: erased }\n', 'tenants[0]: has to be like'],
    ['tenants:\n  - { name: fine }\n  - { name: fine }\n', 'fine'],
    ['tenants:\n  - { name: fine }\n  - { name: default, state: suspended }\n', 'cannot be suspended'],
  ])('%j: says what is wrong', async (text, words) => {
    const result = await apply(text);
    expect([result.exitCode, result.remarks]).toEqual([1, expect.stringContaining(words)]);
    expect((await server.own.call('GET', '/admin/tenants/fine', { token: server.operator })).status).toBe(404);
  });

  it('makes nothing where a declared tenant is not whole', async () => {
    const setState = (state: string) =>
      rowsOf(server.database.connection, `UPDATE tenant SET state = '${state}' WHERE name = 'north'`);
    await setState('importing');
    const result = await apply('tenants:\n  - { name: fine }\n  - { name: north }\n');
    await setState('active');
    expect([result.exitCode, result.remarks]).toEqual([1, expect.stringContaining('lanyard tenant erase north')]);
    expect((await server.own.call('GET', '/admin/tenants/fine', { token: server.operator })).status).toBe(404);
  });

  it('is the operator’s', async () => {
    const file = join(folder, 'tenants.yaml');
    await writeFile(file, declared);
    const one = await lanyard(variables(), ['--tenant', 'north', 'apply', '-f', file]);
    expect([one.exitCode, one.remarks]).toEqual([1, expect.stringContaining('leave --tenant out')]);
    const off = await lanyard({ ...variables(), TENANTS: 'off' }, ['apply', '-f', file]);
    expect([off.exitCode, off.remarks]).toEqual([1, expect.stringContaining('TENANTS is off')]);
  });
});

describe('lanyard tenant create --from', () => {
  const create = async (name: string, text: string) => {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, text);
    return lanyard(variables(), ['tenant', 'create', name, '--from', file]);
  };
  const users = 'users:\n  - { name: jane, grants: user/*.rs }\n';
  const clients = (uri: string) =>
    `clients:\n  - { id: chart, name: Chart, kind: public, redirectUris: ['${uri}'], scopes: patient/*.rs }\n`;

  it('makes the tenant with what the file declares, and nothing of that at another', async () => {
    const made = await create('south', users + clients('https://app.example/back'));
    expect([made.exitCode, made.output]).toEqual([0, expect.stringMatching(/\+ user jane[^]*\+ client chart/)]);
    const [, password = ''] = /password of user jane: (\S+)/.exec(made.output) ?? [];
    const south = server.tenant('south');
    await until(async () => (await south.call('GET', 'metadata')).status === 200);
    expect((await south.logIn('jane', password)).scope).toContain('user/*.rs');
    expect((await lanyard(variables(), ['user', 'list'])).output).not.toContain('jane');
  });

  it('makes nothing of a file that cannot be read, or that has tenants', async () => {
    for (const [text, words] of [
      ['user: []\n', 'Was users meant?'],
      ['tenants:\n  - { name: fine }\n', 'a tenant has no tenants of its own'],
    ] as const) {
      const refused = await create('refused', text);
      expect([refused.exitCode, refused.remarks]).toEqual([1, expect.stringContaining(words)]);
    }
    expect((await lanyard(variables(), ['tenant', 'list'])).output).not.toContain('refused');
  });

  it('says how to go on where a declaration is refused', async () => {
    const result = await create('east', users + clients('no address'));
    expect([result.exitCode, result.remarks]).toEqual([1, expect.stringContaining('lanyard --tenant east apply -f')]);
    expect((await lanyard(variables(), ['--tenant', 'east', 'user', 'list'])).output).not.toContain('jane');
  });
});

describe('lanyard doctor', () => {
  it('of the operator counts tenants; of one tenant looks at its addresses, and at no others', async () => {
    const all = JSON.parse((await lanyard(variables(), ['doctor', '--json'])).output);
    const facts = (found: { findings: { group: string; fact: string }[] }, group: string) =>
      found.findings.filter((one) => one.group === group).map(({ fact }) => fact);
    expect(facts(all, 'tenants')).toEqual(['4 tenants.']);
    await until(async () => (await server.tenant('north').call('GET', 'metadata')).status === 200);
    const ran = await lanyard(variables(), ['--tenant', 'north', 'doctor', '--json']);
    const one = JSON.parse(ran.output);
    expect(facts(one, 'tenants')).toEqual([]);
    expect(JSON.stringify(one.findings)).toContain('/t/north');
    expect(one.healthy, ran.output).toBe(true);
    await lanyard(variables(), ['tenant', 'suspend', 'north']);
    const suspended = JSON.parse((await lanyard(variables(), ['--tenant', 'north', 'doctor', '--json'])).output);
    expect(facts(suspended, 'public address')).toEqual(['The tenant is suspended: its addresses answer 404.']);
    // Over HTTP it is for administrators of one server, who need not be operators.
    const overHttp = await server.own.call('GET', '/admin/doctor', { token: server.operator });
    expect([overHttp.status, facts(overHttp.body, 'tenants')]).toEqual([200, []]);
    const nowhere = await lanyard(variables(), ['--tenant', 'nowhere', 'doctor']);
    expect([nowhere.exitCode, nowhere.remarks]).toEqual([1, expect.stringContaining('There is no tenant "nowhere"')]);
  });
});

import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerBeside } from '../support/server-beside.js';
import { withinFiveSeconds } from '../support/within-five-seconds.js';

/** Commands that change something beside a running server: what it does then, and what is written down of them. */
let server: ServerBeside;
const adminPassword = 'cli-admin-password';

beforeAll(async () => {
  server = await ServerBeside.start(adminPassword);
});
afterAll(() => server.close());

const run = (...args: string[]) => server.run(...args);
const path = (name: string): string => server.path(name);

describe('what commands change', () => {
  it('is written down: who, what, whether it was done, and never a password, secret, key or launch', async () => {
    const made = await run('user', 'add', 'audited', '--grants', 'user/*.rs');
    const client = await run(
      'client',
      'add',
      'audited-app',
      '--name',
      'Audited',
      '--secret',
      '--scope',
      'patient/*.rs',
      '--redirect-uri',
      'https://a.example/cb',
    );
    await run('user', 'end-sessions', 'audited');
    await run('user', 'disable', 'audited');
    await run('user', 'disable', 'never-there');
    await run('client', 'remove', 'audited-app');
    await run(
      'client',
      'add',
      'chart',
      '--name',
      'Chart',
      '--redirect-uri',
      'https://a.example/cb',
      '--launch-url',
      'https://a.example/launch',
      '--scope',
      'launch patient/*.rs',
    );
    const launched = await run('launch', '--client', 'chart', '--user', 'admin', '--patient', 'p77');
    const token = await run('token', 'registration', '--scope', 'patient/*.rs');
    expect((await run('reindex', '--type', 'Basic')).exitCode).toBe(0);
    const events = await auditOf('entity-name=user,client,launch,registration,search&_count=500');
    const told = events.map(({ outcome, agent, entity }) => [outcome, agent[0].name, ...wordsOf(entity)].join(' '));
    const who = `${userInfo().username} (command line)`;
    expect(told).toEqual(
      expect.arrayContaining([
        `0 ${who} user audited command=lanyard user add grants=user/*.rs`,
        `0 ${who} user audited command=lanyard user end-sessions`,
        `0 ${who} user audited command=lanyard user set disabled=true`,
        `8 ${who} user never-there command=lanyard user set disabled=true failure=UserNotFound: There is no user never-there.`,
        `0 ${who} client Audited command=lanyard client add scope=patient/*.rs`,
        `0 ${who} client audited-app command=lanyard client remove`,
        `0 ${who} launch of chart command=lanyard launch client=chart user=admin`,
        `0 ${who} search index command=lanyard reindex type=Basic`,
        `0 ${who} registration token command=lanyard token registration uses=1 scope=patient/*.rs`,
      ]),
    );
    expect(JSON.stringify(events)).toContain('Patient/p77');
    const value = new URL(launched.output).searchParams.get('launch')!;
    for (const secret of [made.output, client.output.split('\n')[1]!, value, token.output])
      expect(JSON.stringify(events)).not.toContain(secret);
  }, 240_000);
});

describe('lanyard policy', () => {
  const file = (rule: string) => `
policyGroups:
  - { name: wards, members: [ward-nurse] }
policies:
  - name: adults
    description: Nurses see adults.
    assignedTo: { groups: [wards] }
    rules:
      - types: [Patient]
        ${rule}
`;

  it('checks, sets, lists, shows and removes policies, which the running server follows and the audit names', async () => {
    await writeFile(path('nurse'), 'ward password of a nurse\n');
    expect(
      (await run('user', 'add', 'ward-nurse', '--grants', 'user/*.rs', '--password-file', path('nurse'))).exitCode,
    ).toBe(0);
    const token = await tokenOf('ward-nurse', 'ward password of a nurse');
    expect(await read('Patient', token)).toBe(200);

    await writeFile(path('policies.yaml'), file('constrain: birthdate=lt2000-01-01 and more'));
    expect(await run('policy', 'check', path('policies.yaml'))).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('birthdate'),
    });
    await writeFile(path('policies.yaml'), file('deny: Nurses see no patients today.'));
    expect(await run('policy', 'check', path('policies.yaml'))).toMatchObject({
      exitCode: 0,
      output: '1 policies are as they should be; 2 would change.',
    });
    // The running server writes down what it decided, every few seconds.
    const trial = async () => (await run('policy', 'try', path('policies.yaml'))).output;
    await expect.poll(trial, { timeout: 30_000, interval: 1_000 }).toMatch(/^refused +1 +[12]$/m);
    expect(await trial()).toMatch(/ward-nurse.*Patient/);
    expect(await run('policy', 'try', '--remove', 'nowhere')).toMatchObject({
      exitCode: 1,
      remarks: expect.stringContaining('nowhere'),
    });
    expect(await run('policy', 'try')).toMatchObject({ exitCode: 1, remarks: expect.stringContaining('--remove') });
    expect(await read('Patient', token)).toBe(200);
    expect((await run('policy', 'set', path('policies.yaml'))).output.split('\n')).toEqual([
      '+ policy group wards',
      '+ policy adults',
    ]);
    const ask = () => read('Patient', token);
    expect(await withinFiveSeconds(ask, (status) => status !== 200)).toBe(403);
    expect((await run('policy', 'list')).output).toMatch(/^adults +1 +\S+ +.*command line.* +Nurses see adults\.$/m);
    expect(JSON.parse((await run('policy', 'show', 'adults')).output)).toMatchObject({ name: 'adults', version: 1 });
    expect((await run('policy', 'remove', 'adults')).exitCode).toBe(0);
    expect(await withinFiveSeconds(ask, (status) => status !== 403)).toBe(200);
    expect((await run('policy', 'history', 'adults')).output).toMatch(/^2 .*removed$/m);
    expect(await run('policy', 'remove', 'adults')).toMatchObject({ exitCode: 1 });
    const events = await auditOf('entity-name=policy');
    const told = events.map(({ outcome, entity }) => [outcome, ...wordsOf(entity).slice(0, 2)].join(' '));
    expect(told.toSorted()).toEqual([
      '0 policy adults command=lanyard policy remove',
      '0 policy adults command=lanyard policy set',
      '0 policy group wards command=lanyard policy set',
      '8 policy adults command=lanyard policy remove',
    ]);
  }, 240_000);
});

// eslint-disable-next-line typescript/no-explicit-any -- tests look into AuditEvents of any shape
async function auditOf(query: string): Promise<any[]> {
  const token = await tokenOf('admin', adminPassword);
  const answer = await fetch(`${server.base}/AuditEvent?${query}`, { headers: { authorization: `Bearer ${token}` } });
  const { entry = [] } = (await answer.json()) as { readonly entry?: readonly { readonly resource: object }[] };
  return entry.map(({ resource }) => resource);
}

/** The name of what was acted on, and what is told of it. */
// eslint-disable-next-line typescript/no-explicit-any -- tests look into AuditEvents of any shape
const wordsOf = (entities: any[]): string[] =>
  entities
    .filter(({ role }) => role?.code === '13')
    // eslint-disable-next-line typescript/no-explicit-any -- as above
    .flatMap(({ name, detail = [] }) => [name, ...detail.map((one: any) => `${one.type}=${one.valueString}`)]);

const tokenOf = (user: string, password: string): Promise<string> => server.accessToken(user, password);
const read = (address: string, token: string): Promise<number> => server.read(address, token);

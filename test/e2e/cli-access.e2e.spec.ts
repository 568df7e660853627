// lanyard user access, lanyard client access (docs/adr/0140)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { lanyard } from '../support/command-line.js';
import { aLabel, labelled } from '../support/consents.js';
import { createUser, type OauthServer, registerClient, startOauthServer } from '../support/oauth-server.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';

let server: OauthServer;
let app: string;

beforeAll(async () => {
  server = await startOauthServer();
  const labelledOne = { ...anObservation('Patient/p1'), id: 'o2', ...labelled(aLabel('V')) };
  const body = aBundle(
    'transaction',
    ...[{ ...aPatient(), id: 'p1' }, { ...anObservation('Patient/p1'), id: 'o1' }, labelledOne].map(putting),
  );
  const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const stored = await server.call('POST', '', { token, body });
  if (stored.status !== 200) throw new Error(stored.text);
  await createUser(server, { name: 'clinician', password: 'correct horse', grants: 'user/*.rs', clearance: 'N' });
  app = (await registerClient(server, { scopes: ['openid', 'user/Observation.rs'] })).client.id;
});
afterAll(() => server?.close());

const run = (...args: string[]) =>
  lanyard({ DATABASE_URL: server.database.url, PUBLIC_URL: server.url, CLEARANCE: 'R' }, args);

describe('lanyard user access', () => {
  it('says what a user may do, as the administration over HTTP does', async () => {
    const { exitCode: code, output: stdout } = await run('user', 'access', 'clinician', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ resourceType: 'Parameters' });
    const words = await run('user', 'access', 'clinician', '--scope', 'user/Patient.rs admin/User.r');
    expect(words.output).toContain('user: clinician');
    expect(words.output).not.toContain('expires');
    expect(words.output).toMatch(/Not granted\n {2}admin\/User\.r: /);
  });

  it('counts the record of a patient among all that is stored, by the token of an app', async () => {
    const { output: stdout } = await run('user', 'access', 'clinician', '--patient', 'p1');
    expect(stdout).toMatch(/^Observation +1 +2 +Labels above the clearance keep back 1\.$/m);
    expect(stdout).toMatch(/^Patient +1 +1$/m);
    const { output: json } = await run('user', 'access', 'clinician', '--client', app, '--patient', 'p1', '--json');
    const { types } = JSON.parse(json) as { readonly types: readonly JsonObject[] };
    expect(types.map(({ type, shown }) => [type, shown])).toEqual(
      expect.arrayContaining([
        ['Patient', 0],
        ['Observation', 1],
      ]),
    );
  });

  it('is written down in the audit trail, with the patient', async () => {
    await run('user', 'access', 'clinician', '--patient', 'p1');
    const token = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const found = await server.call('GET', 'AuditEvent?entity=Patient/p1&_sort=-date&_count=5', { token });
    expect(found.text).toContain('access of clinician');
    expect(found.text).toContain('lanyard user access');
  });

  it.each([
    [['user', 'access', 'nobody'], 1, /nobody/],
    [['user', 'access', 'clinician', '--client', 'none'], 1, /none/],
    [['user', 'access', 'clinician', '--patient', 'gone'], 1, /Patient\/gone/],
    [['user', 'access', 'clinician', '--patient', 'a/b'], 2, /no id of a Patient/],
    [['client', 'access', 'none'], 1, /none/],
  ])('%j exits with %i and says why', async (args, exit, words) => {
    const { exitCode: code, remarks: stderr, output: stdout } = await run(...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(words);
  });
});

describe('lanyard client access', () => {
  it('says what a client may do for itself', async () => {
    const made = await registerClient(server, {
      kind: 'confidential-symmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
    });
    const { id } = made.client;
    const { exitCode: code, output: stdout } = await run('client', 'access', id);
    expect(code).toBe(0);
    expect(stdout).toContain('system/Patient.rs');
    const record = await run('client', 'access', id, '--patient', 'p1');
    expect(record.output).toMatch(/^Patient +1 +1$/m);
    expect(record.output).toMatch(/^Observation +0 +2 +Scopes do not reach/m);
  });
});

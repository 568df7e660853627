// AUTH_BASIC: the password gives what a login would give, never more.
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { LOCAL_ISSUER, type LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { severable } from '../support/severed-database.js';
import { aUser, accountPassword, startLocalAuth, type LocalAuthServer } from '../support/local-auth.js';

let database: FreshDatabase;
let server: LocalAuthServer;
let issuer: LocalIssuer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startLocalAuth(database, { loginEnabled: true });
  issuer = server.get<LocalIssuer>(LOCAL_ISSUER);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

it('gives the principal of a login', async () => {
  const user = await aUser(server, { grants: 'user/*.rs', fhirUser: 'Practitioner/p1' });
  const principal = await issuer.principalOfPassword(user, accountPassword, 'here');
  const { body } = await server.post('/fhir/r4/login', { user, password: accountPassword });
  const { jti: _jti, sid: _sid, iat: _iat, exp: _exp, ...claims } = decodeJwt(String(body['access_token']));
  expect(principal).toMatchObject({
    issuer: claims.iss,
    local: true,
    subject: user,
    clientId: claims['client_id'],
    kind: 'user',
    scopes: ['user/*.rs'],
    fhirUser: { type: 'Practitioner', id: 'p1' },
    userWithoutFhirUser: 'allow',
    claims,
  });
});

it('does the work once for many requests, at once and afterwards', async () => {
  const user = await aUser(server);
  const before = server.passwords.checks;
  await Promise.all(Array.from({ length: 20 }, () => issuer.principalOfPassword(user, accountPassword, 'here')));
  await issuer.principalOfPassword(user, accountPassword, 'there');
  expect(server.passwords.checks - before).toBe(1);
});

it('refuses a wrong password each time, and counts it', async () => {
  const user = await aUser(server);
  await issuer.principalOfPassword(user, accountPassword, 'here');
  const before = server.passwords.checks;
  const wrong = (): Promise<unknown> => issuer.principalOfPassword(user, 'wrong', 'here');
  await expect(wrong()).rejects.toMatchObject({ status: 401, refusals: [{ code: 'login-failed' }] });
  await expect(wrong()).rejects.toMatchObject({ status: 401 });
  expect(server.passwords.checks - before).toBe(2);
});

it.each<[string, (name: string, accounts: LocalAccounts) => Promise<void>]>([
  ['a disabled user', (name, accounts) => accounts.disable(name)],
  ['another password', (name, accounts) => accounts.change(name, { password: 'another password' })],
  ['a second factor', async (name, accounts) => accounts.requireSecondFactor(await accounts.get(name), true)],
  [
    'a one-time password',
    async (name, accounts) =>
      void (await accounts.setOneTimePassword(await accounts.get(name), 'another password', 60)),
  ],
])('notices %s at once, whichever process made it', async (_what, change) => {
  const user = await aUser(server);
  await issuer.principalOfPassword(user, accountPassword, 'here');
  const other = await startLocalAuth(database);
  await change(user, other.get(LocalAccounts));
  await expect(issuer.principalOfPassword(user, accountPassword, 'here')).rejects.toMatchObject({ status: 401 });
  await other.close();
});

it('has the rights that the account has now, whichever process changed them', async () => {
  const user = await aUser(server, { grants: 'user/*.cruds admin/User.u' });
  const before = server.passwords.checks;
  expect(await issuer.principalOfPassword(user, accountPassword, 'here')).toMatchObject({ subject: user });
  const other = await startLocalAuth(database);
  await other.get(LocalAccounts).change(user, { grants: 'user/Patient.r', clearance: 'N' });
  const principal = await issuer.principalOfPassword(user, accountPassword, 'here');
  expect(principal).toMatchObject({ scopes: ['user/Patient.r'], clearance: 'N' });
  expect(server.passwords.checks - before).toBe(1);
  await other.close();
});

it('answers 503 without a database', async () => {
  const line = await severable(database);
  const alone = await startLocalAuth(line);
  await line.cut();
  const asked = alone.get<LocalIssuer>(LOCAL_ISSUER).principalOfPassword('a', 'b', 'here');
  await expect(asked).rejects.toMatchObject({ status: 503 });
  await alone.close();
});

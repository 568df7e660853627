// What a login gives is accepted where tokens are checked, and dies there with its session.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Authenticator, type Authentication } from '../../src/auth/authenticator.js';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { Revocations } from '../../src/auth/accounts/revocations.js';
import {
  aUser,
  basic,
  bearer,
  fhirBase,
  localAuthOptions,
  accountPassword,
  startLocalAuth,
  type LocalAuthServer,
} from '../support/local-auth.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let server: LocalAuthServer;
let other: LocalAuthServer;

beforeAll(async () => {
  database = await freshDatabase();
  [server, other] = await Promise.all([start(), start()]);
});

afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  await database.drop();
});

function start(): Promise<LocalAuthServer> {
  const { issuer: localIssuer, clockSkewSeconds } = localAuthOptions;
  const auth = { resource: fhirBase, issuers: [], clockSkewSeconds, basic: true, localIssuer };
  return startLocalAuth(database, {}, [AuthModule.forRoot(auth)]);
}

async function ask(headers: Readonly<Record<string, string>>, at: LocalAuthServer = server): Promise<Authentication> {
  const rawHeaders = Object.entries(headers).flat();
  const url = '/fhir/r4/Patient';
  return at.get(Authenticator).authenticate({ rawHeaders, url, method: 'GET', remoteAddress: '127.0.0.1' });
}

async function logIn(user: string): Promise<string> {
  const { body } = await server.post('/fhir/r4/login', { user, password: accountPassword });
  return String(body['access_token']);
}

const revoked = { refusals: [{ code: 'token-revoked' }] };

it('accepts the access token of a login on every server', async () => {
  const user = await aUser(server, { fhirUser: 'Practitioner/p1' });
  const token = await logIn(user);
  const principal = {
    subject: user,
    local: true,
    kind: 'user',
    scopes: ['user/*.cruds'],
    fhirUser: { type: 'Practitioner', id: 'p1' },
    userWithoutFhirUser: 'allow',
  };
  expect(await ask(bearer(token))).toMatchObject({ principal });
  expect(await ask(bearer(token), other)).toMatchObject({ principal });
});

it('gives a password and a token the same rights', async () => {
  const user = await aUser(server);
  const byToken = await ask(bearer(await logIn(user)));
  const byPassword = await ask(basic(user, accountPassword));
  const rights = (answer: Authentication): unknown => {
    if (!('principal' in answer)) return answer;
    const { issuer, local, subject, clientId, kind, scopes, fhirUser, userWithoutFhirUser } = answer.principal;
    return { issuer, local, subject, clientId, kind, scopes, fhirUser, userWithoutFhirUser };
  };
  expect(rights(byPassword)).toEqual(rights(byToken));
});

it('refuses a token that it has just accepted once the session has ended, here at once and there after a look', async () => {
  const token = await logIn(await aUser(server));
  expect(await ask(bearer(token))).toHaveProperty('principal');
  expect(await ask(bearer(token), other)).toHaveProperty('principal');
  await server.post('/fhir/r4/logout', undefined, bearer(token));
  expect(await ask(bearer(token))).toMatchObject(revoked);
  await other.get(Revocations).poll();
  expect(await ask(bearer(token), other)).toMatchObject(revoked);
});

it('refuses the tokens of a user who was disabled', async () => {
  const user = await aUser(server);
  const token = await logIn(user);
  expect(await ask(bearer(token))).toHaveProperty('principal');
  await server.get(LocalAccounts).disable(user);
  expect(await ask(bearer(token))).toMatchObject(revoked);
});

// Login with a password: POST /login and its answers.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { severable } from '../support/severed-database.js';
import {
  aUser,
  basic,
  bearer,
  fhirBase,
  accountPassword,
  startLocalAuth,
  type LocalAuthServer,
} from '../support/local-auth.js';

let database: FreshDatabase;
let server: LocalAuthServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startLocalAuth(database);
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

describe('POST /login', () => {
  it('gives tokens for HTTP Basic, with a password in UTF-8 that contains a colon', async () => {
    const user = await aUser(server, { fhirUser: 'Practitioner/p1' });
    const answer = await server.post('/fhir/r4/login', undefined, basic(user, accountPassword));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const { iat, exp } = answer.body as { iat: number; exp: number };
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'user/*.cruds', sub: user });
    expect(exp - iat).toBe(3600);
  });

  it('gives an access token of RFC 9068 for the FHIR base', async () => {
    const user = await aUser(server, { fhirUser: 'Practitioner/p1' });
    const { body } = await server.post('/fhir/r4/login', { user, password: accountPassword });
    const token = String(body['access_token']);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) });
    expect(decodeJwt(token)).toEqual({
      iss: 'https://fhir.example/oauth2',
      aud: fhirBase,
      sub: user,
      client_id: 'lanyard-login',
      scope: 'user/*.cruds',
      fhirUser: `${fhirBase}/Practitioner/p1`,
      iat: body['iat'],
      exp: body['exp'],
      jti: expect.any(String),
      sid: expect.any(String),
    });
  });

  it('gives the part of the scopes that was asked for and granted', async () => {
    const user = await aUser(server);
    const asked = { user, password: accountPassword, scope: 'user/Patient.r system/*.rs openid' };
    expect((await server.post('/fhir/r4/login', asked)).body['scope']).toBe('user/Patient.r');
    const byBasic = await server.post('/fhir/r4/login', { scope: 'user/Patient.r' }, basic(user, accountPassword));
    expect(byBasic.body['scope']).toBe('user/Patient.r');
  });

  it.each(['system/*.rs', ''])(
    'lists the grants when nothing of the scopes asked for is granted: "%s"',
    async (scope) => {
      const user = await aUser(server);
      const answer = await server.post('/fhir/r4/login', { user, password: accountPassword, scope });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        error: 'invalid_scope',
        error_description: expect.stringContaining('user/*.cruds'),
      });
    },
  );

  it('explains a wrong password without telling whether the user exists, after the same work', async () => {
    const user = await aUser(server);
    const before = server.passwords.checks;
    const wrong = await server.post('/fhir/r4/login', { user, password: 'wrong' });
    const wrongWork = server.passwords.checks - before;
    const unknown = await server.post('/fhir/r4/login', { user: 'nobody', password: 'wrong' });
    const unknownWork = server.passwords.checks - before - wrongWork;
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^login-failed: /),
      error_uri: 'https://fhir.example/docs/access#login-failed',
    });
    expect([wrongWork, unknownWork]).toEqual([1, 1]);
  });

  it('asks for Basic again only who sent it, so that a browser page with a form shows no dialogue', async () => {
    const byBasic = await server.post('/fhir/r4/login', undefined, basic('nobody', 'x'));
    expect(byBasic.headers['www-authenticate']).toBe('Basic realm="fhir", charset="UTF-8"');
    const byJson = await server.post('/fhir/r4/login', { user: 'nobody', password: 'x' });
    expect(byJson.headers['www-authenticate']).toMatch(
      /^Bearer realm="fhir", error="invalid_grant", error_description="[^"\\]+"$/,
    );
  });

  it('says the same of a disabled account as of a wrong password', async () => {
    const user = await aUser(server);
    await server.get(LocalAccounts).disable(user);
    const answer = await server.post('/fhir/r4/login', { user, password: accountPassword });
    expect(answer).toMatchObject({ status: 401, body: { error_description: expect.stringContaining('login-failed') } });
  });

  it('replaces a hash that was made with less work than today', async () => {
    const user = await aUser(server);
    const hashOf = async (): Promise<string | undefined> => {
      const sql = 'SELECT password_hash FROM user_account WHERE name = $1';
      const [row] = await server.dataSource.query<{ password_hash: string }[]>(sql, [user]);
      return row?.password_hash;
    };
    const old = "UPDATE user_account SET password_hash = replace(password_hash, 'ln=14', 'ln=13') WHERE name = $1";
    await server.dataSource.query(old, [user]);
    await server.post('/fhir/r4/login', { user, password: 'wrong' });
    expect(await hashOf()).toContain('ln=13');
    expect((await server.post('/fhir/r4/login', { user, password: accountPassword })).status).toBe(200);
    expect(await hashOf()).toContain('ln=14');
  });

  it.each([
    { sent: 'nothing', status: 401, reason: 'no-credentials' },
    { sent: 'a Bearer token', headers: bearer('x'), status: 401, reason: 'no-credentials' },
    { sent: 'a user without password', body: { user: 'a' }, status: 400, reason: 'no password' },
    { sent: 'other names', body: { username: 'a', password: 'b' }, status: 400, reason: 'it has username, password' },
    { sent: 'a number', body: { user: 'a', password: 1 }, status: 400, reason: 'password has to be a text' },
    {
      sent: 'two passwords',
      body: { user: 'a', password: 'b' },
      headers: basic('a', 'b'),
      status: 400,
      reason: 'multiple-credentials',
    },
    { sent: 'an array', body: ['a'], status: 400, reason: 'is not a JSON object' },
    {
      sent: 'a user name that PostgreSQL cannot store',
      body: { user: 'a\u0000', password: 'b' },
      status: 401,
      reason: 'login-failed',
    },
  ])('explains $sent', async ({ body, headers = {}, status, reason }) => {
    const answer = await server.post('/fhir/r4/login', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body['error_description']).toContain(reason);
  });

  it('explains that a form is not JSON', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.request('POST', '/fhir/r4/login', headers, 'user=a&password=b');
    expect(answer.status).toBe(415);
    expect(answer.body['error_description']).toContain('application/json');
  });

  it('takes the empty form that curl sends', async () => {
    const headers = {
      ...basic(await aUser(server), accountPassword),
      'content-type': 'application/x-www-form-urlencoded',
    };
    expect((await server.request('POST', '/fhir/r4/login', headers, '')).status).toBe(200);
  });
});

describe('another method', () => {
  it('is answered with how to log in', async () => {
    const answer = await server.request('GET', '/fhir/r4/login');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(answer.body['error_description']).toContain(`curl -X POST -u USER:PASSWORD ${fhirBase}/login`);
  });

  it.each(['PUT', 'DELETE', 'PATCH'] as const)('%s is refused', async (method) => {
    expect(await server.request(method, '/fhir/r4/login')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await server.request(method, '/fhir/r4/revoke')).toMatchObject({ status: 405 });
  });
});

describe('LOGIN=off', () => {
  it('answers 404 that names the setting, and still ends what was begun', async () => {
    const { body } = await server.post('/fhir/r4/login', { user: await aUser(server), password: accountPassword });
    const off = await startLocalAuth(database, { loginEnabled: false });
    try {
      for (const path of ['/fhir/r4/login', '/fhir/r4/refresh']) {
        const answer = await off.post(path, { user: 'a', password: 'b' });
        expect(answer.status).toBe(404);
        expect(answer.body['error_description']).toMatch(/^login-disabled: .*LOGIN=off/);
      }
      expect((await off.post('/fhir/r4/logout', { refresh_token: body['refresh_token'] })).status).toBe(204);
    } finally {
      await off.close();
    }
  });
});

describe('the first user', () => {
  it('is made once, with a generated password, by whichever of two servers is first', async () => {
    const accounts = server.get(LocalAccounts);
    const results = await Promise.all([accounts.ensureAdmin('first'), accounts.ensureAdmin('first')]);
    const [made] = results.filter(({ created }) => created);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    const login = await server.post('/fhir/r4/login', undefined, basic('first', made?.generatedPassword ?? ''));
    expect(login.body['scope']).toBe('user/*.cruds user/AuditEvent.rs admin/*.cruds');
  });

  it('gets the password that is set, and sessions of the old one end', async () => {
    const accounts = server.get(LocalAccounts);
    expect(await accounts.ensureAdmin('set', 'old password')).toEqual({ created: true });
    const { body } = await server.post('/fhir/r4/login', undefined, basic('set', 'old password'));
    expect(await accounts.ensureAdmin('set', 'old password')).toEqual({ created: false });
    expect((await server.post('/fhir/r4/refresh', { refresh_token: body['refresh_token'] })).status).toBe(200);
    await accounts.ensureAdmin('set', 'new password');
    expect((await server.post('/fhir/r4/login', undefined, basic('set', 'new password'))).status).toBe(200);
    expect((await server.post('/fhir/r4/login', undefined, basic('set', 'old password'))).status).toBe(401);
    expect((await server.post('/fhir/r4/refresh', { refresh_token: body['refresh_token'] })).status).toBe(401);
  });

  it.each(['a:b', '', 'lanyard-login', 'x@clients', 'a\u0007'])('cannot have the name %j', async (name) => {
    const account = { name, password: 'x', grants: 'user/*.rs' };
    await expect(server.get(LocalAccounts).create(account)).rejects.toThrow('A user name has');
  });
});

describe('without its database', () => {
  it('a login is answered 503, not with the words of the driver', async () => {
    const line = await severable(database);
    const alone = await startLocalAuth(line);
    await line.cut();
    const answer = await alone.post('/fhir/r4/login', { user: 'a', password: 'b' });
    await alone.close();
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(answer.body).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: expect.stringMatching(/^The database cannot answer right now/),
    });
  });
});

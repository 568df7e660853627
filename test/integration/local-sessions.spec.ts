// Refresh, logout and revocation of the tokens of a login.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { LOCAL_ISSUER, type LocalIssuer } from '../../src/auth/accounts/local-issuer.js';
import { Revocations } from '../../src/auth/accounts/revocations.js';
import { ExpiredRowsRepository } from '../../src/auth/storage/expired-rows.repository.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { severable } from '../support/severed-database.js';
import {
  aUser,
  bearer,
  accountPassword,
  startLocalAuth,
  type Answer,
  type LocalAuthServer,
} from '../support/local-auth.js';

let database: FreshDatabase;
let server: LocalAuthServer;
let other: LocalAuthServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startLocalAuth(database);
  other = await startLocalAuth(database);
});

afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  await database.drop();
});

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

const tokensOf = ({ body }: Answer): Tokens => ({
  access: String(body['access_token']),
  refresh: String(body['refresh_token']),
});

async function logIn(user?: string): Promise<Tokens> {
  return tokensOf(
    await server.post('/fhir/r4/login', { user: user ?? (await aUser(server)), password: accountPassword }),
  );
}

const refresh = (token: string, scope?: string): Promise<Answer> =>
  server.post('/fhir/r4/refresh', { refresh_token: token, ...(scope !== undefined && { scope }) });

const isRevoked = async (access: string, at: LocalAuthServer = server): Promise<boolean> => {
  const { jti, sid } = decodeJwt<{ sid: string; jti: string }>(access);
  return at.get<LocalIssuer>(LOCAL_ISSUER).isRevoked({ tokenId: jti, sessionId: sid });
};

/** As if so many seconds had gone by since the tokens were used. */
const letPass = (seconds: number): Promise<unknown> =>
  server.dataSource.query(`UPDATE refresh_token SET used_at = used_at - make_interval(secs => $1)`, [seconds]);

describe('POST /refresh', () => {
  it('gives new tokens of the same session', async () => {
    const first = await logIn();
    const answer = await refresh(first.refresh);
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
    const second = tokensOf(answer);
    expect(second.refresh).not.toBe(first.refresh);
    const [one, two] = [decodeJwt(first.access), decodeJwt(second.access)];
    expect(two['sid']).toBe(one['sid']);
    expect(two.jti).not.toBe(one.jti);
    expect((await refresh(second.refresh)).status).toBe(200);
  });

  it('gives the same successor again within the grace', async () => {
    const first = await logIn();
    const second = tokensOf(await refresh(first.refresh));
    await letPass(25);
    expect(tokensOf(await refresh(first.refresh)).refresh).toBe(second.refresh);
  });

  it('ends the whole session when a used token comes back later', async () => {
    const first = await logIn();
    const second = tokensOf(await refresh(first.refresh));
    await letPass(31);
    const answer = await refresh(first.refresh);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(answer.body['error_description']).toMatch(/^refresh-token-invalid: .*used up more than 30 s ago/);
    expect((await refresh(second.refresh)).status).toBe(401);
    expect(await isRevoked(second.access)).toBe(true);
  });

  it('gives twenty parallel requests one and the same successor', async () => {
    const first = await logIn();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh)).size).toBe(1);
    const rows = await server.dataSource.query<unknown[]>('SELECT 1 FROM refresh_token WHERE session_id = $1', [
      decodeJwt(first.access)['sid'],
    ]);
    expect(rows).toHaveLength(2);
  });

  it('narrows on wish, and refuses more than the session holds without using the token up', async () => {
    const first = await logIn();
    expect((await refresh(first.refresh, 'system/*.rs')).body['error']).toBe('invalid_scope');
    const used = await server.dataSource.query<unknown[]>(
      'SELECT 1 FROM refresh_token WHERE session_id = $1 AND used_at IS NOT NULL',
      [decodeJwt(first.access)['sid']],
    );
    expect(used).toEqual([]);
    expect((await refresh(first.refresh, 'user/Patient.r')).body['scope']).toBe('user/Patient.r');
  });

  it('never gives more than the user is granted by now', async () => {
    const user = await aUser(server, { grants: 'user/*.cruds user/AuditEvent.rs' });
    const first = await logIn(user);
    await server.dataSource.query(`UPDATE user_account SET grants = 'user/AuditEvent.rs' WHERE name = $1`, [user]);
    expect((await refresh(first.refresh)).body['scope']).toBe('user/AuditEvent.rs');
  });

  it.each([
    ['an unknown token', 'lanyard_rt_unknown'],
    ['an access token', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
  ])('explains %s', async (_, token) => {
    const answer = await refresh(token);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
    expect(answer.body['error_description']).toMatch(/^refresh-token-invalid: .*Log in again/);
  });

  it('explains a session that has expired', async () => {
    const first = await logIn();
    await server.dataSource.query(`UPDATE refresh_token SET expires_at = now() WHERE session_id = $1`, [
      decodeJwt(first.access)['sid'],
    ]);
    expect((await refresh(first.refresh)).body['error_description']).toContain('has expired');
  });

  it('explains a missing token', async () => {
    expect(await server.post('/fhir/r4/refresh')).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.stringContaining('refresh_token') },
    });
  });

  it('refuses a user who was disabled, whose access tokens end too', async () => {
    const user = await aUser(server);
    const first = await logIn(user);
    await server.get(LocalAccounts).disable(user);
    expect((await refresh(first.refresh)).status).toBe(401);
    expect(await isRevoked(first.access)).toBe(true);
  });

  it('refuses a user whose row was disabled by other hands', async () => {
    const user = await aUser(server);
    const first = await logIn(user);
    await server.dataSource.query('UPDATE user_account SET disabled_at = now() WHERE name = $1', [user]);
    expect((await refresh(first.refresh)).body['error_description']).toContain('disabled');
  });
});

describe('POST /logout', () => {
  it.each(['refresh', 'access'] as const)('ends the session of the %s token at once', async (which) => {
    const first = await logIn();
    const second = tokensOf(await refresh(first.refresh));
    const answer =
      which === 'refresh'
        ? await server.post('/fhir/r4/logout', { refresh_token: second.refresh })
        : await server.post('/fhir/r4/logout', undefined, bearer(first.access));
    expect(answer.status).toBe(204);
    expect(await isRevoked(first.access)).toBe(true);
    expect(await isRevoked(second.access)).toBe(true);
    expect((await refresh(second.refresh)).body['error_description']).toContain('has ended');
  });

  it('is the same the second time', async () => {
    const { access } = await logIn();
    await server.post('/fhir/r4/logout', undefined, bearer(access));
    expect((await server.post('/fhir/r4/logout', undefined, bearer(access))).status).toBe(204);
  });

  it('leaves other sessions alone', async () => {
    const user = await aUser(server);
    const [one, two] = [await logIn(user), await logIn(user)];
    await server.post('/fhir/r4/logout', { refresh_token: one.refresh });
    expect(await isRevoked(two.access)).toBe(false);
    expect((await refresh(two.refresh)).status).toBe(200);
  });

  it.each([
    ['nothing', undefined, {}, 'no-credentials'],
    ['a foreign token', undefined, bearer('eyJhbGciOiJSUzI1NiJ9.e30.c2ln'), 'token-malformed'],
    ['an unknown refresh token', { refresh_token: 'lanyard_rt_x' }, {}, 'refresh-token-invalid'],
  ])('explains %s', async (_, body, headers, reason) => {
    const answer = await server.post('/fhir/r4/logout', body, headers);
    expect(answer.status).toBe(401);
    expect(answer.body['error_description']).toContain(reason);
  });
});

describe('POST /revoke', () => {
  it('ends the session of a refresh token', async () => {
    const { access, refresh: token } = await logIn();
    expect((await server.post('/fhir/r4/revoke', { refresh_token: token })).status).toBe(200);
    expect(await isRevoked(access)).toBe(true);
  });

  it('ends one access token and not its session', async () => {
    const first = await logIn();
    expect((await server.post('/fhir/r4/revoke', { token: first.access })).status).toBe(200);
    expect(await isRevoked(first.access)).toBe(true);
    const second = tokensOf(await refresh(first.refresh));
    expect(await isRevoked(second.access)).toBe(false);
  });

  it.each(['unknown', 'lanyard_rt_unknown', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'])('answers 200 to %s', async (token) => {
    expect((await server.post('/fhir/r4/revoke', { token })).status).toBe(200);
  });
});

describe('another process', () => {
  it('sees a revocation when it next looks, and answers without waiting', async () => {
    const { access } = await logIn();
    await server.post('/fhir/r4/logout', undefined, bearer(access));
    await other.get(Revocations).poll();
    const { sid } = decodeJwt<{ sid: string }>(access);
    expect(other.get(Revocations).isRevoked({ sessionId: sid })).toBe(true);
    expect(other.get(Revocations).isRevoked({ sessionId: 'another' })).toBe(false);
  });

  it('looks by itself often enough', async () => {
    const { access } = await logIn();
    await server.post('/fhir/r4/logout', undefined, bearer(access));
    await vi.waitFor(async () => expect(await isRevoked(access, other)).toBe(true), { timeout: 5_000, interval: 100 });
  });

  it('sees a revocation that was written before its last look and committed after', async () => {
    const slow = server.dataSource.createQueryRunner();
    await slow.startTransaction();
    await slow.query(
      `INSERT INTO revocation (tenant, kind, value, expires_at) VALUES (1, 'jti', 'late', now() + interval '1 hour')`,
    );
    await other.get(Revocations).poll();
    await slow.commitTransaction();
    await slow.release();
    await other.get(Revocations).poll();
    expect(other.get(Revocations).isRevoked({ tokenId: 'late' })).toBe(true);
  });

  it('knows at the start what was revoked before', async () => {
    const { access } = await logIn();
    await server.post('/fhir/r4/logout', undefined, bearer(access));
    const late = await startLocalAuth(database);
    const { sid } = decodeJwt<{ sid: string }>(access);
    expect(late.get(Revocations).isRevoked({ sessionId: sid })).toBe(true);
    await late.close();
  });
});

describe('a stale revocation list', () => {
  it('asks the database for each token, and fails closed without one', async () => {
    const line = await severable(database);
    const stale = await startLocalAuth(line);
    const revocations = stale.get(Revocations);
    await revocations.onModuleDestroy();
    const { access } = await logIn();
    const { sid } = decodeJwt<{ sid: string }>(access);
    await server.post('/fhir/r4/logout', undefined, bearer(access));
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 5_001);
    try {
      expect(await revocations.isRevoked({ sessionId: sid })).toBe(true);
      const alive = revocations.isRevoked({ sessionId: crypto.randomUUID() });
      expect(alive).toBeInstanceOf(Promise);
      expect(await alive).toBe(false);
      await line.cut();
      await expect(revocations.isRevoked({ sessionId: crypto.randomUUID() })).rejects.toMatchObject({
        status: 503,
        refusals: [{ code: 'revocations-unavailable' }],
      });
    } finally {
      clock.mockRestore();
      await stale.close();
    }
  });
});

describe('what has expired', () => {
  it('is removed an hour later, and nothing else', async () => {
    const { access, refresh: token } = await logIn();
    await server.dataSource.query(
      `INSERT INTO revocation (tenant, kind, value, expires_at) VALUES (1, 'jti', 'old', now() - interval '61 minutes')`,
    );
    await server.get(ExpiredRowsRepository).purge();
    const left = await server.dataSource.query<unknown[]>(`SELECT 1 FROM revocation WHERE value = 'old'`);
    expect(left).toEqual([]);
    expect(await isRevoked(access)).toBe(false);
    expect((await refresh(token)).status).toBe(200);
  });
});

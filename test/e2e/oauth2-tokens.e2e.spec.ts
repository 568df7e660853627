import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { Grants } from '../../src/oauth2/provider/grants.js';
import {
  authorize,
  basic,
  createUser,
  exchange,
  post,
  read,
  refresh,
  registerClient,
  startOauthServer,
  type OauthServer,
  type Parameters,
  type TokenAnswer,
} from '../support/oauth-server.js';

let server: OauthServer;
let replica: OauthServer;
let app: string;
let confidential: { readonly id: string; readonly secret: string };

beforeAll(async () => {
  server = await startOauthServer();
  const { url } = server;
  replica = await startOauthServer({ PUBLIC_URL: url }, { ...server.database, drop: async () => undefined });
  app = (await registerClient(server)).client.id;
  const { client, secret = '' } = await registerClient(server, { kind: 'confidential-symmetric' });
  confidential = { id: client.id, secret };
  await createUser(server, { name: 'ines', fhirUser: 'Practitioner/ines' });
});
afterAll(async () => {
  await replica?.close();
  await server?.close();
});

const scope = 'offline_access user/Patient.rs user/Observation.rs';
const failed = ({ status, body }: TokenAnswer) => [status, body.error, Object.keys(body).toSorted()];
const refusedWith = (status: number, error: string) => [status, error, ['error', 'error_description']];

async function tokens(client = app, parameters: Parameters = {}): Promise<TokenAnswer['body']> {
  const answer = await exchange(server, client, await authorize(server, client, { scope, ...parameters }));
  expect(answer.status).toBe(200);
  return answer.body;
}

/** As after so many seconds, for what counts by the clock of the database. */
const passTime = (seconds: number) =>
  server.app
    .get(DataSource)
    .query(`UPDATE oauth_artifact SET used_at = used_at - make_interval(secs => $1)`, [seconds]);

describe('an authorization code', () => {
  it('that is used twice takes the tokens of the first use along', async () => {
    const found = await authorize(server, app, { scope });
    const { body } = await exchange(server, app, found);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(200);
    const again = await exchange(server, app, found);
    expect(failed(again)).toEqual(refusedWith(400, 'invalid_grant'));
    expect(again.body.error_description).toMatch(/^code-invalid: /);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(401);
    expect(failed(await refresh(server, app, body.refresh_token))).toEqual(refusedWith(400, 'invalid_grant'));
  });

  it('that two replicas redeem at once gives at most one token, which then dies', async () => {
    const found = await authorize(server, app, { scope });
    const to = (one: OauthServer) => exchange(one, app, found);
    const answers = await Promise.all([to(server), to(replica), to(server), to(replica)]);
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    // Whichever replica noticed the reuse, the other one hears of it within seconds.
    const dead = ({ body }: (typeof given)[number]) =>
      expect.poll(() => read(server, 'Patient?_count=0', body.access_token), { timeout: 10_000 }).toBe(401);
    await Promise.all(given.map(dead));
  });

  it('of one replica is redeemed by another', async () => {
    const found = await authorize(server, app, { scope });
    const { status, body } = await exchange(replica, app, found);
    expect(status).toBe(200);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(200);
    expect((await refresh(server, app, body.refresh_token)).status).toBe(200);
  });

  it('that nobody gave is exactly 400', async () => {
    const found = await authorize(server, app, { scope });
    const answer = await exchange(server, app, found, { code: 'BAD_CODE' });
    expect(failed(answer)).toEqual(refusedWith(400, 'invalid_grant'));
    expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  it.each([
    ['another client', async () => ({ client_id: (await registerClient(server)).client.id })],
    ['another redirect URI', async () => ({ redirect_uri: 'https://app.example/other' })],
    ['no redirect URI', async () => ({ redirect_uri: undefined })],
    ['no verifier', async () => ({ code_verifier: undefined })],
    ['a blank verifier', async () => ({ code_verifier: '' })],
    ['a wrong verifier', async () => ({ code_verifier: 'x'.repeat(43) })],
    ['two codes', async (code: string) => ({ code: [code, code] })],
  ])('with %s is refused', async (_, change) => {
    const found = await authorize(server, app, { scope });
    const { status, body } = await exchange(server, app, found, await change(found.answer.get('code')!));
    expect([400, 401]).toContain(status);
    expect(body.access_token).toBeUndefined();
  });

  it('with the challenge as its verifier is refused', async () => {
    const found = await authorize(server, app, { scope });
    const challenge = createHash('sha256').update(found.verifier).digest('base64url');
    expect(failed(await exchange(server, app, { ...found, verifier: challenge }))).toEqual(
      refusedWith(400, 'invalid_grant'),
    );
  });

  it('is in the database by its hash alone', async () => {
    const { answer } = await authorize(server, app, { scope });
    const body = await tokens();
    const rows = await server.app.get(DataSource).query(`SELECT a::text AS row FROM oauth_artifact a`);
    const all = JSON.stringify(rows);
    for (const secret of [answer.get('code')!, body.refresh_token]) expect(all).not.toContain(secret);
  });
});

describe('the refresh token of a public client', () => {
  it('is replaced at each use', async () => {
    const first = await tokens();
    const { status, body, headers } = await refresh(server, app, first.refresh_token);
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(body).toMatchObject({ scope, token_type: 'Bearer', expires_in: 3600 });
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect(decodeJwt(body.access_token)['sid']).toBe(decodeJwt(first.access_token)['sid']);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(200);
  });

  it('gives the same successor again for half a minute, from whichever replica', async () => {
    const { refresh_token: token } = await tokens();
    const answers = await Promise.all([server, replica, server].map((one) => refresh(one, app, token)));
    const successors = new Set(answers.map(({ body }) => body.refresh_token));
    expect([answers.map(({ status }) => status), successors.size]).toEqual([[200, 200, 200], 1]);
    await passTime(29);
    expect((await refresh(server, app, token)).body.refresh_token).toBe([...successors][0]);
    expect((await refresh(server, app, [...successors][0])).status).toBe(200);
  });

  it('that comes back later was stolen: the whole family dies', async () => {
    const { refresh_token: token } = await tokens();
    const { body } = await refresh(server, app, token);
    await passTime(31);
    const reused = await refresh(server, app, token);
    expect(failed(reused)).toEqual(refusedWith(400, 'invalid_grant'));
    expect(reused.body.error_description).toMatch(/^refresh-token-invalid: /);
    expect((await refresh(server, app, body.refresh_token)).status).toBe(400);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(401);
  });

  it('narrows one access token by scope and keeps the rest', async () => {
    const { refresh_token: token } = await tokens();
    const narrow = await refresh(server, app, token, { scope: 'user/Patient.rs' });
    expect(narrow.body.scope).toBe('user/Patient.rs');
    expect(decodeJwt(narrow.body.access_token)['scope']).toBe('user/Patient.rs');
    expect(await read(server, 'Observation?_count=0', narrow.body.access_token)).toBe(403);
    expect((await refresh(server, app, narrow.body.refresh_token)).body.scope).toBe(scope);
  });

  it.each([['user/Patient.cruds'], ['user/*.rs'], ['user/Patient.rs openid']])('never widens to %s', async (asked) => {
    const { refresh_token: token } = await tokens();
    const { status, body } = await refresh(server, app, token, { scope: asked });
    expect([status, body.error, body.access_token]).toEqual([400, 'invalid_scope', undefined]);
    expect((await refresh(server, app, token)).status).toBe(200);
  });

  it('does not count for another client, nor as a code, nor when it is made up', async () => {
    const { refresh_token: token } = await tokens();
    const other = (await registerClient(server)).client.id;
    expect((await refresh(server, other, token)).body.error).toBe('invalid_grant');
    expect((await refresh(server, app, 'made-up')).status).toBe(400);
    const { verifier, answer } = await authorize(server, app, { scope });
    answer.set('code', token);
    expect((await exchange(server, app, { verifier, answer })).status).toBe(400);
    expect((await refresh(server, app, token)).status).toBe(200);
  });

  it('lives for 100 days from its last use on', async () => {
    const { refresh_token: token } = await tokens();
    const rows = await server.app.get(DataSource).query(
      `SELECT extract(epoch FROM expires_at - now())::int AS left FROM oauth_artifact WHERE hash = $1
       UNION SELECT extract(epoch FROM g.expires_at - now())::int FROM oauth_grant g JOIN oauth_artifact a ON a.grant_id = g.id WHERE a.hash = $1`,
      [createHash('sha256').update(token).digest('base64url')],
    );
    for (const { left } of rows) expect(left).toBeGreaterThan(8_640_000 - 60);
  });
});

describe('the refresh token of a confidential client', () => {
  const asClient = () => ({ client_id: undefined });
  const confidentialTokens = async () => {
    const found = await authorize(server, confidential.id, { scope });
    return exchangeConfidential(found);
  };
  const exchangeConfidential = async ({ answer, verifier }: Awaited<ReturnType<typeof authorize>>) =>
    post(
      `${server.oauth}/token`,
      {
        grant_type: 'authorization_code',
        code: answer.get('code')!,
        redirect_uri: 'https://app.example/callback',
        code_verifier: verifier,
      },
      basic(confidential.id, confidential.secret),
    );

  it('stays the same and lives on', async () => {
    const { body } = await confidentialTokens();
    const hash = createHash('sha256').update(body.refresh_token).digest('base64url');
    const db = server.app.get(DataSource);
    await db.query(`UPDATE oauth_artifact SET expires_at = now() + interval '1 hour' WHERE hash = $1`, [hash]);
    for (let count = 0; count < 2; count++) {
      const again = await post(
        `${server.oauth}/token`,
        { grant_type: 'refresh_token', refresh_token: body.refresh_token, ...asClient() },
        basic(confidential.id, confidential.secret),
      );
      expect([again.status, again.body.refresh_token]).toEqual([200, body.refresh_token]);
    }
    const [{ left }] = await db.query(
      `SELECT extract(epoch FROM expires_at - now())::int AS left FROM oauth_artifact WHERE hash = $1`,
      [hash],
    );
    expect(left).toBeGreaterThan(8_640_000 - 60);
  });

  it('needs the secret, by Basic or in the form', async () => {
    const { refresh_token } = (await confidentialTokens()).body;
    const parameters = { grant_type: 'refresh_token', refresh_token, client_id: confidential.id };
    const send = (more: Parameters, headers = {}) => post(`${server.oauth}/token`, { ...parameters, ...more }, headers);
    expect((await send({ client_secret: confidential.secret })).status).toBe(200);
    for (const wrong of [
      await send({}),
      await send({ client_secret: 'wrong' }),
      await send({}, basic(confidential.id, 'wrong')),
    ]) {
      expect(failed(wrong)).toEqual(refusedWith(401, 'invalid_client'));
      expect(wrong.body.error_description).toMatch(/^client-authentication-failed: /);
    }
    expect(
      (await send({ client_secret: confidential.secret }, basic(confidential.id, confidential.secret))).status,
    ).toBe(400);
  });
});

describe('a token request', () => {
  it('with an unknown grant type is exactly 400', async () => {
    for (const grantType of ['not_a_grant_type', 'password', 'implicit', '']) {
      const { status, body } = await post(
        `${server.oauth}/token`,
        { grant_type: grantType, username: 'admin', password: 'x' },
        basic(confidential.id, confidential.secret),
      );
      expect([grantType, status]).toEqual([grantType, 400]);
      expect(body.access_token).toBeUndefined();
    }
  });

  it('of a public client with a secret is refused', async () => {
    const found = await authorize(server, app, { scope });
    const { status, body } = await exchange(server, app, found, { client_secret: 'a-secret' });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('of an unknown client is refused like one with a wrong secret', async () => {
    const answers = await Promise.all(
      [basic('BAD_CLIENT_ID', confidential.secret), basic(confidential.id, 'wrong')].map((headers) =>
        post(`${server.oauth}/token`, { grant_type: 'client_credentials', scope: 'system/*.rs' }, headers),
      ),
    );
    expect(answers[0]!.body).toEqual(answers[1]!.body);
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
  });

  it('that is too large is refused', async () => {
    const { status } = await post(`${server.oauth}/token`, { grant_type: 'x', a: 'a'.repeat(70_000) });
    expect(status).toBe(413);
  });

  it('may come from the origins of the client, and from no other', async () => {
    const found = await authorize(server, app, { scope });
    const send = (origin: string, code: string) =>
      post(
        `${server.oauth}/token`,
        {
          grant_type: 'authorization_code',
          client_id: app,
          code,
          redirect_uri: 'https://app.example/callback',
          code_verifier: found.verifier,
        },
        { origin },
      );
    const foreign = await send('https://evil.example', found.answer.get('code')!);
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([400, null]);
    const own = await send('https://app.example', found.answer.get('code')!);
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example']);
  });

  it('is announced by a preflight from a registered origin, and not from another', async () => {
    for (const [origin, allowed] of [
      ['https://app.example', 'https://app.example'],
      ['https://evil.example', null],
    ] as const) {
      for (const address of [`${server.oauth}/token`, `${server.fhir}/Patient`]) {
        const { headers } = await fetch(address, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
        expect([address, headers.get('access-control-allow-origin')]).toEqual([address, allowed]);
        if (allowed !== null) expect(headers.get('access-control-allow-headers')).toContain('authorization');
      }
    }
  });
});

describe('revocation', () => {
  const revoke = (token: string, client = app, at = server) => post(`${at.oauth}/revoke`, { token, client_id: client });

  it('of an access token ends it at once, and it alone', async () => {
    const body = await tokens();
    expect((await revoke(body.access_token)).status).toBe(200);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(401);
    const next = await refresh(server, app, body.refresh_token);
    expect(await read(server, 'Patient?_count=0', next.body.access_token)).toBe(200);
  });

  it('of a refresh token ends its access tokens', async () => {
    const body = await tokens();
    expect((await revoke(body.refresh_token)).status).toBe(200);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(401);
    expect((await refresh(server, app, body.refresh_token)).status).toBe(400);
  });

  it('of another client changes nothing', async () => {
    const body = await tokens();
    const other = (await registerClient(server)).client.id;
    for (const token of [body.access_token, body.refresh_token]) expect((await revoke(token, other)).status).toBe(200);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(200);
    expect((await refresh(server, app, body.refresh_token)).status).toBe(200);
  });

  it('of garbage is fine, without a token or a client it is not', async () => {
    expect((await revoke('garbage')).status).toBe(200);
    expect((await revoke('')).status).toBe(400);
    expect((await post(`${server.oauth}/revoke`, { token: 'x' })).status).toBe(400);
    expect((await post(`${server.oauth}/revoke`, { token: 'x', client_id: confidential.id })).status).toBe(401);
  });
});

describe('what was granted', () => {
  it('ends when the user takes it back', async () => {
    const body = await tokens();
    const grants = server.app.get(Grants);
    const sid = decodeJwt(body.access_token)['sid'] as string;
    expect((await grants.ofAccount('admin')).map(({ id }) => id)).toContain(sid);
    await grants.end(sid);
    expect(await read(server, 'Patient?_count=0', body.access_token)).toBe(401);
    expect((await refresh(server, app, body.refresh_token)).body.error_description).toMatch(
      /^refresh-token-invalid|^grant-ended/,
    );
  });

  it('shrinks with the rights of the user, and is nothing once the account is disabled', async () => {
    await createUser(server, { name: 'max', grants: 'user/*.cruds' });
    const accounts = server.app.get(LocalAccounts);
    const body = await tokens(app, { login_hint: 'max' });
    await accounts.change('max', { grants: 'user/Patient.rs' });
    const less = await refresh(server, app, body.refresh_token);
    expect(less.body.scope).toBe('offline_access user/Patient.rs');
    await accounts.disable('max');
    const none = await refresh(server, app, less.body.refresh_token);
    expect([none.status, none.body.error]).toEqual([400, 'invalid_grant']);
    expect(await read(server, 'Patient?_count=0', less.body.access_token)).toBe(401);
  });

  it('ends with the session when online_access was asked, and outlives it with offline_access', async () => {
    const online = await authorize(server, app, { scope: 'online_access user/Patient.rs' });
    const body = (await exchange(server, app, online)).body;
    const offline = (await exchange(server, app, await authorize(server, app, { scope }, online.browser))).body;
    const kept = await refresh(server, app, body.refresh_token);
    expect(kept.status).toBe(200);
    const page = await (await online.browser.fetch(`${server.oauth}/logout`)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)![1]!;
    await online.browser.fetch(`${server.oauth}/logout/confirm`, {
      method: 'POST',
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    });
    expect((await refresh(server, app, kept.body.refresh_token)).status).toBe(400);
    expect(await read(server, 'Patient?_count=0', kept.body.access_token)).toBe(401);
    expect((await refresh(server, app, offline.refresh_token)).status).toBe(200);
  });
});

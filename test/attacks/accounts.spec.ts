import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assertionOf, type ClientKey, makeClientKey } from '../support/client-key.js';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { PasswordResets } from '../../src/oauth2/clients/password-resets.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { createUser, type OauthServer, post, registerClient, startOauthServer } from '../support/oauth-server.js';

/** Attacks on accounts, their passwords, and on what the authorization server does for people who are not logged in. */
let server: OauthServer;

beforeAll(async () => {
  server = await startOauthServer({ INTERACTION_AUTOPILOT: 'off', JWKS_ALLOW_PRIVATE: '127.0.0.1' });
});
afterAll(() => server?.close());

describe('jwks_uri as a way into the network', () => {
  let key: ClientKey;
  let inside: TcpServer;
  let connections = 0;

  beforeAll(async () => {
    key = await makeClientKey('ES384');
    inside = createTcpServer((socket) => {
      connections++;
      socket.destroy();
    });
    await listening(inside);
  });
  afterAll(() => inside.close());
  afterEach(() => vi.restoreAllMocks());

  /** Asks for a token as a client that publishes its key there. */
  async function askWithKeysAt(jwksUri: string) {
    const { client } = await registerClient(server, {
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      redirectUris: [],
      scopes: ['system/Patient.rs'],
      jwksUri,
    });
    return post(`${server.oauth}/token`, {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      ...(await assertionOf(client.id, `${server.oauth}/token`, key)),
    });
  }

  /** Every name stands for these addresses. */
  function resolveTo(...addresses: readonly string[]): void {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, options: dns.LookupOptions, done: Resolved) =>
      options.all === true ? done(null, found) : done(null, found[0]!.address, found[0]!.family)) as never);
  }

  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback beside a public address', ['93.184.215.14', '127.0.0.1']],
    ['loopback as IPv6', ['::1']],
    ['loopback as IPv4 in IPv6', ['::ffff:127.0.0.1']],
  ])('by a name that stands for %s reaches nothing, and says how keys are published', async (_, addresses) => {
    resolveTo(...addresses);
    const before = connections;
    const { port } = inside.address() as AddressInfo;
    const { status, body } = await askWithKeysAt(`https://keys.attacker.example:${port}/jwks`);
    expect([status, body.error, connections - before]).toEqual([401, 'invalid_client', 0]);
    expect(body.error_description).toMatch(/^client-keys-unreachable: .*register them as jwks/);
  });

  it('is told the same whether a name leads inside, nowhere or to a closed port', async () => {
    resolveTo('10.0.0.7');
    const toInside = await askWithKeysAt('https://keys.attacker.example/jwks');
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: object, done: Resolved) =>
      done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])) as never);
    const toNowhere = await askWithKeysAt('https://keys.attacker.example/jwks');
    vi.restoreAllMocks();
    const toClosed = await askWithKeysAt('http://127.0.0.1:9/jwks');
    expect(toNowhere.body).toEqual(toInside.body);
    expect(toClosed.body).toEqual(toInside.body);
  });

  it('by a redirect of an allowed host reaches nothing', async () => {
    const { port } = inside.address() as AddressInfo;
    const allowed: Server = createServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/jwks` }).end();
    });
    await listening(allowed);
    const before = connections;
    try {
      const jwksUri = `http://127.0.0.1:${(allowed.address() as AddressInfo).port}/jwks`;
      const { status, body } = await askWithKeysAt(jwksUri);
      expect([status, connections - before]).toEqual([401, 0]);
      expect(body.error_description).toMatch(/^client-keys-unreachable: /);
    } finally {
      allowed.close();
    }
  });

  it.each([
    ['said before', true],
    ['found while it comes', false],
  ])('by an answer without end fills no memory: its length is %s', async (_, isSaid) => {
    const jwks = JSON.stringify({ keys: [key.jwk], padding: 'x'.repeat(16 * 1024 ** 2) });
    const keys: Server = createServer((_request, response) => {
      response.writeHead(200, { ...(isSaid && { 'content-length': jwks.length }) }).end(jwks);
    });
    await listening(keys);
    try {
      const { status, body } = await askWithKeysAt(`http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks`);
      expect([status, body.error]).toEqual([401, 'invalid_client']);
      expect(body.error_description).toMatch(/^client-keys-unreachable: /);
    } finally {
      keys.close();
    }
  });
});

describe('a password typed into the field for the user name', () => {
  const typed = 'My Secret Passw0rd!';

  /** All rows of all tables as text: the audit, AuditEvents, the throttle. */
  async function kept(): Promise<string> {
    const tables = await server.app
      .get(DataSource)
      .query<{ name: string }[]>(
        `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`,
      );
    const texts: string[] = [];
    for (const { name } of tables) {
      const rows = await server.app.get(DataSource).query<{ row: string }[]>(`SELECT t::text AS row FROM ${name} AS t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  }

  const logIn = (user: string) =>
    server.call('POST', 'login', {
      body: { user, password: 'x' },
      headers: { 'content-type': 'application/json' },
    });

  it('is kept nowhere, by /login, the pages and HTTP Basic alike, and is the same unknown name each time', async () => {
    const answer = await logIn(typed);
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_grant']);
    expect(answer.text).not.toContain(typed);
    expect((await logIn(typed)).status).toBe(401);
    const headers = { authorization: `Basic ${Buffer.from(`${typed}:x`).toString('base64')}` };
    expect((await server.call('GET', 'Patient', { headers })).status).toBe(401);
    const browser = new FormBrowser();
    const page = await browser.open(`${server.oauth}/apps`);
    expect((await browser.submit(page, '/login', { name: typed, password: 'x' })).answer.status).toBe(422);
    const text = await kept();
    const known = createHash('sha256')
      .update(JSON.stringify(['user', typed]))
      .digest('base64url');
    // Not by its text, in the case of search indexes either, and not by a hash that anybody can make.
    expect([typed, typed.toLowerCase(), known].filter((one) => text.includes(one))).toEqual([]);
    expect(new Set(text.match(/unknown:[0-9a-f]{24}/g))).toHaveProperty('size', 1);
  });

  it('of a user who exists is the name, as administrators need it', async () => {
    await createUser(server, { name: 'vera' });
    expect((await logIn('vera')).status).toBe(401);
    expect(/login-failed.*vera|vera.*login-failed/.test(await kept())).toBe(true);
  });
});

describe('a flood from one network address', () => {
  let busy: OauthServer;
  beforeAll(async () => {
    busy = await startOauthServer({ SIGN_IN_RATE: '1', REGISTRATION: 'open', TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => busy?.close());

  const from = (address: string) => ({ 'x-forwarded-for': address });
  const open = (path: string, address: string) => busy.call('GET', path, { headers: from(address) });
  const register = (address: string) =>
    busy.call('POST', '/oauth2/register', {
      body: { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none', scope: 'patient/*.rs' },
      headers: { 'content-type': 'application/json', ...from(address) },
    });

  it.each([
    ['the sign-in page', '/oauth2/apps'],
    ['the authorization endpoint', '/oauth2/authorize?client_id=x'],
    ['the pages of a launch', '/oauth2/interaction/x'],
  ])('of %s is told to wait, on a page, and nobody else is', async (what, path) => {
    const [flood, other] = [`2001:db8:${what.length}::1`, `2001:db8:${what.length}:1::1`];
    // All at once, so that little of the allowance comes back meanwhile on a slow machine.
    const answers = await Promise.all(Array.from({ length: 60 }, () => open(path, flood)));
    expect(answers.filter(({ status }) => status !== 429).length).toBeGreaterThanOrEqual(10);
    expect(answers.map(({ status }) => status)).toContain(429);
    const refused = answers.find(({ status }) => status === 429)!;
    expect([refused.status, refused.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.text).toContain('address-rate-exceeded');
    expect(refused.text).toContain('Please wait a moment');
    for (const address of [other, '192.0.2.7']) expect((await open(path, address)).status).not.toBe(429);
    // The network of the flood gets them, since data, tokens and probes are not counted.
    const unharmed = ['/health/live', 'metadata', '/oauth2/jwks', '/oauth2/.well-known/openid-configuration'];
    for (const one of unharmed) expect((await open(one, flood)).status).toBe(200);
  });

  it.each(['account/password', `account/link/${'A'.repeat(43)}`, 'interaction/x/password'])(
    'of passwords to judge at %s is told to wait sooner',
    async (path) => {
      const address = `2001:db8:${path.length}:2::1`;
      const choose = () => busy.call('POST', `/oauth2/${path}`, { body: 'new=x', headers: from(address) });
      const statuses = (await Promise.all(Array.from({ length: 8 }, choose))).map(({ status }) => status);
      expect(statuses.filter((status) => status !== 429).length).toBeLessThan(4);
      expect(statuses).toContain(429);
    },
  );

  it('of registrations is told to wait, as RFC 7591 does', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => register('192.0.2.9')));
    expect(answers.some((answer) => answer.status === 201)).toBe(true);
    const { status, body, headers } = answers.find((answer) => answer.status === 429)!;
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable']);
    expect(body.error_description).toMatch(/^address-rate-exceeded: .*Wait \d+ s/);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await register('192.0.2.10')).status).toBe(201);
  });
});

describe('somebody else who is after a password', () => {
  const password = 'correct horse';
  const next = 'violet tractor september';
  const chosen = { new: next, repeat: next };
  let count = 0;

  async function aUser(): Promise<string> {
    const name = `victim-${++count}`;
    await createUser(server, { name, password, grants: 'user/*.rs' });
    return name;
  }

  const makeLink = async (name: string, ttlSeconds?: number): Promise<string> =>
    (await server.app.get(PasswordResets).makeLink(name, ttlSeconds)).value;

  async function enter(name: string): Promise<{ browser: FormBrowser; page: ShownPage }> {
    const browser = new FormBrowser();
    const page = await browser.open(`${server.oauth}/account`);
    return { browser, page: await browser.submit(page, '/login', { name, password }) };
  }

  const mayLogIn = async (name: string, tried: string): Promise<boolean> =>
    (
      await server.call('POST', 'login', {
        body: { user: name, password: tried },
        headers: { 'content-type': 'application/json' },
      })
    ).status === 200;

  it('cannot use a link again, neither the form nor the address, and is told how to get another', async () => {
    const [name, browser] = [await aUser(), new FormBrowser()];
    const url = await makeLink(name);
    const page = await browser.open(url);
    const again = await new FormBrowser().open(url);
    await browser.submit(page, url, chosen);
    const other = { new: 'attacker sofa lemonade', repeat: 'attacker sofa lemonade' };
    for (const answer of [await browser.submit(page, url, other), await browser.open(url)]) {
      expect([answer.answer.status, answer.text.includes('Ask whoever gave you the link')]).toEqual([410, true]);
    }
    expect(again.answer.status).toBe(200);
    expect([await mayLogIn(name, next), await mayLogIn(name, other.new)]).toEqual([true, false]);
  });

  it('who sends it several times at once is one', async () => {
    const [name, browser] = [await aUser(), new FormBrowser()];
    const url = await makeLink(name);
    const page = await browser.open(url);
    const words = ['apple violin morning', 'basket comet drizzle', 'candle gravel oyster', 'donkey harbour pencil'];
    const answers = await Promise.all(words.map((one) => browser.submit(page, url, { new: one, repeat: one })));
    expect(answers.filter(({ answer }) => answer.status === 410)).toHaveLength(3);
    const won = words.filter((_, i) => answers[i]!.answer.status === 200);
    expect([await mayLogIn(name, won[0]!), await mayLogIn(name, password)]).toEqual([true, false]);
  });

  it.each([
    [
      'expired',
      async (name: string) => {
        const url = await makeLink(name);
        await server.app.get(DataSource).query(`UPDATE password_link SET expires_at = now() - interval '1 second'`);
        return url;
      },
    ],
    [
      'replaced by another one',
      async (name: string) => {
        const url = await makeLink(name);
        await makeLink(name);
        return url;
      },
    ],
    [
      'of a user who has another password since',
      async (name: string) => {
        const url = await makeLink(name);
        await server.app.get(LocalAccounts).change(name, { password: 'another password' });
        return url;
      },
    ],
    [
      'of a user who is disabled',
      async (name: string) => {
        const url = await makeLink(name);
        await server.app.get(LocalAccounts).disable(name);
        return url;
      },
    ],
    ['guessed', async () => `${server.oauth}/account/link/${'A'.repeat(43)}`],
  ])('cannot use a link that is %s, and is told the same', async (_, linkOf) => {
    const url = await linkOf(await aUser());
    const { answer, text } = await new FormBrowser().open(url);
    expect([answer.status, text.includes('This link does not work any more')]).toEqual([410, true]);
    expect(text).not.toContain('victim');
  });

  it('cannot have a form sent from elsewhere, or with a token of another page', async () => {
    const { browser, page } = await enter(await aUser());
    const target = new URL(`${server.oauth}/account/password`);
    const fields = { current: password, ...chosen };
    const token = String(page.forms.find(({ action }) => action.endsWith('/password'))!.fields['form_token']);
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    const tries = [
      await browser.post(target, fields),
      await browser.post(target, { ...fields, form_token: token }, crossSite),
      await browser.post(target, { ...fields, form_token: 'x'.repeat(token.length) }),
    ];
    const stranger = await enter(await aUser());
    tries.push(await stranger.browser.post(target, { ...fields, form_token: token }));
    const url = await makeLink(await aUser());
    tries.push(await browser.post(new URL(url), { ...chosen, form_token: token }));
    for (const { answer, text } of tries) {
      expect(answer.status).toBe(403);
      expect(text).toContain('This form cannot be used');
    }
    expect(await mayLogIn(`victim-${count}`, password)).toBe(true);
  });

  it('cannot try out the current password at an open browser', async () => {
    const name = await aUser();
    const { browser, page } = await enter(name);
    const tries: ShownPage[] = [];
    for (let i = 0; i < 11; i++)
      tries.push(await browser.submit(page, '/password', { current: `guess ${i}`, ...chosen }));
    expect(tries.at(0)!.text).toContain('This is not your current password.');
    expect(tries.at(-1)!.text).toContain('too many failed attempts');
    const right = await browser.submit(page, '/password', { current: password, ...chosen });
    expect([right.answer.status, right.text.includes('Wait')]).toEqual([422, true]);
  });

  it('who gave a browser a session of his own does not get into the one of its user', async () => {
    const attacker = await enter(await aUser());
    const planted = attacker.browser.cookiesFor(new URL(`${server.oauth}/account`));
    const name = await aUser();
    // The browser of the victim begins with the cookies of the attacker, and its user signs in and changes the password.
    await attacker.browser.submit(attacker.page, '/logout');
    const out = await attacker.browser.open(`${server.oauth}/account`);
    const signedIn = await attacker.browser.submit(out, '/login', { name, password });
    const changed = await attacker.browser.submit(signedIn, '/password', { current: password, ...chosen });
    expect(changed.text).toContain('Your password is changed.');
    const before = attacker.browser.cookiesFor(new URL(`${server.oauth}/account`));
    for (const cookie of [planted, planted.replace(/lanyard_form=[^;]*/, /lanyard_form=[^;]*/.exec(before)![0])]) {
      const answer = await fetch(`${server.oauth}/account`, { headers: { cookie } });
      const text = await answer.text();
      expect([text.includes('<title>Sign in</title>'), text.includes(name)]).toEqual([true, false]);
    }
  });

  it('learns from no answer which users there are', async () => {
    const name = await aUser();
    const textFor = async (user: string): Promise<string> => {
      const browser = new FormBrowser();
      const page = await browser.open(`${server.oauth}/account`);
      const { text } = await browser.submit(page, '/login', { name: user, password: 'not it at all' });
      return text.replaceAll(user, 'NAME').replace(/name="form_token" value="[^"]*"/g, '');
    };
    expect(await textFor(name)).toBe(await textFor('nobody-at-all'));
  });
});

type Resolved = (error: Error | null, found: string | readonly dns.LookupAddress[], family?: number) => void;

const listening = (one: TcpServer | Server): Promise<void> =>
  new Promise((resolve) => one.listen(0, '127.0.0.1', () => resolve()));

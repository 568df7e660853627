// The console as a client of the embedded authorization server (docs/adr/0070)
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { PasswordResets } from '../../src/oauth2/clients/password-resets.js';
import { FormBrowser } from '../support/form-browser.js';
import {
  accountsOf,
  addUser,
  AppLogin,
  type LoginServer,
  registerApp,
  smartPassword,
  startLoginServer,
} from '../support/smart-login.js';

const id = 'lanyard-console';
const asked = 'openid fhirUser online_access user/*.cruds user/AuditEvent.rs admin/*.cruds operator/*.cruds';

let login: LoginServer;

beforeAll(async () => {
  login = await startLoginServer();
  await addUser(login, { name: 'doctor', grants: 'user/*.rs', fhirUser: 'Practitioner/dr' });
  await addUser(login, { name: 'helpdesk', grants: 'user/Patient.r admin/User.ru' });
  await addUser(login, { name: 'nobody', grants: '' });
});
afterAll(() => login.close());

const home = (): string => `${login.url}/console/callback`;
const address = (more: Readonly<Record<string, string>> = {}): string =>
  new AppLogin(login, id).address(asked, { redirect_uri: home(), ...more });

/** A login of the console, up to its tokens. */
async function tokensOf(browser: FormBrowser, name?: string, scope = asked): Promise<Readonly<Record<string, string>>> {
  const app = new AppLogin(login, id);
  const url = app.address(scope, { redirect_uri: home() });
  let page = await browser.open(url);
  if (name !== undefined) page = await browser.submit(page, '/login', { name, password: smartPassword });
  return (await app.redeem(page.url.searchParams, home())) as Readonly<Record<string, string>>;
}

const refresh = (token: string): Promise<Response> =>
  fetch(`${login.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: id, refresh_token: token }),
  });

describe('the console', () => {
  it('gets what the user may do, without a question', async () => {
    const tokens = await tokensOf(new FormBrowser(), 'doctor');
    expect(tokens['scope']?.split(' ').toSorted()).toEqual(['fhirUser', 'online_access', 'openid', 'user/*.rs']);
    const claims = decodeJwt(tokens['access_token']!);
    expect(claims).toMatchObject({ sub: 'doctor', client_id: id, aud: login.fhirBase });
    const answer = await login.server.call('GET', 'Patient', { token: tokens['access_token']! });
    expect(answer.status).toBe(200);
  });

  it('carries rights to administer, as far as the user has them', async () => {
    const { scope } = await tokensOf(new FormBrowser(), 'helpdesk');
    expect(scope?.split(' ').toSorted()).toEqual(['admin/User.ru', 'online_access', 'openid', 'user/Patient.r']);
  });

  it('lets in a user without any rights, whom the server then tells why', async () => {
    const tokens = await tokensOf(new FormBrowser(), 'nobody');
    expect(tokens['scope']?.split(' ').toSorted()).toEqual(['online_access', 'openid']);
    const answer = await login.server.call('GET', 'Patient', { token: tokens['access_token']! });
    expect(answer.status).toBe(403);
  });

  it('asks nothing, but the choice of a password in place of a one-time password', async () => {
    await addUser(login, { name: 'new', grants: 'user/*.rs' });
    const { value } = await login.server.app.get(PasswordResets).makeOneTimePassword('new');
    const browser = new FormBrowser();
    const page = await browser.submit(await browser.open(address()), '/login', { name: 'new', password: value });
    expect(page.url.pathname).toContain('/oauth2/interaction/');
    const chosen = { new: 'a much better password', repeat: 'a much better password' };
    const end = await browser.submit(page, '/password', chosen);
    expect([end.url.pathname, end.url.searchParams.has('code')]).toEqual(['/console/callback', true]);
  });

  it('is logged in again without a page while the browser has a session, with the same grant', async () => {
    const browser = new FormBrowser();
    const first = await tokensOf(browser, 'doctor');
    const second = await tokensOf(browser);
    expect(decodeJwt(second['access_token']!)['sid']).toBe(decodeJwt(first['access_token']!)['sid']);
    const silent = await browser.open(address({ prompt: 'none' }));
    expect([silent.url.pathname, silent.url.searchParams.has('code')]).toEqual(['/console/callback', true]);
  });

  it('is told that somebody has to log in, where nobody is logged in', async () => {
    const { url } = await new FormBrowser().open(address({ prompt: 'none' }));
    expect([url.pathname, url.searchParams.get('error')]).toEqual(['/console/callback', 'login_required']);
  });

  it('gets the rights that the user has now, and not those of the login before', async () => {
    await addUser(login, { name: 'promoted', grants: 'user/Patient.r' });
    const browser = new FormBrowser();
    await tokensOf(browser, 'promoted');
    await accountsOf(login).change('promoted', { grants: 'user/Patient.rs' });
    const page = await browser.open(address());
    const { scope } = page.title === 'Sign in' ? await tokensOf(browser, 'promoted') : await tokensOf(browser);
    expect(scope?.split(' ')).toContain('user/Patient.rs');
  });

  it('ends with the session of the browser', async () => {
    const browser = new FormBrowser();
    const tokens = await tokensOf(browser, 'doctor');
    const back = `${login.url}/console/`;
    const query = new URLSearchParams({ client_id: id, post_logout_redirect_uri: back });
    const page = await browser.open(`${login.issuer}/logout?${query.toString()}`);
    const end = await browser.submit(page, '/logout/confirm', { logout: 'yes' });
    expect(end.url.href).toBe(back);
    expect((await refresh(tokens['refresh_token']!)).status).toBe(400);
    const { status } = await login.server.call('GET', 'Patient', { token: tokens['access_token']! });
    expect(status).toBe(401);
    expect((await browser.open(address())).title).toBe('Sign in');
  });

  it('renews by rotation: a refresh token counts once', async () => {
    const tokens = await tokensOf(new FormBrowser(), 'doctor');
    const renewed = (await (await refresh(tokens['refresh_token']!)).json()) as Readonly<Record<string, string>>;
    expect(renewed['refresh_token']).not.toBe(tokens['refresh_token']);
    expect((await refresh(renewed['refresh_token']!)).status).toBe(200);
  });

  it.each([
    ['another port', () => home().replace(/:\d+/, ':1')],
    ['another path', () => `${login.url}/console/callback/x`],
    ['another host', () => 'https://evil.example/console/callback'],
  ])('is not sent to %s', async (_, redirect) => {
    const browser = new FormBrowser();
    await tokensOf(browser, 'doctor');
    const page = await browser.open(address({ redirect_uri: redirect() }));
    expect([page.answer.status, page.url.pathname]).toEqual([400, '/oauth2/authorize']);
  });

  it('is the only app whose users are not asked', async () => {
    const app = await registerApp(login, 'Foreign app', 'openid online_access user/*.rs');
    const browser = new FormBrowser();
    await tokensOf(browser, 'doctor');
    const page = await browser.open(new AppLogin(login, app).address('openid online_access user/*.rs'));
    expect(page.title).toBe('Share data with Foreign app?');
    const before = login.arrivals.length;
    await browser.open(new AppLogin(login, app).address('openid user/*.rs', { prompt: 'none' }));
    expect(login.arrivals.slice(before).map((query) => query.get('error'))).toEqual(['consent_required']);
  });

  it('has an id that nobody registers', async () => {
    const store = login.server.app.get(OauthClientStore);
    const form = {
      name: 'x',
      kind: 'public',
      redirectUris: ['https://evil.example/cb'],
      scopes: ['user/*.rs'],
    } as const;
    const metadata = {
      ...form,
      grantTypes: ['authorization_code'] as const,
      origins: [],
      contacts: [],
      introspects: false,
    };
    await expect(store.create({ ...metadata, disabled: false }, { id, createdBy: 'admin' })).rejects.toThrow(
      `The id ${id} belongs to this server.`,
    );
    expect(await store.exists(id)).toBe(false);
  });
});

describe('scopes by page', () => {
  const first = 'openid fhirUser online_access';
  const listUsers = async ({ access_token: token }: Readonly<Record<string, string>>): Promise<number> =>
    (await fetch(`${login.issuer}/users`, { headers: { authorization: `Bearer ${token}` } })).status;
  const readPatients = async ({ access_token: token }: Readonly<Record<string, string>>): Promise<number> =>
    (await login.server.call('GET', 'Patient', { token: token! })).status;
  const revoke = (token: string): Promise<Response> =>
    fetch(`${login.issuer}/revoke`, { method: 'POST', body: new URLSearchParams({ client_id: id, token }) });

  beforeAll(() => addUser(login, { name: 'chief', grants: 'user/*.cruds admin/User.cruds' }));

  it('are all that a token can do: one that reads data does not administer, whoever has it', async () => {
    const browser = new FormBrowser();
    const none = await tokensOf(browser, 'chief', first);
    expect([none['scope'], await readPatients(none), await listUsers(none)]).toEqual([
      'openid online_access',
      403,
      403,
    ]);
    const data = await tokensOf(browser, undefined, `${first} user/*.rs`);
    expect([await readPatients(data), await listUsers(data)]).toEqual([200, 403]);
    const users = await tokensOf(browser, undefined, `${first} admin/User.rs`);
    expect([await readPatients(users), await listUsers(users)]).toEqual([403, 200]);
  });

  it('are told before they are asked for: those of the user, and of no other app', async () => {
    const tokens = await tokensOf(new FormBrowser(), 'helpdesk', first);
    const told = 'openid online_access user/Patient.r admin/User.ru';
    expect(tokens['available_scopes']?.split(' ').toSorted()).toEqual(told.split(' ').toSorted());
    await accountsOf(login).change('helpdesk', { grants: 'user/Patient.r admin/User.r' });
    const again = await tokensOf(new FormBrowser(), 'helpdesk', first);
    expect(again['available_scopes']).toContain('admin/User.r');
    expect(again['available_scopes']).not.toContain('admin/User.ru');
    const renewed = (await (await refresh(again['refresh_token']!)).json()) as Readonly<Record<string, string>>;
    expect(renewed['available_scopes']).toBe(again['available_scopes']);
    const app = await registerApp(login, 'Other app', 'openid online_access user/*.rs');
    const [foreign, browser] = [new AppLogin(login, app), new FormBrowser()];
    const form = await browser.open(foreign.address('openid online_access user/*.rs'));
    const consent = await browser.submit(form, '/login', { name: 'doctor', password: smartPassword });
    const left = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(left.forward!);
    const answer = await foreign.redeem(login.arrivals.at(-1));
    expect(answer).toHaveProperty('refresh_token');
    expect(answer).not.toHaveProperty('available_scopes');
  });

  it('are never more than the rights of the user, however often and without a page they are asked for', async () => {
    const browser = new FormBrowser();
    await tokensOf(browser, 'doctor', first);
    for (const more of ['admin/*.cruds', 'user/*.cruds admin/User.r operator/*.cruds', 'system/*.rs patient/*.cruds']) {
      const page = await browser.open(new AppLogin(login, id).address(`${first} ${more}`, { redirect_uri: home() }));
      expect(page.url.pathname).toBe('/console/callback');
      const { scope = '' } = await tokensOf(browser, undefined, `${first} ${more}`);
      const most = ['openid', 'fhirUser', 'online_access', 'user/*.rs'];
      expect(scope.split(' ').filter((one) => !most.includes(one))).toEqual([]);
    }
  });

  it('that are wider take the place of narrower ones: their tokens count no more', async () => {
    const [browser, other] = [new FormBrowser(), new FormBrowser()];
    const elsewhere = await tokensOf(other, 'chief', first);
    const narrow = await tokensOf(browser, 'chief', `${first} user/*.rs`);
    const beside = await tokensOf(browser, undefined, `${first} admin/User.rs`);
    const wide = await tokensOf(browser, undefined, `${first} user/*.cruds`);
    expect((await refresh(narrow['refresh_token']!)).status).toBe(400);
    expect(await readPatients(narrow)).toBe(401);
    expect([await readPatients(wide), await listUsers(beside)]).toEqual([200, 200]);
    // Those of another tab that asks for less than this one, and of another browser.
    const less = await tokensOf(browser, undefined, first);
    for (const { refresh_token: token } of [wide, beside, less, elsewhere])
      expect((await refresh(token!)).status).toBe(200);
  });

  it('end together: with the logout of one tab, and with nobody else', async () => {
    const [browser, other] = [new FormBrowser(), new FormBrowser()];
    const elsewhere = await tokensOf(other, 'chief', `${first} user/*.rs`);
    const data = await tokensOf(browser, 'chief', `${first} user/*.rs`);
    const users = await tokensOf(browser, undefined, `${first} admin/User.rs`);
    expect((await revoke(users['refresh_token']!)).status).toBe(200);
    for (const { refresh_token: token } of [data, users]) expect((await refresh(token!)).status).toBe(400);
    expect([await readPatients(data), await listUsers(users)]).toEqual([401, 401]);
    expect((await refresh(elsewhere['refresh_token']!)).status).toBe(200);
  });

  it('end with the session of the browser, all of them', async () => {
    const browser = new FormBrowser();
    const data = await tokensOf(browser, 'chief', `${first} user/*.rs`);
    const users = await tokensOf(browser, undefined, `${first} admin/User.rs`);
    const page = await browser.open(`${login.issuer}/logout?${new URLSearchParams({ client_id: id }).toString()}`);
    await browser.submit(page, '/logout/confirm', { logout: 'yes' });
    for (const { refresh_token: token } of [data, users]) expect((await refresh(token!)).status).toBe(400);
    expect([await readPatients(data), await listUsers(users)]).toEqual([401, 401]);
  });
});

describe('CONSOLE=off', () => {
  it('has neither a page nor a client', async () => {
    const off = await startLoginServer({ CONSOLE: 'off' });
    try {
      for (const path of ['/console', '/console/', '/console/config.json', '/console/data/Patient']) {
        const answer = await fetch(off.url + path);
        expect([path, answer.status, await answer.text()]).toEqual([path, 404, expect.stringContaining('CONSOLE=on')]);
      }
      const url = new AppLogin(off, id).address(asked, { redirect_uri: `${off.url}/console/callback` });
      const { answer } = await new FormBrowser().open(url);
      expect(answer.status).toBe(400);
    } finally {
      await off.close();
    }
  });
});

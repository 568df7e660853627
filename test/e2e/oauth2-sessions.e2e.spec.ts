import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecondFactors } from '../../src/oauth2/mfa/second-factors.js';
import { generateTotpSecret } from '../../src/oauth2/mfa/totp.js';
import { adminPassword } from '../support/server.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import {
  accountsOf,
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
} from '../support/smart-login.js';

const json = { 'content-type': 'application/json' };
const scope = 'openid offline_access user/Patient.rs';

let login: LoginServer;
let client: string;
let count = 0;
let user: string;

beforeAll(async () => {
  login = await startLoginServer();
  client = await registerApp(login, 'App', scope);
});
afterAll(() => login.close());
beforeEach(async () => {
  user = `user-${++count}`;
  await addUser(login, { name: user, grants: 'user/*.rs' });
});

const begin = (browser: FormBrowser): Promise<ShownPage> => browser.open(new AppLogin(login, client).address(scope));

async function logIn(browser: FormBrowser): Promise<ShownPage> {
  const consent = await browser.submit(await begin(browser), '/login', { name: user, password: smartPassword });
  expect(consent.title).toBe('Share data with App?');
  return consent;
}

async function logInAndAllow(browser: FormBrowser): Promise<void> {
  const last = await browser.submit(await logIn(browser), '/consent', { decision: 'allow' });
  expect((await browser.open(last.forward!)).text).toContain('Welcome back');
  expect((await begin(browser)).title).toBe('Share data with App?');
}

const changes: readonly (readonly [string, () => Promise<void>])[] = [
  ['the password', () => accountsOf(login).change(user, { password: 'another password' })],
  ['the person', () => accountsOf(login).change(user, { fhirUser: 'Practitioner/x' })],
  [
    'whether the account is active',
    async () => {
      await accountsOf(login).disable(user);
      await accountsOf(login).change(user, { disabled: false });
    },
  ],
  ['nothing, and ends the sessions', () => accountsOf(login).endSessions(user)],
  [
    'the second factor, which is the first one',
    async () => {
      const secret = generateTotpSecret();
      const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
      const account = await accountsOf(login).get(user);
      expect(await login.server.app.get(SecondFactors).addTotp(account, secret, code)).toBe(true);
    },
  ],
];

describe.each(changes)('when somebody changes %s', (_, change) => {
  it('a browser that was logged in has to log in again', async () => {
    const browser = new FormBrowser();
    await logInAndAllow(browser);
    await change();
    expect((await begin(browser)).title).toBe('Sign in');
  });

  it('a login that was under way ends', async () => {
    const browser = new FormBrowser();
    const consent = await logIn(browser);
    await change();
    const before = login.arrivals.length;
    const end = await browser.submit(consent, '/consent', { decision: 'allow' });
    expect([end.answer.status, end.forward]).toEqual([400, undefined]);
    expect(login.arrivals).toHaveLength(before);
  });

  it('a decision that the app has not heard of counts no more', async () => {
    const browser = new FormBrowser();
    const last = await browser.submit(await logIn(browser), '/consent', { decision: 'allow' });
    await change();
    const before = login.arrivals.length;
    expect((await browser.open(last.forward!)).answer.status).toBe(400);
    expect(login.arrivals).toHaveLength(before);
  });

  it('the browsers of others stay logged in', async () => {
    const browser = new FormBrowser();
    await logInAndAllow(browser);
    user = `${user}-other`;
    await addUser(login, { name: user, grants: 'user/*.rs' });
    await change();
    expect((await begin(browser)).title).toBe('Share data with App?');
  });
});

describe('the sessions of a user', () => {
  interface Opened {
    readonly browser: FormBrowser;
    readonly access: readonly string[];
    readonly appRefresh: string;
    readonly loginRefresh: string;
  }

  /** A browser, an app with a refresh token, and a login by password. */
  async function openAll(name: string): Promise<Opened> {
    user = name;
    const browser = new FormBrowser();
    const app = new AppLogin(login, client);
    const consent = await browser.submit(await browser.open(app.address(scope)), '/login', {
      name,
      password: smartPassword,
    });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const tokens = (await app.redeem(login.arrivals.at(-1))) as { access_token: string; refresh_token: string };
    const own = await byPassword(name, smartPassword);
    return {
      browser,
      access: [tokens.access_token, own.access_token],
      appRefresh: tokens.refresh_token,
      loginRefresh: own.refresh_token,
    };
  }

  const byPassword = async (name: string, password: string) =>
    (await login.server.call('POST', 'login', { body: { user: name, password }, headers: json })).body as {
      readonly access_token: string;
      readonly refresh_token: string;
    };

  async function stillOpen({ browser, access, appRefresh, loginRefresh }: Opened): Promise<readonly string[]> {
    const body = { grant_type: 'refresh_token', client_id: client, refresh_token: appRefresh };
    const app = await fetch(`${login.issuer}/token`, { method: 'POST', body: new URLSearchParams(body) });
    const own = await login.server.call('POST', 'refresh', {
      body: { refresh_token: loginRefresh },
      headers: json,
    });
    const reads = await Promise.all(access.map((token) => login.server.call('GET', 'Patient', { token })));
    return [
      ...(app.ok ? ['refresh token of the app'] : []),
      ...(own.status === 200 ? ['refresh token of the login'] : []),
      ...reads.flatMap(({ status }, at) => (status === 200 ? [`access token ${at}`] : [])),
      ...((await begin(browser)).title === 'Sign in' ? [] : ['browser']),
    ];
  }

  const everything = [
    'refresh token of the app',
    'refresh token of the login',
    'access token 0',
    'access token 1',
    'browser',
  ];
  const end = (name: string, token: string) => login.server.call('DELETE', `/oauth2/users/${name}/sessions`, { token });

  it('are ended by an administrator, all of them and no others; the account stays as it is', async () => {
    const [others, ended] = [await openAll(user), await openAll(await another('user/*.rs'))];
    const name = user;
    const { access_token: token } = await byPassword('admin', adminPassword);
    const answer = await end(name, token);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await stillOpen(ended)).toEqual([]);
    expect(await stillOpen(others)).toEqual(everything);
    expect(await accountsOf(login).get(name)).toMatchObject({ disabledAt: null, grants: 'user/*.rs' });
    expect((await openAll(name)).appRefresh).toBeTypeOf('string');
    expect((await end('never-there', token)).status).toBe(404);
    const trail = await login.server.call('GET', 'AuditEvent?_count=50', { token });
    const requests = [...trail.text.matchAll(/"query":"([^"]+)"/g)].map(([, query]) => atob(query!));
    expect(requests.filter((line) => line.endsWith(`/oauth2/users/${name}/sessions`))).toHaveLength(1);
  });

  it('are ended by the user alone with admin/User.u, and else by nobody but administrators', async () => {
    const plain = await openAll(user);
    const plainName = user;
    const helpdesk = await openAll(await another('user/Patient.rs admin/User.u admin/Audit.s'));
    const [helpdeskName, token] = [user, helpdesk.access[1]!];
    expect((await end(plainName, plain.access[1]!)).status).toBe(403);
    expect((await end('admin', token)).status).toBe(403);
    expect(await stillOpen(plain)).toEqual(everything);
    expect((await end(helpdeskName, token)).status).toBe(204);
    expect(await stillOpen(helpdesk)).toEqual([]);
  });

  it('are ended by the user on the page of the account, in all browsers', async () => {
    const opened = await openAll(user);
    const account = await opened.browser.open(`${login.issuer}/account`);
    const after = await opened.browser.submit(account, '/sessions', {});
    expect(after.title).toBe('Sign in');
    expect(await stillOpen(opened)).toEqual([]);
  });

  async function another(grants: string): Promise<string> {
    const name = `user-${++count}`;
    await addUser(login, { name, grants });
    return name;
  }
});

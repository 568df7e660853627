import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import {
  accountsOf,
  addUser,
  AppLogin,
  type LoginServer,
  registerApp,
  smartPassword,
  startLoginServer,
} from '../support/smart-login.js';

/** One login for "My apps" and for apps (docs/adr/0074): what it must not make possible (RFC 9700 4.7; OpenID Connect Core 3.1.2.1). */
let login: LoginServer;
let client: string;
let count = 0;
let victim: string;
let attacker: string;
const scope = 'openid user/Patient.rs';

beforeAll(async () => {
  login = await startLoginServer();
  client = await registerApp(login, 'App', `${scope} online_access`);
});
afterAll(() => login?.close());
beforeEach(async () => {
  [victim, attacker] = [`owner-${++count}`, `thief-${count}`];
  for (const name of [victim, attacker]) await addUser(login, { name, grants: 'user/*.rs' });
});

const apps = (): string => `${login.issuer}/apps`;
const authorize = (browser: FormBrowser, more: Readonly<Record<string, string>> = {}): Promise<ShownPage> =>
  browser.open(new AppLogin(login, client).address(scope, more));

async function enterApps(
  name: string,
  browser = new FormBrowser(),
): Promise<{ browser: FormBrowser; page: ShownPage }> {
  const page = await browser.submit(await browser.open(apps()), '/login', { name, password: smartPassword });
  return { browser, page };
}

/** As far as the app, which then has a session of this browser. */
async function enterApp(name: string, browser = new FormBrowser()): Promise<FormBrowser> {
  const consent = await browser.submit(await authorize(browser), '/login', { name, password: smartPassword });
  const last = await browser.submit(consent, '/consent', { decision: 'allow' });
  expect((await browser.open(last.forward!)).text).toContain('Welcome back');
  return browser;
}

const cookiesOf = (browser: FormBrowser): string => browser.cookiesFor(new URL(apps()));
/** The title that a browser with exactly these cookies is shown. */
async function titleWith(address: string, cookie: string): Promise<string> {
  const answer = await fetch(address, { headers: { cookie }, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) return /<title>([^<]*)/.exec(await answer.text())?.[1] ?? '';
  const set = answer.headers.getSetCookie().map((line) => line.split(';')[0]!);
  return titleWith(new URL(location, login.issuer).href, [cookie, ...set].join('; '));
}

describe('who logs in at one', () => {
  it('is logged in at the other: from "My apps" to an app', async () => {
    const { browser, page } = await enterApps(victim);
    expect(page.title).toBe('My apps');
    const consent = await authorize(browser);
    expect([consent.title, consent.text.includes(`Signed in as ${victim}`)]).toEqual(['Share data with App?', true]);
  });

  it('is logged in at the other: from an app to all pages of the account', async () => {
    const browser = await enterApp(victim);
    expect((await browser.open(apps())).title).toBe('My apps');
    const other = await enterApp(attacker);
    expect((await other.open(`${login.issuer}/account`)).title).toBe('Password');
    const third = await enterApp(attacker);
    expect((await third.open(`${apps()}/security`)).title).toBe('Sign-in security');
  });

  it('still has to give the password for what changes the account', async () => {
    const browser = await enterApp(victim);
    const page = await browser.open(`${login.issuer}/account`);
    const fresh = 'four words nobody guesses';
    const refused = await browser.submit(page, '/password', { new: fresh, repeat: fresh, current: 'wrong' });
    expect([refused.answer.status, refused.text.includes('not your current password')]).toEqual([422, true]);
    const security = await browser.open(`${apps()}/security`);
    expect((await browser.submit(security, '/passkey/add', { label: 'x', response: '{}' })).answer.status).toBe(422);
  });

  it.each([{ prompt: 'login' }, { max_age: '0' }])(
    'is asked again where the app wants a fresh login: %j',
    async (more) => {
      const { browser } = await enterApps(victim);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const again = await authorize(browser, more);
      expect(again.title).toBe('Sign in');
      // Nor does another look at "My apps" stand for it.
      await browser.open(apps());
      expect((await browser.open(again.url.href)).title).toBe('Sign in');
    },
  );

  it('has the time of that login in the ID token', async () => {
    const { browser } = await enterApps(victim);
    const before = Math.floor(Date.now() / 1_000);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await browser.open(apps());
    const app = new AppLogin(login, client);
    const consent = await browser.open(app.address(scope, { max_age: '600' }));
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const { id_token: token } = await app.redeem(login.arrivals.at(-1));
    const claims = JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString()) as {
      auth_time: number;
    };
    expect(claims.auth_time).toBeLessThanOrEqual(before);
  });
});

describe('who logs out at one', () => {
  it('is logged out at the other, and copies of the cookies are nobody', async () => {
    const { browser, page } = await enterApps(victim);
    const copied = cookiesOf(browser);
    expect(await titleWith(apps(), copied)).toBe('My apps');
    expect((await browser.submit(page, '/logout')).title).toBe('Sign in');
    expect((await authorize(browser)).title).toBe('Sign in');
    expect(await titleWith(apps(), copied)).toBe('Sign in');
    expect(await titleWith(new AppLogin(login, client).address(scope), copied)).toBe('Sign in');
  });

  it('is logged out of "My apps" by the logout of apps', async () => {
    const { browser } = await enterApps(victim);
    const question = await browser.open(`${login.issuer}/logout`);
    const copied = cookiesOf(browser);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)![1]!;
    await browser.post(new URL(`${login.issuer}/logout/confirm`), { xsrf, logout: 'yes' });
    expect((await browser.open(apps())).title).toBe('Sign in');
    expect(await titleWith(apps(), copied)).toBe('Sign in');
  });

  it.each([
    ['a new password', () => accountsOf(login).change(victim, { password: 'another password altogether' })],
    ['the end of the account', () => accountsOf(login).disable(victim)],
  ] as const)('is logged out of both by %s, in every browser', async (_, change) => {
    const one = (await enterApps(victim)).browser;
    const other = await enterApp(victim);
    await other.open(apps());
    await change();
    for (const browser of [one, other]) {
      expect((await browser.open(apps())).title).toBe('Sign in');
      expect((await authorize(browser)).title).toBe('Sign in');
    }
  });

  it('stays logged in alone in the browser where the user changed the password', async () => {
    const { browser } = await enterApps(victim);
    const other = await enterApp(victim);
    const page = await browser.open(`${login.issuer}/account`);
    const copied = cookiesOf(browser);
    const fresh = 'four words nobody guesses';
    const done = await browser.submit(page, '/password', { new: fresh, repeat: fresh, current: smartPassword });
    expect(done.text).toContain('Your password is changed.');
    expect((await authorize(browser)).title).toBe('Share data with App?');
    expect((await authorize(other)).title).toBe('Sign in');
    expect((await other.open(apps())).title).toBe('Sign in');
    expect(await titleWith(apps(), copied)).toBe('Sign in');
  });
});

describe('a login', () => {
  it('gets another session than a planted one, which ends', async () => {
    const planted = await enterApp(attacker);
    const kept = cookiesOf(planted);
    // The browser of the victim has the cookies of the attacker, so the victim has to log out first.
    const left = await planted.submit(await planted.open(apps()), '/logout');
    const page = await planted.submit(left, '/login', { name: victim, password: smartPassword });
    expect(page.text).toContain(victim);
    expect(cookiesOf(planted)).not.toBe(kept);
    expect(await titleWith(apps(), kept)).toBe('Sign in');
    expect(await titleWith(new AppLogin(login, client).address(scope), kept)).toBe('Sign in');
  });

  it('is not made by a value that somebody else chose, nor by a session without its signature', async () => {
    const { browser } = await enterApps(victim);
    const own = cookiesOf(browser);
    const session = /lanyard_session=([^;]+)/.exec(own)![1]!;
    for (const cookie of [`lanyard_session=${session}`, `lanyard_session=${'x'.repeat(43)}; lanyard_session.sig=y`]) {
      expect(await titleWith(apps(), cookie)).toBe('Sign in');
    }
  });

  it('takes no form of another site, nor one without its token (login CSRF)', async () => {
    const browser = new FormBrowser();
    const form = await browser.open(apps());
    const fields = { ...form.forms[0]!.fields, name: attacker, password: smartPassword };
    const target = new URL(`${apps()}/login`);
    expect((await browser.post(target, fields, { 'sec-fetch-site': 'cross-site' })).answer.status).toBe(403);
    expect((await browser.post(target, { ...fields, form_token: 'x' })).answer.status).toBe(403);
    expect((await browser.open(apps())).title).toBe('Sign in');
    expect(cookiesOf(browser)).not.toContain('lanyard_session=');
  });

  it('of somebody else in an app ends "My apps" of the one before, whose forms are refused', async () => {
    const { browser, page } = await enterApps(victim);
    const consent = await authorize(browser);
    const sign = await browser.submit(consent, '/switch');
    const other = await browser.submit(sign, '/login', { name: attacker, password: smartPassword });
    const last = await browser.submit(other, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const late = await browser.submit(page, '/logout');
    expect(late.answer.status).toBe(403);
    const now = await browser.open(apps());
    expect([now.title, now.text.includes(attacker), now.text.includes(victim)]).toEqual(['My apps', true, false]);
  });

  it('takes with it what an app may do while it lasts, when it ends in "My apps"', async () => {
    const browser = new FormBrowser();
    const app = new AppLogin(login, client);
    const start = await browser.open(app.address(`${scope} online_access`));
    const consent = await browser.submit(start, '/login', { name: victim, password: smartPassword });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const { refresh_token: token } = await app.redeem(login.arrivals.at(-1));
    const left = await browser.submit(await browser.open(apps()), '/logout');
    expect(left.title).toBe('Sign in');
    const refreshed = await fetch(`${login.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token), client_id: client }),
    });
    expect(refreshed.status).toBe(400);
  });

  it('is none while the second factor is missing, and setting one up ends the logins of a password alone', async () => {
    const { browser } = await enterApps(victim);
    const other = await enterApp(victim);
    const started = await browser.submit(await browser.open(`${apps()}/security`), '/totp/start');
    const secret = /class="secret"\s*>([A-Z2-7 ]+)</.exec(started.text)![1]!.replaceAll(' ', '');
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const code = totp.generate({ timestamp: Date.now() });
    const done = await browser.submit(started, '/totp/confirm', { code, current: smartPassword });
    expect(done.text).toContain('The authenticator app is set up.');
    expect((await browser.open(apps())).title).toBe('My apps');
    expect((await other.open(apps())).title).toBe('Sign in');
    expect((await authorize(other)).title).toBe('Sign in');
    const half = await enterApps(victim);
    expect(half.page.title).toBe('Second step');
    expect((await authorize(half.browser)).title).toBe('Sign in');
    expect(cookiesOf(half.browser)).not.toContain('lanyard_session=');
    expect((await half.browser.open(`${login.issuer}/account`)).title).toBe('Second step');
  });
});

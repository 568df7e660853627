import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import {
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
} from '../support/smart-login.js';

/** Sessions and interactions of other browsers: planted, copied, mixed (RFC 9700 4.7, 4.16). */
let login: LoginServer;
let client: string;
let count = 0;
let victim: string;
let attacker: string;
const scope = 'openid user/Patient.rs';

beforeAll(async () => {
  login = await startLoginServer();
  client = await registerApp(login, 'App', scope);
});
afterAll(() => login?.close());
beforeEach(async () => {
  [victim, attacker] = [`victim-${++count}`, `attacker-${count}`];
  for (const name of [victim, attacker]) await addUser(login, { name, grants: 'user/*.rs' });
});

const begin = (browser: FormBrowser): Promise<ShownPage> => browser.open(new AppLogin(login, client).address(scope));
/** The cookies of the session and its signature. */
const sessionOf = (browser: FormBrowser): string =>
  (browser.cookiesFor(new URL(`${login.issuer}/authorize`)).match(/lanyard_session(?:\.sig)?=[^;]+/g) ?? []).join('; ');

async function logIn(browser: FormBrowser, name: string): Promise<ShownPage> {
  const consent = await browser.submit(await begin(browser), '/login', { name, password: smartPassword });
  expect(consent.title).toBe('Share data with App?');
  return consent;
}

async function logInAndAllow(browser: FormBrowser, name: string): Promise<void> {
  const last = await browser.submit(await logIn(browser, name), '/consent', { decision: 'allow' });
  expect((await browser.open(last.forward!)).text).toContain('Welcome back');
}

/** The request as a browser with exactly these cookies sends it. */
const fetchWith = (address: string, cookie: string) => fetch(address, { redirect: 'manual', headers: { cookie } });

describe('a session', () => {
  it('has another id after each login: one that was planted is nobody afterwards', async () => {
    const browser = new FormBrowser();
    await logInAndAllow(browser, attacker);
    const planted = sessionOf(browser);
    expect(planted).toMatch(/^lanyard_session=.*; lanyard_session\.sig=/);
    const page = await browser.submit(await begin(browser), '/switch');
    const consent = await browser.submit(page, '/login', { name: victim, password: smartPassword });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const renewed = sessionOf(browser);
    expect(renewed).toMatch(/^lanyard_session=.*; lanyard_session\.sig=/);
    expect(renewed).not.toBe(planted);
    // What the attacker kept is no session of the victim, nor of anybody.
    const kept = await fetchWith(new AppLogin(login, client).address(scope), planted);
    const page2 = await fetchWith(
      new URL(kept.headers.get('location')!, login.issuer).href,
      kept.headers
        .getSetCookie()
        .map((line) => line.split(';')[0]!)
        .join('; '),
    );
    expect(await page2.text()).toContain('<title>Sign in</title>');
  });

  it('is not made by a value that somebody else chose', async () => {
    const chosen = 'x'.repeat(43);
    const first = await fetchWith(new AppLogin(login, client).address(scope), `lanyard_session=${chosen}`);
    const set = first.headers.getSetCookie().join('\n');
    expect(set).not.toContain(chosen);
    const ids = await login.server.app
      .get(DataSource)
      .query<{ model: string }[]>(`SELECT model FROM oauth_artifact WHERE payload::text LIKE '%${chosen}%'`);
    expect(ids).toEqual([]);
  });

  it('is sent to no script and no other site, and only below the issuer', async () => {
    const browser = new FormBrowser();
    const answer = await fetchWith(new AppLogin(login, client).address(scope), '');
    const lines = answer.headers.getSetCookie();
    await logInAndAllow(browser, victim);
    const entered = await fetch(`${login.issuer}/apps`, { redirect: 'manual' });
    for (const line of [...lines, ...entered.headers.getSetCookie()]) {
      expect(line).toMatch(/; HttpOnly/i);
      expect(line).toMatch(/; SameSite=Lax/i);
      expect(line).toMatch(/; Path=\/oauth2/i);
    }
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('an interaction', () => {
  it('of another browser is shown, answered and ended by nobody else', async () => {
    const [theirs, mine] = [new FormBrowser(), new FormBrowser()];
    const consent = await logIn(theirs, victim);
    await logIn(mine, attacker);
    const arrivals = login.arrivals.length;
    const opened = await mine.open(consent.url.href);
    expect([opened.answer.status, opened.text.includes(victim)]).toEqual([400, false]);
    expect(opened.text).toMatch(/start again|Start the app again|start/i);
    for (const action of ['consent', 'cancel', 'switch', 'login', 'patient']) {
      const fields = { ...consent.forms[0]!.fields, decision: 'allow', name: attacker, password: smartPassword };
      const answer = await mine.post(new URL(`${consent.url.href}/${action}`), fields);
      expect([action, answer.answer.status]).toEqual([action, 400]);
    }
    expect((await mine.open(`${consent.url.href}/apps`)).answer.status).toBe(400);
    const resumed = await mine.open(consent.url.href.replace('/interaction/', '/authorize/'));
    expect(resumed.text).not.toContain('Welcome back');
    expect(login.arrivals).toHaveLength(arrivals);
    const last = await theirs.submit(consent, '/consent', { decision: 'allow' });
    expect((await theirs.open(last.forward!)).text).toContain('Welcome back');
  });

  it('that an attacker began and a victim finishes gives the attacker no code', async () => {
    const mine = new FormBrowser();
    const page = await begin(mine);
    const cookies = mine.cookiesFor(page.url);
    const theirs = new FormBrowser();
    await logInAndAllow(theirs, victim);
    // The victim follows a link to the page of the attacker: their own browser has no part in that interaction.
    expect((await theirs.open(page.url.href)).answer.status).toBe(400);
    // With a planted cookie of the interaction the victim would see the page of a login, never be logged in on it.
    const planted = await fetchWith(page.url.href, `${cookies}; ${sessionOf(theirs)}`);
    expect(await planted.text()).toContain('<title>Sign in</title>');
    const arrivals = login.arrivals.length;
    const resumed = await mine.open(page.url.href.replace('/interaction/', '/authorize/'));
    expect(resumed.title).toBe('Sign in');
    expect(login.arrivals).toHaveLength(arrivals);
  });

  it('is answered once: the last page sent again gives no second code', async () => {
    const browser = new FormBrowser();
    const consent = await logIn(browser, victim);
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const arrivals = login.arrivals.length;
    const again = await browser.submit(consent, '/consent', { decision: 'allow' });
    expect(again.answer.status).toBe(400);
    expect((await browser.open(last.forward!)).text).not.toContain('Welcome back');
    expect(login.arrivals).toHaveLength(arrivals);
  });

  it('of one app does not answer that of another, in the same browser', async () => {
    const other = await registerApp(login, 'Other app', scope);
    const browser = new FormBrowser();
    const consent = await logIn(browser, victim);
    const second = await browser.open(new AppLogin(login, other).address(scope));
    const foreign = String(second.forms[0]!.fields['form_token']);
    const answer = await browser.post(new URL(`${consent.url.href}/consent`), {
      decision: 'allow',
      form_token: foreign,
    });
    expect([answer.answer.status, answer.title]).toEqual([403, 'This form cannot be used']);
  });
});

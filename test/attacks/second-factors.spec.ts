import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoginThrottle } from '../../src/auth/login/login-throttle.js';
import { SecondFactors } from '../../src/oauth2/mfa/second-factors.js';
import { generateTotpSecret } from '../../src/oauth2/mfa/totp.js';
import { FormBrowser, type FormFields, type ShownPage } from '../support/form-browser.js';
import {
  accountsOf,
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
} from '../support/smart-login.js';

/** Second factors got round, guessed, or taken over from an open session (docs/adr/0056). */
let login: LoginServer;
let client: string;
let factors: SecondFactors;

beforeAll(async () => {
  login = await startLoginServer({ AUTH_BASIC: 'on' });
  client = await registerApp(login, 'App', 'openid offline_access user/Patient.rs');
  factors = login.server.app.get(SecondFactors);
});
afterAll(() => login?.close());

const period = 30_000;
const codeOf = (secret: string, stepsAhead = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + stepsAhead * period });

/** Codes are told apart by their step: a test must not see one end. */
async function waitForRoom(): Promise<void> {
  const left = period - (Date.now() % period);
  if (left < 6_000) await new Promise((resolve) => setTimeout(resolve, left));
}

let users = 0;
async function aUser(): Promise<string> {
  const name = `user-${++users}`;
  await addUser(login, { name, grants: 'user/*.rs' });
  return name;
}

/** A user with an authenticator app; the present code was not used yet. */
async function aGuardedUser(): Promise<{ readonly name: string; readonly secret: string }> {
  await waitForRoom();
  const [name, secret] = [await aUser(), generateTotpSecret()];
  expect(await factors.addTotp(await accountsOf(login).get(name), secret, codeOf(secret, -1))).toBe(true);
  return { name, secret };
}

interface Entered {
  readonly browser: FormBrowser;
  readonly page: ShownPage;
}

async function enter(name: string, at = 'apps'): Promise<Entered> {
  const browser = new FormBrowser();
  const form = await browser.open(`${login.issuer}/${at}`);
  return { browser, page: await browser.submit(form, '/login', { name, password: smartPassword }) };
}

async function begin(name: string): Promise<Entered> {
  const browser = new FormBrowser();
  const form = await browser.open(new AppLogin(login, client).address('openid offline_access user/Patient.rs'));
  return { browser, page: await browser.submit(form, '/login', { name, password: smartPassword }) };
}

/** Sends whatever the page does not offer, with the token that it has. */
const forge = ({ browser, page }: Entered, path: string, fields: FormFields): Promise<ShownPage> =>
  browser.post(new URL(`${login.issuer}/${path}`), { ...page.forms[0]!.fields, ...fields });

const setUp = async (name: string) => factors.of(await accountsOf(login).get(name));

describe('somebody who finds a session open', () => {
  const attempts: readonly (readonly [string, string, FormFields])[] = [
    ['removes the authenticator app', 'apps/totp/remove', {}],
    ['makes recovery codes', 'apps/recovery', {}],
    ['removes a passkey', 'apps/passkey/remove', { id: 'any' }],
    ['adds a passkey', 'apps/passkey/add', { label: 'mine', response: '{}' }],
  ];

  it('removes, adds and renews nothing without the password', async () => {
    const { name, secret } = await aGuardedUser();
    const { browser, page } = await enter(name);
    const inside = await browser.submit(page, '/code', { code: codeOf(secret) });
    expect(inside.title).toBe('My apps');
    const before = await setUp(name);
    for (const [what, path, fields] of attempts) {
      for (const [current, why] of [
        ['', 'Enter your current password.'],
        ['not the password', 'This is not your current password.'],
      ] as const) {
        const { answer, text } = await forge({ browser, page: inside }, path, { ...fields, current });
        expect([what, answer.status, text.includes(why)]).toEqual([what, 422, true]);
        expect(text).not.toMatch(/<li>[0-9a-z]{4}(?:-[0-9a-z]{4}){3}<\/li>/);
      }
    }
    expect(await setUp(name)).toEqual(before);
    expect((await begin(name)).page.title).toBe('Second step');
  });

  it('sets up no factor of their own, where there was none and in place of the old one', async () => {
    const guarded = await aGuardedUser();
    const open = await enter(guarded.name);
    const inside = await open.browser.submit(open.page, '/code', { code: codeOf(guarded.secret) });
    const bare = await aUser();
    for (const [name, entered] of [
      [bare, await enter(bare)],
      [guarded.name, { browser: open.browser, page: inside }],
    ] as const) {
      const started = await forge(entered, 'apps/totp/start', {});
      const own = /class="secret"\s*>([A-Z2-7 ]+)</.exec(started.text)![1]!.replaceAll(' ', '');
      const refused = await forge(entered, 'apps/totp/confirm', { code: codeOf(own), current: '' });
      expect([refused.answer.status, refused.text.includes('Enter your current password.')]).toEqual([422, true]);
      expect(refused.text).toContain('href="#current-totp"');
      expect((await setUp(name)).totp).toBe(name !== bare);
    }
    // The code of the app that was there before still opens the account.
    await waitForRoom();
    const again = await begin(guarded.name);
    const consent = await again.browser.submit(again.page, '/code', { code: codeOf(guarded.secret, 1) });
    expect(consent.title).toBe('Share data with App?');
  });

  it('has as many guesses at the password as a login has', async () => {
    const name = await aUser();
    const entered = await enter(name);
    const throttle = login.server.app.get(LoginThrottle);
    for (let i = 0; i < 10; i++) for (const address of ['127.0.0.1', '::1']) await throttle.failed(name, address);
    const refused = await forge(entered, 'apps/recovery', { current: smartPassword });
    expect([refused.answer.status, refused.text.includes('too many failed attempts')]).toEqual([422, true]);
  });
});

describe('the second step', () => {
  it('takes no code of another account, and none twice in its window', async () => {
    const [one, other] = [await aGuardedUser(), await aGuardedUser()];
    const foreign = await begin(one.name);
    const refused = await foreign.browser.submit(foreign.page, '/code', { code: codeOf(other.secret) });
    expect([refused.answer.status, refused.title]).toEqual([422, 'That did not work – Second step']);
    expect(refused.text).toContain('This code is wrong, or was used before.');
    const first = await begin(one.name);
    expect((await first.browser.submit(first.page, '/code', { code: codeOf(one.secret) })).title).toContain('Share');
    // The same code, the one before it that its window still takes, and both at the other pages.
    for (const code of [codeOf(one.secret), codeOf(one.secret, -1)]) {
      const again = await begin(one.name);
      expect((await again.browser.submit(again.page, '/code', { code })).title).toBe('That did not work – Second step');
      const pages = await enter(one.name);
      expect((await pages.browser.submit(pages.page, '/code', { code })).title).toBe('That did not work – Second step');
    }
  });

  it('is not skipped by the addresses that come after it', async () => {
    const { name } = await aGuardedUser();
    const begun = await begin(name);
    const { pathname } = begun.page.url;
    const uid = pathname.slice(pathname.lastIndexOf('/') + 1);
    const arrivals = login.arrivals.length;
    const nothing = { code: '', current: smartPassword, decision: 'allow', keep: 'user/Patient.rs' };
    for (const action of ['consent', 'patient', 'encounter', 'password']) {
      expect((await forge(begun, `interaction/${uid}/${action}`, nothing)).text).not.toContain('Welcome back');
      expect((await begun.browser.open(begun.page.url.href)).title).toBe('Second step');
    }
    expect((await begun.browser.open(`${login.issuer}/interaction/${uid}/apps`)).title).toBe('Sign in');
    expect((await begun.browser.open(`${login.issuer}/authorize/${uid}`)).title).not.toContain('Welcome');
    expect(login.arrivals).toHaveLength(arrivals);
    // Half a login at the account pages opens none of them.
    const half = await enter(name);
    expect(half.page.title).toBe('Second step');
    for (const path of ['apps/security', 'apps', 'account'])
      expect((await half.browser.open(`${login.issuer}/${path}`)).title).toBe('Second step');
    for (const path of [
      'apps/totp/remove',
      'apps/totp/start',
      'apps/recovery',
      'apps/revoke',
      'account/password',
      'account/sessions',
    ]) {
      const answer = await forge(half, path, {
        current: smartPassword,
        new: 'violet tractor',
        repeat: 'violet tractor',
      });
      expect([path, answer.answer.status, answer.title]).toEqual([path, 403, 'You are signed out']);
    }
    expect((await setUp(name)).totp).toBe(true);
  });

  it('is not skipped with the session of another user in the same browser', async () => {
    const [victim, own] = [await aGuardedUser(), await aUser()];
    const browser = new FormBrowser();
    const page = await browser.open(new AppLogin(login, client).address('openid user/Patient.rs'));
    const consent = await browser.submit(page, '/login', { name: own, password: smartPassword });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const second = await browser.open(new AppLogin(login, client).address('openid user/Patient.rs'));
    const switched = await browser.submit(second, '/switch');
    const half = await browser.submit(switched, '/login', { name: victim.name, password: smartPassword });
    expect(half.title).toBe('Second step');
    const path = new URL(half.url).pathname.replace('/oauth2/', '');
    const tried = await forge({ browser, page: half }, `${path}/consent`, { decision: 'allow', keep: 'identity' });
    expect(tried.answer.status).toBe(400);
    expect((await browser.open(`${half.url.href}/apps`)).title).toBe('Sign in');
  });

  it('takes a recovery code once, however many bring it at once', async () => {
    const { name } = await aGuardedUser();
    const [code = ''] = await factors.renewRecoveryCodes(await accountsOf(login).get(name));
    const begun = await Promise.all([1, 2, 3].map(() => begin(name)));
    const answers = await Promise.all(begun.map(({ browser, page }) => browser.submit(page, '/code', { code })));
    expect(answers.map(({ title }) => title).toSorted()).toEqual([
      'Share data with App?',
      'That did not work – Second step',
      'That did not work – Second step',
    ]);
    expect(answers.find(({ title }) => title.endsWith('Second step'))!.text).toContain('was used before');
  });
});

describe('an account that is disabled and comes back', () => {
  it('is not open any more where it was', async () => {
    const name = await aUser();
    const { browser, page } = await enter(name);
    expect(page.title).toBe('My apps');
    await accountsOf(login).disable(name);
    await accountsOf(login).change(name, { disabled: false });
    expect((await browser.open(page.url.href)).title).toBe('Sign in');
  });

  it('has to begin again where its second step was missing', async () => {
    const { name, secret } = await aGuardedUser();
    const { browser, page } = await enter(name);
    expect(page.title).toBe('Second step');
    await accountsOf(login).disable(name);
    await accountsOf(login).change(name, { disabled: false });
    expect((await browser.submit(page, '/code', { code: codeOf(secret) })).title).not.toBe('My apps');
    expect((await browser.open(`${login.issuer}/apps`)).title).toBe('Sign in');
  });
});

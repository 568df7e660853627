import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecondFactors } from '../../src/oauth2/mfa/second-factors.js';
import { generateTotpSecret } from '../../src/oauth2/mfa/totp.js';
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

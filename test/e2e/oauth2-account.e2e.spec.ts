import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeys } from '../../src/auth/keys/signing-keys.js';
import { TotpResealing } from '../../src/oauth2/mfa/totp-resealing.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { adminPassword } from '../support/server.js';
import {
  accountsOf,
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
  store,
} from '../support/smart-login.js';

let login: LoginServer;
let clientId: string;
let folder: string;
const secretFile = (): string => join(folder, 'key-encryption-secret');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-secrets-'));
  await writeFile(secretFile(), 'a secret of more than sixteen letters\n');
  login = await startLoginServer({ AUTH_BASIC: 'on', KEY_ENCRYPTION_SECRET_FILE: secretFile() });
  clientId = await registerApp(login, 'Growth chart', 'openid launch/patient offline_access patient/*.rs');
  await store(login, { resourceType: 'Patient', id: 'p1', name: [{ family: 'Chalmers', given: ['Anna'] }] });
});
afterAll(async () => {
  await login.close();
  await rm(folder, { recursive: true });
});

let users = 0;
async function aUser(): Promise<string> {
  const name = `user-${++users}`;
  await addUser(login, { name, grants: 'user/*.rs', fhirUser: 'Patient/p1' });
  return name;
}

async function enterAccount(
  name: string,
  browser = new FormBrowser(),
): Promise<{ browser: FormBrowser; page: ShownPage }> {
  const form = await browser.open(`${login.issuer}/apps`);
  return { browser, page: await browser.submit(form, '/login', { name, password: smartPassword }) };
}

/** Runs a launch as this user up to the page after the password. */
async function beginLaunch(name: string): Promise<{ browser: FormBrowser; app: AppLogin; page: ShownPage }> {
  const browser = new FormBrowser();
  const app = new AppLogin(login, clientId);
  const form = await browser.open(app.address('openid launch/patient offline_access patient/Patient.rs'));
  return { browser, app, page: await browser.submit(form, '/login', { name, password: smartPassword }) };
}

async function launch(name: string): Promise<Readonly<Record<string, unknown>>> {
  const { browser, app, page } = await beginLaunch(name);
  const last = await browser.submit(page, '/consent', { decision: 'allow' });
  await browser.open(last.forward!);
  return app.redeem(login.arrivals.at(-1));
}

const stepLength = 30_000;

/** Codes are told apart by their step: a test must not see one end. */
async function waitForRoom(): Promise<void> {
  const left = stepLength - (Date.now() % stepLength);
  if (left < 8_000) await new Promise((resolve) => setTimeout(resolve, left));
}

/** The code of so many steps from now. */
const codeOf = (secret: string, stepsAhead = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + stepsAhead * stepLength });

/** Sets TOTP up and returns its secret with the recovery codes. */
async function setUpTotp(name: string): Promise<{ secret: string; codes: readonly string[]; browser: FormBrowser }> {
  await waitForRoom();
  const { browser, page } = await enterAccount(name);
  const security = await browser.open(`${page.url.href}/security`);
  const started = await browser.submit(security, '/totp/start');
  const secret = /class="secret"\s*>([A-Z2-7 ]+)</.exec(started.text)![1]!.replaceAll(' ', '');
  expect(started.text).toContain('<svg class="qr"');
  const wrong = await browser.submit(started, '/totp/confirm', { code: '000000', current: smartPassword });
  expect(wrong.answer.status).toBe(422);
  // One step back, so that the present code can be used right after.
  const done = await browser.submit(wrong, '/totp/confirm', { code: codeOf(secret, -1), current: smartPassword });
  expect(done.text).toContain('The authenticator app is set up.');
  const codes = [...done.text.matchAll(/<li>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<\/li>/g)].map(([, code]) => code!);
  expect(codes).toHaveLength(10);
  return { secret, codes, browser };
}

const refresh = (token: unknown): Promise<Response> =>
  fetch(`${login.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token), client_id: clientId }),
  });

const read = (token: unknown): Promise<Response> =>
  fetch(`${login.fhirBase}/Patient/p1`, { headers: { authorization: `Bearer ${String(token)}` } });

describe('my apps', () => {
  it('shows what was granted and ends it at once, for this app and this user only', async () => {
    const [name, other] = [await aUser(), await aUser()];
    const [tokens, others] = [await launch(name), await launch(other)];
    expect((await read(tokens['access_token'])).status).toBe(200);
    const { browser, page } = await enterAccount(name);
    expect(page.title).toBe('My apps');
    expect(page.text).toContain('Growth chart');
    expect(page.text).toContain('Personal details');
    expect(page.text).toContain('Anna Chalmers');
    expect(page.text).toContain('Keeps access until you stop it');
    const after = await browser.submit(page, '/revoke');
    expect(after.text).toContain('The app has no access any more.');
    expect(after.text).not.toContain('Growth chart');
    expect((await read(tokens['access_token'])).status).toBe(401);
    expect((await refresh(tokens['refresh_token'])).status).toBe(400);
    expect((await read(others['access_token'])).status).toBe(200);
    expect((await refresh(others['refresh_token'])).status).toBe(200);
  });

  it('are of the user who is logged in, and of nobody after signing out', async () => {
    const name = await aUser();
    await launch(name);
    const { browser, page } = await enterAccount(await aUser());
    expect(page.text).toContain('No app has access at the moment.');
    const out = await browser.submit(page, '/logout');
    expect(out.title).toBe('Sign in');
    expect((await browser.post(new URL(`${login.issuer}/apps/revoke`), { client: clientId })).answer.status).toBe(403);
  });

  it('take no form of another session', async () => {
    const [name, other] = [await aUser(), await aUser()];
    const tokens = await launch(name);
    const { browser, page } = await enterAccount(name);
    const foreign = await enterAccount(other, new FormBrowser());
    const form = { ...foreign.page.forms[0]!.fields, client: clientId };
    expect((await browser.post(new URL(`${page.url.href}/revoke`), form)).answer.status).toBe(403);
    expect((await read(tokens['access_token'])).status).toBe(200);
  });

  it('open a new session with each login, whatever cookie was there', async () => {
    const name = await aUser();
    const { browser, page } = await enterAccount(name);
    const before = browser.cookiesFor(page.url);
    await browser.submit(page, '/logout');
    const planted = await enterAccount(name, browser);
    expect(planted.page.title).toBe('My apps');
    expect(browser.cookiesFor(page.url)).not.toBe(before);
  });

  it('end with the password', async () => {
    const name = await aUser();
    const { browser, page } = await enterAccount(name);
    expect(page.title).toBe('My apps');
    await accountsOf(login).change(name, { password: 'another password altogether' });
    expect((await browser.open(page.url.href)).title).toBe('Sign in');
  });

  it('end with the account', async () => {
    const name = await aUser();
    const { browser, page } = await enterAccount(name);
    await accountsOf(login).disable(name);
    expect((await browser.open(page.url.href)).title).toBe('Sign in');
  });

  it('are open to who has just logged in for an app', async () => {
    const { browser, page } = await beginLaunch(await aUser());
    expect(page.title).toBe('Share data with Growth chart?');
    expect((await browser.open(`${page.url.href}/apps`)).title).toBe('My apps');
  });
});

describe('a second factor', () => {
  it('is asked for after the password, and each code counts once', async () => {
    const name = await aUser();
    const { secret } = await setUpTotp(name);
    const code = codeOf(secret);
    const { browser, app, page } = await beginLaunch(name);
    expect(page.title).toBe('Second step');
    const wrong = await browser.submit(page, '/code', { code: '123' });
    expect(wrong.answer.status).toBe(422);
    expect(wrong.text).toContain('href="#code"');
    const consent = await browser.submit(wrong, '/code', { code });
    expect(consent.title).toBe('Share data with Growth chart?');
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    expect(await app.redeem(login.arrivals.at(-1))).toMatchObject({ patient: 'p1' });
    const again = await beginLaunch(name);
    expect((await again.browser.submit(again.page, '/code', { code })).answer.status).toBe(422);
  });

  it('may be one of the recovery codes, each once', async () => {
    const name = await aUser();
    const { codes } = await setUpTotp(name);
    const [code = '', next = ''] = codes;
    const first = await beginLaunch(name);
    expect((await first.browser.submit(first.page, '/code', { code: code.toUpperCase() })).title).toContain(
      'Share data',
    );
    const second = await beginLaunch(name);
    const used = await second.browser.submit(second.page, '/code', { code });
    expect(used.answer.status).toBe(422);
    expect((await second.browser.submit(used, '/code', { code: next })).title).toContain('Share data');
  });

  it('cannot be skipped: not by other pages, nor by what takes a password alone', async () => {
    const name = await aUser();
    const before = await login.server.call('POST', 'login', {
      body: { user: name, password: smartPassword },
      headers: json,
    });
    expect(before.status).toBe(200);
    await setUpTotp(name);
    const { browser, page } = await beginLaunch(name);
    for (const action of ['consent', 'patient', 'encounter']) {
      const tried = await browser.post(new URL(`${page.url.href}/${action}`), {
        ...page.forms[0]!.fields,
        decision: 'allow',
        patient: 'p1',
        keep: 'patient/Patient.rs',
      });
      expect(tried.text).not.toContain('Welcome back');
      expect((await browser.open(page.url.href)).title).toBe('Second step');
    }
    expect((await browser.open(`${page.url.href}/apps`)).title).toBe('Sign in');
    expect((await enterAccount(name)).page.title).toBe('Second step');
    const alone = await login.server.call('POST', 'login', {
      body: { user: name, password: smartPassword },
      headers: json,
    });
    expect(alone.status).toBe(401);
    expect(alone.body).toMatchObject({ error: 'invalid_grant' });
    expect(alone.body.error_description).toMatch(/^second-factor-needed: .*authorization code flow/);
    const basic = await login.server.call('GET', 'Patient/p1', { headers: basicOf(name) });
    expect(basic.status).toBe(401);
    expect(basic.body.issue[0].details.coding[0].code).toBe('second-factor-needed');
    const old = { body: { refresh_token: before.body.refresh_token }, headers: json };
    expect((await login.server.call('POST', 'refresh', old)).status).toBe(401);
  });

  it('is guessed nine times and no more, also with the right password in between', async () => {
    const name = await aUser();
    const { secret } = await setUpTotp(name);
    for (let i = 0; i < 3; i++) {
      const { browser, page } = await beginLaunch(name);
      for (let j = 0; j < 3; j++) {
        expect((await browser.submit(page, '/code', { code: `00000${j}` })).text).toContain('This code is wrong');
      }
    }
    const { browser, page } = await beginLaunch(name);
    const stopped = await browser.submit(page, '/code', { code: codeOf(secret) });
    expect(stopped.answer.status).toBe(422);
    expect(stopped.text).toContain('too many failed attempts');
  });

  it('counts once, however many requests bring the same code at the same time', async () => {
    const name = await aUser();
    const { secret } = await setUpTotp(name);
    const begun = await Promise.all([1, 2, 3, 4].map(() => beginLaunch(name)));
    const code = codeOf(secret);
    const answers = await Promise.all(begun.map(({ browser, page }) => browser.submit(page, '/code', { code })));
    expect(answers.filter(({ title }) => title.startsWith('Share data'))).toHaveLength(1);
  });

  it('is taken away by an administrator from who has lost it, and by nobody else', async () => {
    const name = await aUser();
    await setUpTotp(name);
    const tokenOf = async (user: string, password: string): Promise<string> =>
      (await login.server.call('POST', 'login', { body: { user, password }, headers: json })).body
        .access_token as string;
    const path = `/oauth2/users/${name}/second-factors`;
    expect((await login.server.call('DELETE', path)).status).toBe(401);
    const other = await tokenOf(await aUser(), smartPassword);
    expect((await login.server.call('DELETE', path, { token: other })).status).toBe(403);
    expect((await beginLaunch(name)).page.title).toBe('Second step');
    const token = await tokenOf('admin', adminPassword);
    expect((await login.server.call('DELETE', path, { token })).status).toBe(204);
    expect((await beginLaunch(name)).page.title).toBe('Share data with Growth chart?');
    expect((await login.server.call('DELETE', '/oauth2/users/unknown/second-factors', { token })).status).toBe(404);
  });

  it('is removed by its owner, and a password is enough again', async () => {
    const name = await aUser();
    const { browser } = await setUpTotp(name);
    const security = await browser.open(`${login.issuer}/apps/security`);
    const removed = await browser.submit(security, '/totp/remove', { current: smartPassword });
    expect(removed.text).toContain('The authenticator app is removed.');
    const alone = await login.server.call('POST', 'login', {
      body: { user: name, password: smartPassword },
      headers: json,
    });
    expect(alone.status).toBe(200);
    expect((await beginLaunch(name)).page.title).toBe('Share data with Growth chart?');
  });
});

const json = { 'content-type': 'application/json' };
const basicOf = (name: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${smartPassword}`).toString('base64')}`,
});

describe('KEY_ENCRYPTION_SECRET', () => {
  it('is replaced without a restart: what is sealed is sealed anew, and users log in with their second factor as before', async () => {
    const name = await aUser();
    const { secret } = await setUpTotp(name);
    const [keys, factors] = [login.server.app.get(SigningKeys), login.server.app.get(TotpResealing)];
    await factors.reseal();
    // A file that is half written changes nothing.
    await writeFile(secretFile(), 'short\n');
    expect(await factors.reseal()).toBe(0);
    await writeFile(secretFile(), 'the next secret of the same length\na secret of more than sixteen letters\n');
    await keys.reload();
    expect(await factors.reseal()).toBeGreaterThan(0);
    await writeFile(secretFile(), 'the next secret of the same length\n');
    await keys.reload();
    expect(await factors.reseal()).toBe(0);
    const { browser, page } = await enterAccount(name);
    const inside = await browser.submit(page, '/code', { code: codeOf(secret) });
    expect(inside.title).toBe('My apps');
    expect((await launch(await aUser()))['access_token']).toEqual(expect.any(String));
  });
});

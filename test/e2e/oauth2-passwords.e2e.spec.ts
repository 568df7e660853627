import { Secret, TOTP } from 'otpauth';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminApi, type AdminApi, logIn } from '../support/admin-api.js';
import { lanyard } from '../support/command-line.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { basic } from '../support/oauth-server.js';
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

/** Users change their own password; administrators hand out links and one-time passwords. docs/adr/0040 */
let login: LoginServer;
let admin: AdminApi;
let clientId: string;

const scope = 'openid launch/patient offline_access patient/*.rs';
const next = 'violet tractor september';

beforeAll(async () => {
  login = await startLoginServer({ AUTH_BASIC: 'on' });
  admin = await adminApi(login.server);
  clientId = await registerApp(login, 'Growth chart', scope);
  await store(login, { resourceType: 'Patient', id: 'p1', name: [{ family: 'Chalmers', given: ['Anna'] }] });
});
afterAll(() => login?.close());

let users = 0;
async function aUser(): Promise<string> {
  const name = `person-${++users}`;
  await addUser(login, { name, grants: 'user/*.rs', fhirUser: 'Patient/p1' });
  return name;
}

interface Entered {
  readonly browser: FormBrowser;
  readonly page: ShownPage;
}

async function enter(name: string, password = smartPassword, at = 'account'): Promise<Entered> {
  const browser = new FormBrowser();
  const form = await browser.open(`${login.issuer}/${at}`);
  return { browser, page: await browser.submit(form, '/login', { name, password }) };
}

const change = ({ browser, page }: Entered, fields: Readonly<Record<string, string>>) =>
  browser.submit(page, '/password', { current: smartPassword, new: next, repeat: next, ...fields });

const loginStatus = async (user: string, password: string): Promise<number> =>
  (await login.server.call('POST', 'login', { body: '', headers: basic(user, password) })).status;

const makeLink = async (name: string): Promise<string> =>
  ((await admin.call('POST', `users/${name}/password-link`)).body as { url: string }).url;

const makeOneTime = async (name: string): Promise<string> =>
  ((await admin.call('POST', `users/${name}/one-time-password`)).body as { password: string }).password;

/** Begins a launch, up to the page after the password. */
async function beginLaunch(name: string, password: string) {
  const browser = new FormBrowser();
  const app = new AppLogin(login, clientId);
  const form = await browser.open(app.address(scope));
  return { browser, app, page: await browser.submit(form, '/login', { name, password }) };
}

async function launch(name: string, password = smartPassword) {
  const { browser, app, page } = await beginLaunch(name, password);
  const last = await browser.submit(page, '/consent', { decision: 'allow' });
  await browser.open(last.forward!);
  return app.redeem(login.arrivals.at(-1));
}

const refresh = (token: unknown) =>
  fetch(`${login.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token), client_id: clientId }),
  });

const read = async (token: unknown): Promise<number> =>
  (await fetch(`${login.fhirBase}/Patient/p1`, { headers: { authorization: `Bearer ${String(token)}` } })).status;

describe('the account page', () => {
  it('asks to sign in, comes back, and leads to the apps and their page to it', async () => {
    const { browser, page } = await enter(await aUser());
    expect([page.url.pathname, page.title]).toEqual(['/oauth2/account', 'Password']);
    const apps = await browser.open(`${login.issuer}/apps`);
    expect([apps.title, apps.text.includes(`href="${login.issuer}/account"`)]).toEqual(['My apps', true]);
    expect(page.text).toContain(`href="${login.issuer}/apps"`);
    const out = await browser.submit(page, '/logout');
    expect(out.title).toBe('Sign in');
  });

  it('changes the password, and ends what the old one opened, but not this browser', async () => {
    const name = await aUser();
    const tokens = await launch(name);
    const own = await logIn(login.server, name, smartPassword);
    const other = await enter(name, smartPassword, 'apps');
    const entered = await enter(name);
    const done = await change(entered, {});
    expect(done.text).toContain('Your password is changed.');
    expect([await loginStatus(name, smartPassword), await loginStatus(name, next)]).toEqual([401, 200]);
    expect([await read(tokens['access_token']), await read(own)]).toEqual([401, 401]);
    expect((await refresh(tokens['refresh_token'])).status).toBe(400);
    expect((await other.browser.open(`${login.issuer}/apps`)).title).toBe('Sign in');
    expect((await entered.browser.open(`${login.issuer}/apps`)).title).toBe('My apps');
    const auditor = login.server.token('system/AuditEvent.rs', {
      sub: 'auditor',
      client_id: 'auditor',
      aud: login.fhirBase,
    });
    const query = `AuditEvent?entity:identifier=${done.answer.headers.get('x-request-id') ?? ''}`;
    const events = (await login.server.call('GET', query, { token: auditor })).text;
    expect(events).toContain('password changed');
    for (const secret of [smartPassword, next]) expect(events).not.toContain(secret);
  });

  it.each([
    ['a wrong current password', { current: 'not it at all' }, 'This is not your current password.'],
    ['no current password', { current: '' }, 'Enter your current password.'],
    ['a password that is too short', { new: 'x7$kQ', repeat: 'x7$kQ' }, 'too short'],
    ['a common password', { new: 'Password123!', repeat: 'Password123!' }, 'easy to guess'],
    ['two different ones', { repeat: 'violet tractor october' }, 'not the same'],
  ])('refuses %s beside its field, and changes nothing', async (_, fields, why) => {
    const name = await aUser();
    const refused = await change(await enter(name), fields);
    expect(refused.answer.status).toBe(422);
    expect(refused.text).toContain(why);
    expect(refused.text).not.toContain(next);
    expect([await loginStatus(name, smartPassword), await loginStatus(name, next)]).toEqual([200, 401]);
  });

  it('refuses a password made of the user name', async () => {
    await addUser(login, { name: 'ottokarina.zweig', grants: 'user/*.rs' });
    const entered = await enter('ottokarina.zweig');
    const refused = await change(entered, { new: 'ottokarina-zweig1', repeat: 'ottokarina-zweig1' });
    expect(refused.text).toContain('easy to guess');
  });

  it('says where the password is of a user who signs in elsewhere', async () => {
    await login.server.app
      .get(DataSource)
      .query(`UPDATE user_account SET name = 'idp:' || name WHERE name = $1`, [await aUser()]);
    const name = `idp:person-${users}`;
    const { page } = await enter(name);
    expect(page.text).toContain('You sign in at another server');
    // No form for a password.
    expect(page.forms.map(({ action }) => action).toSorted()).toEqual([
      `${login.issuer}/account/sessions`,
      `${login.issuer}/apps/logout`,
    ]);
    const user = `users/${encodeURIComponent(name)}`;
    expect((await admin.call('PATCH', user, { password: 'a password of here' })).status).toBe(400);
    const { status, body } = await admin.call('POST', `${user}/password-link`);
    expect([status, body.error_description]).toEqual([400, expect.stringContaining('sign in at a login provider')]);
  });
});

describe('a link of an administrator', () => {
  it('lets its user choose a password once, and logs nobody in', async () => {
    const name = await aUser();
    const tokens = await launch(name);
    const url = await makeLink(name);
    expect(await loginStatus(name, smartPassword)).toBe(200);
    const browser = new FormBrowser();
    const page = await browser.open(url);
    expect([page.title, page.text.includes(name)]).toEqual(['Choose a password', true]);
    const weak = await browser.submit(page, url, { new: 'password', repeat: 'password' });
    expect([weak.answer.status, weak.text.includes('easy to guess')]).toEqual([422, true]);
    const done = await browser.submit(weak, url, { new: next, repeat: next });
    expect(done.title).toBe('Password saved');
    expect([await loginStatus(name, smartPassword), await loginStatus(name, next)]).toEqual([401, 200]);
    expect([await read(tokens['access_token']), (await refresh(tokens['refresh_token'])).status]).toEqual([401, 400]);
    expect((await browser.open(`${login.issuer}/account`)).title).toBe('Sign in');
  });

  it('is answered with its end, kept as a hash, and bounded', async () => {
    const name = await aUser();
    const { status, body, headers } = await admin.call('POST', `users/${name}/password-link`, { ttlSeconds: 600 });
    expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
    expect(Math.round((Date.parse(body.expiresAt) - Date.now()) / 60_000)).toBe(10);
    const rows = await login.server.app.get(DataSource).query<object[]>('SELECT * FROM password_link');
    expect(JSON.stringify(rows)).not.toContain(String(body.url).split('/').at(-1));
    for (const ttlSeconds of [59, 604_801, 1.5])
      expect((await admin.call('POST', `users/${name}/password-link`, { ttlSeconds })).status).toBe(400);
    expect((await admin.call('POST', 'users/nobody/password-link')).status).toBe(404);
  });
});

const reset = async (as: string, name: string) => {
  const token = await logIn(login.server, as, smartPassword);
  return Promise.all(
    ['password-link', 'one-time-password'].map((what) => admin.call('POST', `users/${name}/${what}`, undefined, token)),
  );
};

describe('a helpdesk, which may change users and no more', () => {
  it('helps users, and no administrator, whatever little he may', async () => {
    await addUser(login, { name: 'helpdesk', grants: 'admin/User.u' });
    await addUser(login, { name: 'officer', grants: 'admin/Policy.r' });
    for (const { status } of await reset('helpdesk', await aUser())) expect(status).toBe(201);
    for (const name of ['admin', 'officer'])
      for (const { status, body } of await reset('helpdesk', name))
        expect([status, body.error_description]).toEqual([403, expect.stringContaining('administers this server')]);
    for (const { status } of await reset('officer', await aUser())) expect(status).toBe(403);
    expect(await loginStatus('officer', smartPassword)).toBe(200);
    for (const what of ['password-link', 'one-time-password'])
      expect((await admin.call('POST', `users/helpdesk/${what}`, undefined, '')).status).toBe(401);
  });
});

describe('an administrator with the same rights to administer', () => {
  it.each([
    ['scopes for resources', { grants: 'admin/User.u user/Patient.r' }, 'you do not have user/Patient.r'],
    ['a clearance', { grants: 'admin/User.u', clearance: 'R' as const }, 'the clearance R'],
    ['freedom from Consents', { grants: 'admin/User.u', consentExempt: true }, 'exempt from Consents'],
    ['the glass to break', { grants: 'admin/User.u', breakGlass: true }, 'could break the glass'],
  ])('resets nobody who administers and has more: %s', async (what, terms, why) => {
    const helper = `helper-${what.replaceAll(' ', '-')}`;
    const other = `other-${what.replaceAll(' ', '-')}`;
    await addUser(login, { name: helper, grants: 'admin/User.u', clearance: 'N' });
    await addUser(login, { name: other, ...terms });
    for (const { status, body } of await reset(helper, other))
      expect([status, body.error_description]).toEqual([403, expect.stringContaining(why)]);
    expect(await loginStatus(other, smartPassword)).toBe(200);
  });
});

describe('the command line', () => {
  it('makes links and one-time passwords, and says which are meant', async () => {
    const name = await aUser();
    const settings = { DATABASE_URL: login.server.database.url, PUBLIC_URL: login.url };
    const link = await lanyard(settings, ['user', 'password', name, '--link', '--expires', '2h']);
    expect(link.exitCode, link.remarks).toBe(0);
    expect((await new FormBrowser().open(link.output.trim())).title).toBe('Choose a password');
    const once = await lanyard(settings, ['user', 'password', name, '--one-time']);
    expect(once.remarks).toContain(`${login.issuer}/account`);
    expect((await enter(name, once.output.trim())).page.title).toBe('Choose a password');
    const unsaid = await lanyard(settings, ['user', 'password', name]);
    expect([unsaid.exitCode, unsaid.remarks.includes('--link or --one-time')]).toEqual([2, true]);
  });
});

describe('a one-time password', () => {
  it('ends what was open, and opens nothing over HTTP, with the address where to change it', async () => {
    const name = await aUser();
    const own = await logIn(login.server, name, smartPassword);
    const once = await makeOneTime(name);
    expect(await read(own)).toBe(401);
    expect(await loginStatus(name, smartPassword)).toBe(401);
    const refused = await login.server.call('POST', 'login', { body: '', headers: basic(name, once) });
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_grant']);
    expect(refused.body.error_description).toMatch(
      new RegExp(`^password-change-needed: .*${login.issuer}/account in a browser`),
    );
    const direct = await login.server.call('GET', 'Patient/p1', { headers: basic(name, once) });
    expect([direct.status, direct.body.issue[0].details.coding[0].code]).toEqual([401, 'password-change-needed']);
  });

  it('leads to the choice of another one from every account page, and that one counts', async () => {
    const name = await aUser();
    const { browser, page } = await enter(name, await makeOneTime(name), 'apps');
    expect([page.url.pathname, page.title]).toEqual(['/oauth2/account', 'Choose a password']);
    const security = await browser.open(`${login.issuer}/apps/security`);
    expect(security.title).toBe('Choose a password');
    expect((await browser.post(new URL(`${login.issuer}/apps/revoke`), { client: clientId })).answer.status).toBe(403);
    const done = await browser.submit(page, '/password', { new: next, repeat: next });
    expect(done.title).toBe('Password');
    expect(await loginStatus(name, next)).toBe(200);
  });

  it('is replaced in the login of an app, which then goes on', async () => {
    const name = await aUser();
    const { browser, app, page } = await beginLaunch(name, await makeOneTime(name));
    expect(page.title).toBe('Choose a password');
    // Sending the decision instead does not get past it.
    const skipped = await browser.post(new URL(page.forms[0]!.action.replace('/password', '/consent')), {
      ...page.forms[0]!.fields,
      decision: 'allow',
      keep: 'patient/*.rs',
    });
    expect([skipped.answer.ok, skipped.forward]).toEqual([false, undefined]);
    const consent = await browser.submit(page, '/password', { new: next, repeat: next });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const tokens = await app.redeem(login.arrivals.at(-1));
    expect(await read(tokens['access_token'])).toBe(200);
    expect(await loginStatus(name, next)).toBe(200);
  });

  it('does not get past a second factor', async () => {
    const name = await aUser();
    const secret = await setUpTotp(name);
    const once = await makeOneTime(name);
    const { browser, page } = await enter(name, once);
    expect(page.title).toBe('Second step');
    expect(
      (await browser.post(new URL(`${login.issuer}/account/password`), { new: next, repeat: next })).answer.status,
    ).toBe(403);
    const choice = await browser.submit(page, '/code', { code: codeOf(secret, 1) });
    expect(choice.title).toBe('Choose a password');
    await browser.submit(choice, '/password', { new: next, repeat: next });
    // The second factor goes on to count, after a link too.
    const url = await makeLink(name);
    const linked = await browser.open(url);
    await browser.submit(linked, url, { new: smartPassword, repeat: smartPassword });
    expect((await enter(name)).page.title).toBe('Second step');
  });

  it('is no password any more when it was not used in time', async () => {
    const name = await aUser();
    const once = await makeOneTime(name);
    await login.server.app
      .get(DataSource)
      .query(`UPDATE user_account SET one_time_until = now() - interval '1 second' WHERE name = $1`, [name]);
    const { page } = await enter(name, once);
    expect([page.answer.status, page.text.includes('The user name or the password is wrong')]).toEqual([422, true]);
    expect(await loginStatus(name, once)).toBe(401);
  });

  it('is shown to administrators as such, and gone once a password is set', async () => {
    const name = await aUser();
    await makeOneTime(name);
    expect((await admin.call('GET', `users/${name}`)).body).toHaveProperty('oneTimePasswordUntil');
    expect((await admin.call('PATCH', `users/${name}`, { password: next })).status).toBe(200);
    expect((await admin.call('GET', `users/${name}`)).body).not.toHaveProperty('oneTimePasswordUntil');
    expect(await loginStatus(name, next)).toBe(200);
    const weak = await admin.call('PATCH', `users/${name}`, { password: 'Password123!' });
    expect([weak.status, weak.body.error_description]).toEqual([400, expect.stringContaining('easy to guess')]);
  });
});

async function setUpTotp(name: string): Promise<string> {
  const { browser, page } = await enter(name, smartPassword, 'apps');
  const security = await browser.open(`${page.url.href}/security`);
  const started = await browser.submit(security, '/totp/start');
  const secret = /class="secret"\s*>([A-Z2-7 ]+)</.exec(started.text)![1]!.replaceAll(' ', '');
  await browser.submit(started, '/totp/confirm', { code: codeOf(secret, 0), current: smartPassword });
  expect((await accountsOf(login).get(name)).secondFactor).toBe(true);
  return secret;
}

/** The TOTP code so many steps from now. */
const codeOf = (secret: string, stepsAhead: number): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + stepsAhead * 30_000 });

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamLinks } from '../../src/oauth2/login-providers/upstream-links.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { Glewlwyd, whyNoGlewlwyd } from '../support/glewlwyd.js';
import { newKey } from '../support/issuer.js';
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
import { UpstreamTestProvider } from '../support/upstream-provider.js';

/** Users of an upstream provider in a SMART launch (issue "who logs in"), with a browser that follows every redirect. */
let login: LoginServer;
let upstream: UpstreamTestProvider;
let closed: UpstreamTestProvider;
let app: string;
const scope = 'openid fhirUser launch/patient patient/*.rs';
beforeAll(async () => {
  upstream = await UpstreamTestProvider.start();
  closed = await UpstreamTestProvider.start();
  const settings = {
    id: 'corp',
    name: 'Hospital login',
    issuer: upstream.url,
    clientId: upstream.clientId,
    clientSecret: upstream.clientSecret,
    grantMap: { patients: 'user/*.rs' },
    createUsers: true,
  };
  const providers = [settings, { ...settings, id: 'closed', name: 'Closed', issuer: closed.url, createUsers: false }];
  login = await startLoginServer({ LOGIN_PROVIDERS: JSON.stringify(providers) });
  app = await registerApp(login, 'Growth chart', scope);
  await store(
    login,
    { resourceType: 'Patient', id: 'p1', name: [{ family: 'Mine' }] },
    { resourceType: 'Patient', id: 'p2', name: [{ family: 'Other' }] },
  );
});
afterAll(async () => {
  await login.close();
  await upstream.close();
  await closed.close();
});
afterEach(() => {
  upstream.reset();
  closed.reset();
});

const ana = { sub: 'sub-ana', preferred_username: 'ana', groups: ['patients'], fhirUser: 'Patient/p1' };

/** The address behind the button of a provider. */
function buttonOf(page: ShownPage, name: string): string {
  const link = [...page.text.matchAll(/<a[^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].find(([, , text = '']) =>
    text.includes(name),
  );
  if (!link?.[1]) throw new Error(`No button for ${name} on:\n${page.text}`);
  return new URL(link[1], page.url).href;
}

async function atLoginPage(asked = scope) {
  const browser = new FormBrowser();
  const request = new AppLogin(login, app);
  return { browser, request, page: await browser.open(request.address(asked)) };
}

describe('a user of an upstream provider', () => {
  it('gets a SMART launch: login there, consent here, a token limited to their own record', async () => {
    upstream.user = ana;
    const { browser, request, page } = await atLoginPage();
    const consent = await browser.open(buttonOf(page, 'Hospital login'));
    expect(consent.url.href).toBe(page.url.href);
    expect(consent.text).toContain('Growth chart');
    const left = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(new URL(left.forward ?? '', left.url).href);
    const answer = await request.redeem(login.arrivals.at(-1));
    expect(answer).toMatchObject({ token_type: 'Bearer', patient: 'p1' });
    const token = String(answer['access_token']);
    const [, payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: login.issuer,
      sub: 'corp:ana',
      fhirUser: expect.stringMatching(/Patient\/p1$/) as string,
    });
    expect((await login.server.call('GET', 'Patient/p1', { token })).status).toBe(200);
    expect((await login.server.call('GET', 'Patient/p2', { token })).status).toBe(403);
    const found = await login.server.call('GET', 'Patient', { token });
    expect(found.body.entry.map((entry: { resource: { id: string } }) => entry.resource.id)).toEqual(['p1']);
  });

  it('shows again who they are when the app or they themselves want that', async () => {
    upstream.user = ana;
    const { browser, request, page } = await atLoginPage();
    const asked = async (shown: ShownPage): Promise<string | null> => {
      const address = new URL(buttonOf(shown, 'Hospital login'));
      const answer = await fetch(address, { redirect: 'manual', headers: { cookie: browser.cookiesFor(address) } });
      return new URL(answer.headers.get('location') ?? '').searchParams.get('prompt');
    };
    expect(await asked(page)).toBeNull();
    const consent = await browser.open(buttonOf(page, 'Hospital login'));
    const left = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(new URL(left.forward ?? '', left.url).href);
    expect(await asked(await browser.open(request.address(scope, { prompt: 'login' })))).toBe('login');
    const known = await browser.open(request.address(scope, { prompt: 'consent' }));
    expect(known.text).toContain('Growth chart');
    expect(await asked(await browser.submit(known, '/switch'))).toBe('login');
  });

  it('has no password here', async () => {
    upstream.user = ana;
    const { browser, page } = await atLoginPage();
    await browser.open(buttonOf(page, 'Hospital login'));
    for (const password of ['!', '', 'ana']) {
      const headers = { authorization: `Basic ${Buffer.from(`corp:ana:${password}`).toString('base64')}` };
      expect((await login.server.call('POST', 'login', { headers })).status).toBe(401);
      const answer = await login.server.call('POST', 'login', {
        body: { user: 'corp:ana', password },
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it('who is disabled stays out, with the reason on a page', async () => {
    upstream.user = { ...ana, sub: 'sub-eve', preferred_username: 'eve' };
    const first = await atLoginPage();
    await first.browser.open(buttonOf(first.page, 'Hospital login'));
    await accountsOf(login).disable('corp:eve');
    const { browser, page } = await atLoginPage();
    const refused = await browser.open(buttonOf(page, 'Hospital login'));
    expect(refused.answer.status).toBe(403);
    expect(refused.text).toContain('is disabled');
  });

  it('who is not linked is told so; once an administrator links them, they are that user', async () => {
    await addUser(login, { name: 'ben', grants: 'user/*.rs', fhirUser: 'Patient/p2' });
    closed.user = { sub: 'sub-ben', preferred_username: 'ben', email: 'ben@hospital.example' };
    const { browser, page } = await atLoginPage();
    const refused = await browser.open(buttonOf(page, 'Closed'));
    expect(refused.answer.status).toBe(403);
    expect(refused.text).toContain('no user of this server is linked');
    expect(refused.text).toContain('sub-ben');
    // The password still opens the same login.
    const consent = await browser.submit(page, '/login', { name: 'ben', password: smartPassword });
    expect(consent.text).toContain('Growth chart');
    await login.server.app.get(UpstreamLinks).link({ account: 'ben', provider: 'closed', subject: 'sub-ben' });
    const again = await atLoginPage();
    expect((await again.browser.open(buttonOf(again.page, 'Closed'))).answer.status).toBe(200);
  });
});

describe('the way back from the provider', () => {
  /** Where the provider would send the browser that began. */
  async function callbackOf(browser: FormBrowser, page: ShownPage): Promise<URL> {
    const address = new URL(buttonOf(page, 'Hospital login'));
    const answer = await fetch(address, { redirect: 'manual', headers: { cookie: browser.cookiesFor(address) } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    return upstream.logIn(new URL(answer.headers.get('location') ?? ''), ana);
  }

  it('is closed to another browser, which has its own interaction or none', async () => {
    const victim = await atLoginPage();
    const attacker = await atLoginPage();
    const callback = await callbackOf(attacker.browser, attacker.page);
    const elsewhere = await victim.browser.open(callback.href);
    expect(elsewhere.answer.status).toBe(400);
    expect(elsewhere.text).not.toContain('Growth chart');
    expect((await new FormBrowser().open(callback.href)).answer.status).toBe(400);
  });

  it('is closed to the browser that has the interaction and not the cookie of this login', async () => {
    const { browser, page } = await atLoginPage();
    // fetch() in the helper keeps no cookies, so the browser never got the one of this login.
    const refused = await browser.open((await callbackOf(browser, page)).href);
    expect(refused.answer.status).toBe(400);
    expect(refused.text).toContain('This login is not known here');
  });

  it('does not begin for the interaction of another browser', async () => {
    const attacker = await atLoginPage();
    const victim = await atLoginPage();
    const address = buttonOf(attacker.page, 'Hospital login');
    upstream.user = ana;
    expect((await victim.browser.open(address)).answer.status).toBe(400);
    expect((await new FormBrowser().open(address)).answer.status).toBe(400);
    // And nobody is logged in on the attacker's page.
    expect((await attacker.browser.open(attacker.page.url.href)).text).toContain('Hospital login');
  });

  it.each(['', '?state=x&code=y', '?state=x&state=y&code=z', '?error=access_denied', '?state=%00'])(
    'is closed with the query "%s"',
    async (query) => {
      const { browser } = await atLoginPage();
      const refused = await browser.open(`${login.issuer}/login/corp/callback${query}`);
      expect(refused.answer.status).toBe(400);
      expect(refused.answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    },
  );

  it('tells on a page that a forged ID token does not count, and nobody is logged in', async () => {
    upstream.user = ana;
    const forger = newKey('RS256', upstream.key.kid);
    upstream.forge = (claims) => upstream.sign(claims, {}, forger);
    const { browser, page } = await atLoginPage();
    const refused = await browser.open(buttonOf(page, 'Hospital login'));
    expect(refused.answer.status).toBe(400);
    expect(refused.text).toContain('does not prove who you are');
    expect((await browser.open(page.url.href)).text).toContain('Hospital login');
  });

  it('answers an unknown provider with 404', async () => {
    const { browser, page } = await atLoginPage();
    const address = buttonOf(page, 'Hospital login').replace(/corp$/, 'nobody');
    expect((await browser.open(address)).answer.status).toBe(404);
  });
});

describe.skipIf(whyNoGlewlwyd !== undefined)('a provider that somebody else wrote (glewlwyd)', () => {
  let glewlwyd: Glewlwyd;
  let hospital: LoginServer;
  let client: string;
  beforeAll(async () => {
    glewlwyd = await Glewlwyd.start({});
    const provider = {
      id: 'glewlwyd',
      name: 'Foreign login',
      issuer: glewlwyd.issuer,
      clientId: 'lanyard',
      clientSecret: 'brokersecret',
      scopes: ['openid'],
      claims: { groups: 'groups' },
      grantMap: { doctors: 'user/*.rs' },
      createUsers: true,
    };
    hospital = await startLoginServer({ LOGIN_PROVIDERS: JSON.stringify([provider]) });
    await glewlwyd.addClient({
      id: 'lanyard',
      secret: 'brokersecret',
      redirectUris: [`${hospital.issuer}/login/glewlwyd/callback`],
      scopes: ['openid'],
    });
    const properties = { scope: ['openid'], fhirUser: 'Practitioner/doc', groups: ['doctors', 'choir'] };
    await glewlwyd.addUser('doc', 'doc password', properties);
    client = await registerApp(hospital, 'Ward list', 'openid fhirUser user/*.rs');
  });
  afterAll(async () => {
    await hospital?.close();
    await glewlwyd?.close();
  });

  it('logs its user in, with grants and fhirUser of its claims', async () => {
    const browser = new FormBrowser();
    const request = new AppLogin(hospital, client);
    const page = await browser.open(request.address('openid fhirUser user/*.rs'));
    const there = await browser.open(buttonOf(page, 'Foreign login'));
    expect(there.url.origin).toBe(glewlwyd.url);
    // The page there is a script; what it does is done by its API.
    const authorization = new URL(there.url.searchParams.get('callback_url') ?? '');
    const back = await glewlwyd.logIn(authorization, 'doc', 'doc password');
    const consent = await browser.open(back.href);
    expect(consent.text).toContain('Ward list');
    const left = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(new URL(left.forward ?? '', left.url).href);
    const answer = await request.redeem(hospital.arrivals.at(-1));
    const token = String(answer['access_token']);
    expect((await hospital.server.call('GET', 'Patient', { token })).status).toBe(200);
    const [, payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      sub: expect.stringMatching(/^glewlwyd:[\da-f]{16}$/) as string,
      fhirUser: expect.stringMatching(/Practitioner\/doc$/) as string,
      scope: expect.stringContaining('user/*.rs') as string,
    });
    // The answer of the provider works once.
    expect((await browser.open(back.href)).answer.status).toBe(400);
  });
});

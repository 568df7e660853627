import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamLinks } from '../../src/oauth2/login-providers/upstream-links.js';
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
import { UpstreamTestProvider } from '../support/upstream-provider.js';

/** Two login providers of which one is the attacker's, and answers that are somebody else's. */
let login: LoginServer;
let good: UpstreamTestProvider;
let evil: UpstreamTestProvider;
let app: string;
const scope = 'openid fhirUser user/Patient.rs';

beforeAll(async () => {
  [good, evil] = [await UpstreamTestProvider.start(), await UpstreamTestProvider.start()];
  const of = (id: string, { url, clientId, clientSecret }: UpstreamTestProvider, userinfo = false) => ({
    id,
    name: `Login at ${id}`,
    issuer: url,
    clientId,
    clientSecret,
    grantMap: { doctors: 'user/*.rs' },
    createUsers: true,
    userinfo,
  });
  login = await startLoginServer({ LOGIN_PROVIDERS: JSON.stringify([of('good', good), of('evil', evil, true)]) });
  app = await registerApp(login, 'App', scope);
});
afterAll(async () => {
  await login?.close();
  await good?.close();
  await evil?.close();
});
afterEach(() => {
  good.reset();
  evil.reset();
});

const doctor = (sub: string, more: object = {}) => ({
  sub,
  preferred_username: sub,
  groups: ['doctors'],
  fhirUser: 'Practitioner/dr',
  ...more,
});

function buttonOf(page: ShownPage, id: string): string {
  const link = [...page.text.matchAll(/<a[^>]*href="([^"]*)"/g)].find(([, href = '']) => href.endsWith(`/login/${id}`));
  return new URL(link![1]!, page.url).href;
}

interface Begun {
  readonly browser: FormBrowser;
  readonly request: AppLogin;
  readonly page: ShownPage;
}

async function begin(browser = new FormBrowser()): Promise<Begun> {
  const request = new AppLogin(login, app);
  return { browser, request, page: await browser.open(request.address(scope)) };
}

/** Logs in there and allows; the `sub` of the token here. */
async function subjectAt(id: string): Promise<string> {
  const { browser, request, page } = await begin();
  const consent = await browser.open(buttonOf(page, id));
  const left = await browser.submit(consent, '/consent', { decision: 'allow' });
  await browser.open(new URL(left.forward ?? '', left.url).href);
  const token = String((await request.redeem(login.arrivals.at(-1)))['access_token']);
  return (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string }).sub;
}

/** What the browser is sent to a provider with; it keeps the cookie of this login, and goes nowhere yet. */
async function authorizationOf({ browser, page }: Begun, id: string): Promise<URL> {
  let seen: URL | undefined;
  const provider = id === 'good' ? good : evil;
  provider.answerDiscovery = undefined;
  const before = provider.logIn.bind(provider);
  provider.logIn = (authorization, claims, changes) => {
    seen = authorization;
    // Back to a page that nobody serves: what comes next is up to the test.
    void changes;
    void claims;
    return new URL(`${provider.url}/userinfo`);
  };
  await browser.open(buttonOf(page, id));
  provider.logIn = before;
  return seen!;
}

const expectNobody = async ({ browser, page }: Begun): Promise<void> => {
  const again = await browser.open(page.url.href);
  expect(again.text).toContain('Login at good');
  expect(again.text).not.toContain('Share data');
};

describe('a provider of the attacker', () => {
  it('makes accounts of its own and nobody else, whatever subject, name and address it claims', async () => {
    good.user = doctor('ana', { email: 'ana@hospital.example' });
    const ana = await subjectAt('good');
    await addUser(login, { name: 'ben', grants: 'user/*.cruds', fhirUser: 'Practitioner/ben' });
    for (const claims of [
      doctor('ana', { email: 'ana@hospital.example', email_verified: false }),
      doctor('x1', { preferred_username: 'ben', email: 'ana@hospital.example', email_verified: true }),
      doctor('x2', { preferred_username: 'good:ana' }),
      doctor('x3', { preferred_username: 'admin', groups: ['doctors', 'admin/*.cruds'] }),
    ]) {
      evil.user = claims;
      evil.userinfo = { sub: claims.sub };
      const name = await subjectAt('evil');
      expect([ana, 'ben', 'admin']).not.toContain(name);
      expect(name).toMatch(/^evil:/);
      expect((await accountsOf(login).get(name)).grants).toBe('user/*.rs');
    }
    expect((await accountsOf(login).get('ben')).fhirUser).toBe('Practitioner/ben');
    expect(await login.server.app.get(UpstreamLinks).list(ana)).toHaveLength(1);
  });

  it('gets no answer of the other one taken for its own: mix-up, with the codes and states of either', async () => {
    const begun = await begin();
    const [atGood, atEvil] = [await authorizationOf(begun, 'good'), await authorizationOf(begun, 'evil')];
    expect(atGood.searchParams.get('redirect_uri')).not.toBe(atEvil.searchParams.get('redirect_uri'));
    const code = good.logIn(atGood, doctor('ana')).searchParams.get('code')!;
    const state = (authorization: URL) => authorization.searchParams.get('state')!;
    const before = evil.requests.token;
    for (const [id, asked] of [
      ['evil', state(atGood)],
      ['good', state(atEvil)],
    ] as const) {
      const answer = await begun.browser.open(
        `${login.issuer}/login/${id}/callback?${new URLSearchParams({ code, state: asked }).toString()}`,
      );
      expect([id, answer.answer.status, answer.text.includes('This login is not known here')]).toEqual([id, 400, true]);
    }
    // The code of the good one never reaches the other.
    expect(evil.requests.token).toBe(before);
    await expectNobody(begun);
  });

  it('vouches for nobody with the ID token of the other one, nor with one for another login', async () => {
    const begun = await begin();
    for (const forge of [
      (claims: Readonly<Record<string, unknown>>) => good.sign({ ...claims, iss: good.url }),
      (claims: Readonly<Record<string, unknown>>) => evil.sign({ ...claims, iss: good.url }),
      (claims: Readonly<Record<string, unknown>>) => evil.sign({ ...claims, nonce: 'of-another-login' }),
      (claims: Readonly<Record<string, unknown>>) => evil.sign({ ...claims, aud: 'another-client' }),
    ]) {
      evil.user = doctor('ana');
      evil.userinfo = { sub: 'ana' };
      evil.forge = forge;
      const answer = await begun.browser.open(buttonOf(begun.page, 'evil'));
      expect([answer.answer.status, answer.text.includes('does not prove who you are')]).toEqual([400, true]);
      await expectNobody(begun);
    }
  });

  it('adds nothing to its ID token by what its userinfo says of somebody else', async () => {
    evil.user = { sub: 'eve', preferred_username: 'eve' };
    evil.userinfo = { sub: 'ana', groups: ['doctors'], fhirUser: 'Practitioner/dr' };
    const begun = await begin();
    const answer = await begun.browser.open(buttonOf(begun.page, 'evil'));
    expect(answer.answer.status).toBe(400);
    await expectNobody(begun);
  });
});

describe('a login at a provider', () => {
  it('does not end in the interaction of a browser that only has the address of the answer', async () => {
    const [attacker, victim] = [await begin(), await begin()];
    const authorization = await authorizationOf(attacker, 'good');
    const back = good.logIn(authorization, doctor('eve'));
    // Login CSRF: the victim would go on as the attacker.
    for (const browser of [victim.browser, new FormBrowser()]) {
      const answer = await browser.open(back.href);
      expect([answer.answer.status, answer.text.includes('eve')]).toEqual([400, false]);
    }
    await expectNobody(victim);
    expect((await attacker.browser.open(back.href)).text).toContain('good:eve');
  });

  it('takes the place of a half password login, and leaves none of it', async () => {
    const [name, secret] = ['carla', generateTotpSecret()];
    await addUser(login, { name, grants: 'user/*.rs' });
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const account = await accountsOf(login).get(name);
    expect(await login.server.app.get(SecondFactors).addTotp(account, secret, code)).toBe(true);
    const begun = await begin();
    const half = await begun.browser.submit(begun.page, '/login', { name, password: smartPassword });
    expect(half.title).toBe('Second step');
    evil.user = doctor('eve');
    evil.userinfo = { sub: 'eve' };
    const consent = await begun.browser.open(buttonOf(begun.page, 'evil'));
    expect(consent.text).toContain('evil:eve');
    expect(consent.text).not.toContain('carla');
    const tried = await begun.browser.post(new URL(`${consent.url.href}/code`), { ...consent.forms[0]!.fields, code });
    expect(tried.answer.status).toBe(400);
  });

  it('has no password and no second step to set up here', async () => {
    evil.user = doctor('eve');
    evil.userinfo = { sub: 'eve' };
    const { browser, page } = await begin();
    const consent = await browser.open(buttonOf(page, 'evil'));
    const apps = await browser.open(`${consent.url.href}/apps`);
    expect(apps.title).toBe('My apps');
    const security = await browser.open(`${login.issuer}/apps/security`);
    expect(security.text).toContain('You sign in at another server, so a second step is set up there.');
    expect(security.forms.map(({ action }) => action).filter((one) => /totp|passkey|recovery/.test(one))).toEqual([]);
    const token = security.forms[0]!.fields;
    await browser.post(new URL(`${login.issuer}/apps/totp/start`), token);
    for (const path of ['totp/confirm', 'passkey/add', 'recovery']) {
      const answer = await browser.post(new URL(`${login.issuer}/apps/${path}`), { ...token, current: '!', code: '1' });
      expect(answer.text).toMatch(/You sign in at another server|Sign-in security/);
    }
    expect((await accountsOf(login).get('evil:eve')).secondFactor).toBe(false);
  });

  it('does not go on when the subject is unlinked or the account is disabled meanwhile', async () => {
    good.user = doctor('dora');
    const begun = await begin();
    const consent = await begun.browser.open(buttonOf(begun.page, 'good'));
    expect(consent.text).toContain('good:dora');
    await accountsOf(login).disable('good:dora');
    const end = await begun.browser.submit(consent, '/consent', { decision: 'allow' });
    expect([end.answer.status, end.forward]).toEqual([400, undefined]);
    const again = await begin();
    const refused = await again.browser.open(buttonOf(again.page, 'good'));
    expect([refused.answer.status, refused.text.includes('is disabled')]).toEqual([403, true]);
  });
});

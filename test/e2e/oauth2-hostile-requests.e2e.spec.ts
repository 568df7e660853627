import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormBrowser } from '../support/form-browser.js';
import { shareOf } from '../support/full.js';
import { faultsOf as faultsAt, startWithApp } from '../support/hostile-requests.js';
import { AppLogin, smartPassword, registerApp, type LoginServer } from '../support/smart-login.js';

// Whatever comes in: no defect of the server, no stack, nothing of the request as HTML or as a header, no way to another site.

let login: LoginServer;
let client: string;

beforeAll(async () => {
  ({ login, client } = await startWithApp());
});
afterAll(() => login.close());

const faultsOf = (what: string, answer: Response) => faultsAt(login, what, answer);

const send = (address: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${login.issuer}${address}`, { redirect: 'manual', ...init });

const sendForm = (address: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  send(address, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });

describe('the authorization endpoint', () => {
  it('shows what came with the request as text on the pages', async () => {
    const named = await registerApp(login, '<b onclick="x()">Best</b> & "Co"', 'launch/patient patient/*.rs');
    const browser = new FormBrowser();
    const page = await browser.open(
      new AppLogin(login, named).address('launch/patient patient/*.rs', { login_hint: '"><script>alert(1)</script>' }),
    );
    expect(page.title).toBe('Sign in');
    expect(page.text).not.toMatch(/<script>alert|<b onclick/);
    expect(page.text).toContain('&lt;b onclick=');
    const failed = await browser.submit(page, '/login', { name: '"><script>alert(2)</script>', password: 'x' });
    expect(failed.text).not.toContain('<script>alert');
    const picker = await browser.submit(failed, '/login', { name: 'doctor', password: smartPassword });
    const found = await browser.submit(picker, '/patients', { name: '"><script>alert(3)</script>' });
    expect(found.text).not.toContain('<script>alert');
    const again = await browser.submit(found, '/patients', { name: '' });
    const consent = await browser.submit(again, '/patient', { patient: 'p1' });
    expect(consent.title).toContain('<b onclick=');
    expect(consent.text).not.toContain('<b onclick');
  });
});

describe('the endpoints that clients call', () => {
  it.each(['token', 'introspect', 'revoke', 'register', 'launches', 'clients'])(
    '%s bears any Authorization',
    async (path) => {
      const faults: string[] = [];
      const credentials = ['x', ':', 'a:b', 'a\u0000b:c', '%:%', `${'x'.repeat(5_000)}:y`, 'é:ü', '%00:x'];
      const headers = [
        ...credentials.map((one) => `Basic ${Buffer.from(one).toString('base64')}`),
        'Basic',
        'Basic !!!',
        'Bearer',
        'Bearer a b',
        'Bearer ..',
        `Bearer ${'e'.repeat(7_000)}`,
        'Digest x',
        'DPoP x',
        ',',
      ];
      for (const authorization of headers) {
        const answer = await sendForm(`/${path}`, 'token=x&grant_type=client_credentials', { authorization });
        faults.push(...(await faultsOf(authorization.slice(0, 60), answer)));
      }
      expect(faults).toEqual([]);
    },
  );
});

describe('every address', () => {
  const ids = [
    'x',
    '%00',
    '%0d%0aX-Injected:1',
    '%ff',
    '..%2f..%2fx',
    '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    'x'.repeat(3_000),
  ];
  const patterns = [
    'authorize',
    'authorize/ID',
    'logout',
    'logout/success',
    'logout/confirm',
    'token',
    'revoke',
    'introspect',
    'jwks',
    'interaction/ID',
    'interaction/ID/login',
    'interaction/ID/code',
    'interaction/ID/passkey',
    'interaction/ID/switch',
    'interaction/ID/patients',
    'interaction/ID/patient',
    'interaction/ID/encounter',
    'interaction/ID/cancel',
    'interaction/ID/consent',
    'interaction/ID/finish',
    'interaction/ID/login/ID',
    'interaction/ID/login/ID/callback',
    'interaction/ID/apps',
    'login/ID/callback',
    'autopilot/ID',
    'register',
    'register/ID',
    'clients',
    'clients/ID',
    'clients/ID/secret',
    'users',
    'users/ID',
    'users/ID/second-factors',
    'users/ID/sessions',
    'registration-tokens',
    'launches',
    'apps',
    'apps/login',
    'apps/code',
    'apps/passkey',
    'apps/logout',
    'apps/revoke',
    'apps/security',
    'apps/recovery',
    'apps/totp/start',
    'apps/totp/confirm',
    'apps/passkey/add',
    'passkey.js',
    'smart-style-v1.json',
    'ID',
    '',
    '.well-known/openid-configuration',
    '.well-known/oauth-authorization-server',
    '.well-known/ID',
  ];
  const addresses = patterns.flatMap((pattern) =>
    (pattern.includes('ID') ? ids : ['']).map((id) => `/${pattern.replaceAll('ID', id)}`),
  );
  /** All of them, or a third: another one for each of three rows. */
  const turnOf = (row: number, most = Infinity): readonly string[] =>
    shareOf(addresses, 3, row).filter(({ length }) => length < most);
  const brokenCookies = [
    'lanyard_session=x; lanyard_interaction=y; lanyard_form=z; lanyard_account=w',
    '=; ;;lanyard_interaction; lanyard_interaction==; lanyard_session=%00; lanyard_session.sig=%',
    `lanyard_session=${'x'.repeat(4_000)}`,
    'lanyard_interaction="a\\"b"; lanyard_interaction.sig="<script>"; __proto__=1; lanyard_form=<img>',
    `lanyard_form=${'f'.repeat(32)}; lanyard_account=${'a'.repeat(43)}; lanyard_resume=../..`,
  ];
  const all = async (requests: readonly (readonly [string, string, RequestInit])[]): Promise<readonly string[]> => {
    const faults: string[] = [];
    for (const [what, address, init] of requests) {
      faults.push(...(await faultsOf(`${what} ${address.slice(0, 120)}`, await send(address, init))));
    }
    return faults;
  };

  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  it.each(methods.map((method, row) => [method, row] as const))('bears %s', async (method, row) => {
    expect(await all(turnOf(row).map((address) => [method, address, { method }] as const))).toEqual([]);
  });

  it.each(brokenCookies.map((cookie, row) => [row, cookie] as const))(
    'bears broken cookies, %i',
    async (row, cookie) => {
      const short = turnOf(row, 300);
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
      expect(
        await all([
          ...short.map((address) => ['GET', address, { headers: { cookie } }] as const),
          ...short.map((address) => ['POST', address, { method: 'POST', headers, body: 'form_token=x' }] as const),
        ]),
      ).toEqual([]);
    },
  );

  const bodies: readonly (readonly [string, string, string])[] = [
    ['more than 64 kB', 'application/x-www-form-urlencoded', `a=${'x'.repeat(70_000)}`],
    ['ten thousand fields', 'application/x-www-form-urlencoded', 'a&'.repeat(10_000)],
    ['no form', 'application/x-www-form-urlencoded', '%%%=%&&&==='],
    ['JSON', 'application/json', '{"grant_type":{"a":1},"redirect_uris":[null],"client":7,"__proto__":{"x":1}}'],
    ['broken JSON', 'application/json', '{"a":'],
    ['a JSON list', 'application/json', '[[[[]]]]'],
    ['JSON null', 'application/json', 'null'],
    ['deep JSON', 'application/json', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['XML', 'application/xml', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['multipart', 'multipart/form-data; boundary=x', '--x\r\n\r\ny\r\n--x--'],
    ['another charset', 'application/x-www-form-urlencoded; charset=utf-16', 'a=b'],
    ['no media type', 'nonsense', 'a=b'],
  ];

  it.each(bodies.map((body, row) => [...body, row] as const))('bears a body that is %s', async (_, type, body, row) => {
    const requests = turnOf(row, 60).map(
      (address) => ['POST', address, { method: 'POST', body, headers: { 'content-type': type } }] as const,
    );
    expect(await all(requests)).toEqual([]);
  });

  it('explains a body whose media type is none, also to who logs in at the FHIR base', async () => {
    for (const address of [`${login.issuer}/token`, `${login.issuer}/apps/login`, `${login.fhirBase}/login`]) {
      const answer = await fetch(address, { method: 'POST', body: 'a=b', headers: { 'content-type': 'nonsense' } });
      expect([address, answer.status]).toEqual([address, 415]);
      expect(await answer.text()).toContain('Content-Type');
    }
  });

  it('refuses to read more than 64 kB', async () => {
    for (const address of ['/token', '/revoke', '/introspect', '/authorize', '/register', '/launches', '/apps/login']) {
      const { status } = await sendForm(address, `a=${'x'.repeat(70_000)}`);
      expect([address, status]).toEqual([address, 413]);
    }
  });

  it('answers HEAD without taking a decision', async () => {
    const browser = new FormBrowser();
    const page = await browser.open(new AppLogin(login, client).address('launch/patient patient/*.rs'));
    const cookie = browser.cookiesFor(page.url);
    for (const address of [page.url.href, `${page.url.href}/finish`, `${page.url.href}/consent`]) {
      const answer = await fetch(address, { method: 'HEAD', headers: { cookie }, redirect: 'manual' });
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers.get('location') ?? '').not.toContain(login.appUrl);
    }
    expect((await browser.open(page.url.href)).title).toBe('Sign in');
  });
});

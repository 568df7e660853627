import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { shareOf } from '../support/full.js';
import { faultsOf, hostileValues, spoilt, startWithApp } from '../support/hostile-requests.js';
import { AppLogin, smartPassword, type LoginServer } from '../support/smart-login.js';

// Whatever is in a form: no defect of the server, no stack, nothing of the request as HTML or as a header, no way to another site.

let login: LoginServer;
let client: string;

beforeAll(async () => {
  ({ login, client } = await startWithApp());
});
afterAll(() => login.close());

const sendForm = (address: string, body: string): Promise<Response> =>
  fetch(`${login.issuer}${address}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    redirect: 'manual',
  });

describe('the endpoints that clients call', () => {
  const forms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    token: {
      grant_type: 'authorization_code',
      client_id: 'CLIENT',
      code: 'c',
      redirect_uri: 'https://app.example/x',
      code_verifier: 'x'.repeat(43),
      refresh_token: 'r',
      scope: 'patient/*.rs',
      client_secret: 's',
      client_assertion: 'a.b.c',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      resource: 'https://x.example',
    },
    introspect: { token: 't', token_type_hint: 'access_token', client_id: 'CLIENT', client_secret: 's' },
    revoke: { token: 't', token_type_hint: 'refresh_token', client_id: 'CLIENT', client_secret: 's' },
    'logout/confirm': { xsrf: 'x', logout: 'yes' },
  };
  const cases = Object.entries(forms).flatMap(([path, form]) => Object.keys(form).map((name) => [path, name] as const));

  it.each(shareOf(cases, 3))('%s bears anything as %s', async (path, name) => {
    const faults: string[] = [];
    const form = { ...forms[path]!, ...('client_id' in forms[path]! && { client_id: client }) };
    const bare = path === 'token' ? { grant_type: 'refresh_token' } : {};
    for (const value of hostileValues) {
      for (const body of [...spoilt(form, name, value), `${new URLSearchParams(bare).toString()}&${name}=${value}`]) {
        faults.push(...(await faultsOf(login, `${name}=${value.slice(0, 80)}`, await sendForm(`/${path}`, body))));
      }
    }
    expect(faults).toEqual([]);
  });
});

describe('the forms of the pages', () => {
  async function pageOf(step: 'login' | 'picker' | 'consent'): Promise<{ browser: FormBrowser; page: ShownPage }> {
    const browser = new FormBrowser();
    let page = await browser.open(
      new AppLogin(login, client).address('openid launch/patient offline_access patient/*.rs'),
    );
    if (step !== 'login') page = await browser.submit(page, '/login', { name: 'doctor', password: smartPassword });
    if (step === 'consent') page = await browser.submit(page, '/patient', { patient: 'p1' });
    return { browser, page };
  }

  const fields = [
    ['login', '/login', ['name', 'password', 'form_token']],
    ['picker', '/patients', ['name', 'birthdate', 'identifier']],
    ['picker', '/patient', ['patient']],
    ['picker', '/encounter', ['encounter']],
    ['login', '/code', ['code']],
    ['login', '/passkey', ['response']],
    ['consent', '/consent', ['keep', 'only', 'decision']],
  ] as const;
  const cases = fields.flatMap(([step, action, names]) => names.map((name) => [step, action, name] as const));

  it.each(shareOf(cases, 3))('%s: %s bears anything as %s', async (step, action, name) => {
    const { browser, page } = await pageOf(step);
    const address = new URL(`${page.url.href}${action}`);
    const form = page.forms.find((one) => one.action.endsWith(action)) ?? page.forms[0]!;
    const good = Object.fromEntries(Object.entries(form.fields).map(([key, one]) => [key, [one].flat()[0] ?? '']));
    const faults: string[] = [];
    for (const value of hostileValues) {
      for (const body of spoilt(good, name, value)) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie: browser.cookiesFor(address) };
        const answer = await fetch(address, { method: 'POST', body, headers, redirect: 'manual' });
        faults.push(...(await faultsOf(login, `${name}=${value.slice(0, 80)}`, answer)));
      }
    }
    expect(faults).toEqual([]);
  });
});

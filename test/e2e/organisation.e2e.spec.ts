import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../../src/config/app-config.js';
import { FormBrowser } from '../support/form-browser.js';
import { AppLogin, type LoginServer, registerApp, startLoginServer } from '../support/smart-login.js';

/** One pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
let folder: string;
let login: LoginServer;
let clientId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-organisation-'));
  await writeFile(join(folder, 'logo'), png);
  login = await startLoginServer({
    ORGANISATION_NAME: 'Clinic <b>of</b> "the Hills"',
    ORGANISATION_LOGO: join(folder, 'logo'),
    ORGANISATION_COLOUR: '#A3211F',
  });
  clientId = await registerApp(login, 'Growth chart', 'openid user/Patient.rs');
});
afterAll(async () => {
  await login?.close();
  await rm(folder, { recursive: true });
});

describe('the organisation', () => {
  it('stands on every page: of logins, of errors, of the account, of the logout', async () => {
    const browser = new FormBrowser();
    const signIn = await browser.open(new AppLogin(login, clientId).address('openid user/Patient.rs'));
    const failed = await browser.submit(signIn, '/login', { name: 'x', password: 'y' });
    const apps = await browser.open(`${login.issuer}/apps`);
    const lost = await browser.open(`${login.issuer}/interaction/unknown`);
    const wrong = await browser.open(`${login.issuer}/authorize?client_id=nobody`);
    const out = await browser.open(`${login.issuer}/logout/success`);
    for (const { text, answer } of [signIn, failed, apps, lost, wrong, out]) {
      expect(text).toContain('Clinic &lt;b&gt;of&lt;/b&gt; &quot;the Hills&quot;');
      expect(text).toContain(`<img src="${login.issuer}/organisation/logo" alt="" />`);
      expect(text).toContain(`<link rel="stylesheet" href="${login.issuer}/organisation/style.css" />`);
      expect(answer.headers.get('content-security-policy')).toMatch(/img-src data: 'self'; script-src 'self'/);
    }
  });

  it('has its picture and colour from this server, as what they are', async () => {
    const logo = await fetch(`${login.issuer}/organisation/logo`);
    expect(Buffer.from(await logo.arrayBuffer()).equals(png)).toBe(true);
    expect(logo.headers.get('content-type')).toBe('image/png');
    const style = await fetch(`${login.issuer}/organisation/style.css`);
    expect(await style.text()).toContain('--accent:#a3211f');
    for (const { headers } of [logo, style]) {
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    [
      { ORGANISATION_COLOUR: '#ffcc00' },
      /ORGANISATION_COLOUR: is too light .* nearest colour that can be read is #856a00/,
    ],
    [{ ORGANISATION_COLOUR: 'red' }, /ORGANISATION_COLOUR: must be a colour such as #0f5e9c/],
    [{ ORGANISATION_LOGO: '/nowhere/logo.png' }, /ORGANISATION_LOGO: names a file that cannot be read/],
    [{ ORGANISATION_NAME: 'x'.repeat(81) }, /ORGANISATION_NAME: must be a name of 80 characters at most/],
    [{ ORGANISATION_NAME: 'a\nb' }, /ORGANISATION_NAME: must be a name/],
  ])('is refused at the start where it would not do: %j', (settings, line) => {
    expect(() => new AppConfig(settings)).toThrow(line);
  });
});

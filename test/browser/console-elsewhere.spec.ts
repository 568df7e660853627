import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClient } from '../../src/oauth2/clients/read-client.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, fewLooks } from '../support/console-visit.js';
import { accountsOf, addUser, type LoginServer, smartPassword, startLoginServer } from '../support/smart-login.js';

const clientId = 'console-of-ward';
const scopes = 'openid fhirUser offline_access user/*.cruds';

/** The console of one server, whose users log in at another one. */
describe.skipIf(chromiumPath === undefined)('the console with a login elsewhere', () => {
  let idp: LoginServer;
  let ward: LoginServer;
  let browser: Browser;

  const registerAt = (form: object, id: string) =>
    idp.server.app.get(OauthClientStore).create(readClient(form), { createdBy: 'admin', id });

  const startWard = (
    more: Readonly<Record<string, string>> = { CONSOLE_CLIENT_ID: clientId, CONSOLE_SCOPES: scopes },
  ) =>
    startLoginServer({
      EMBEDDED_ISSUER: 'off',
      LOGIN: 'off',
      TRUSTED_ISSUERS: JSON.stringify([{ issuer: idp.issuer, userWithoutFhirUser: 'allow' }]),
      ...more,
    });

  beforeAll(async () => {
    idp = await startLoginServer();
    ward = await startWard();
    browser = await startChromium();
    const redirectUris = [`${ward.url}/console/callback`];
    await registerAt({ name: 'Console of the ward', kind: 'public', redirectUris, scopes }, clientId);
    await registerAt(
      { name: 'Ward', kind: 'confidential-symmetric', grantTypes: [], resources: [ward.fhirBase] },
      'ward',
    );
    await addUser(idp, { name: 'doctor', grants: 'user/*.cruds' });
  });
  afterAll(async () => {
    await browser?.close();
    await ward?.close();
    await idp?.close();
  });

  /** Complaints of a visit, without those about the other server, which is asked on purpose. */
  const closed = async (visit: ConsoleVisit): Promise<readonly string[]> =>
    (await visit.close()).filter((text) => !text.startsWith(`${idp.url}/`));

  async function logIn(page: Page): Promise<void> {
    await page.getByLabel('User name').fill('doctor');
    await page.getByLabel('Password').fill(smartPassword);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: /Share data/ }).waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
  }

  it('signs in by authorization code and PKCE, and signs out there', async () => {
    const visit = await ConsoleVisit.open(browser, ward.url, 'data/Patient');
    const { page } = visit;
    await visit.heading('Sign in to go on');
    expect(await visit.faults('console-elsewhere-sign-in')).toEqual([]);
    await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
    await logIn(page);
    await page.locator('header').getByRole('button', { name: 'doctor' }).waitFor();
    await page.getByText('Nothing within your reach fits').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/data/Patient');
    const authorize = visit.asked.find((url) => url.startsWith(`${idp.issuer}/authorize`))!;
    expect(Object.fromEntries(new URL(authorize).searchParams)).toMatchObject({
      client_id: clientId,
      code_challenge_method: 'S256',
      aud: ward.fhirBase,
      scope: scopes,
    });
    // What is kept there is not administered here.
    expect(await page.locator('nav').getByText('Users').count()).toBe(0);
    await page.locator('header').getByRole('button', { name: 'doctor' }).click();
    expect(await visit.faults('console-elsewhere-menu')).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page
      .getByText(/logged out|signed out/i)
      .first()
      .waitFor();
    await page.goto(`${ward.url}/console/users`);
    await visit.heading('Users and apps are kept elsewhere');
    await page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await closed(visit)).toEqual([]);
  });

  it.each(fewLooks)(
    'asks for more by a button that says why, and tells what was not given, on a %s',
    async (device, options) => {
      const visit = await ConsoleVisit.open(browser, ward.url, '', options);
      const { page } = visit;
      const scopesAsked = () =>
        visit.asked
          .filter((url) => url.startsWith(`${idp.issuer}/authorize?`))
          .map((url) => new URL(url).searchParams.get('scope'));
      await page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).click();
      await logIn(page);
      await visit.heading('This FHIR server');
      expect(scopesAsked()).toEqual(['openid fhirUser offline_access']);
      await page
        .locator('main')
        .getByRole('link', { name: /^Request/ })
        .click();
      await page.getByLabel(/^Path below/).fill('Patient?_count=1');
      const panel = page.getByRole('note').filter({ hasText: 'This page needs more scopes' });
      await panel.getByText('user/*.cruds').waitFor();
      expect(await visit.faults(`console-elsewhere-scopes-${device}`)).toEqual([]);
      const inWindow = async (link: string, decision: string) => {
        const opened = page.waitForEvent('popup');
        await page.getByRole('link', { name: link }).click();
        const popup = await opened;
        await popup.getByRole('button', { name: decision, exact: true }).click();
      };
      await inWindow('Ask for these scopes', 'Do not allow');
      await page.getByText('Scopes were asked for and not given').waitFor();
      expect(await visit.faults(`console-elsewhere-refused-${device}`)).toEqual([]);
      await page.locator('header').getByRole('button', { name: 'doctor' }).waitFor();
      await inWindow('Ask again', 'Allow');
      await page.getByText('Scopes were asked for and not given').waitFor({ state: 'hidden' });
      expect(await page.getByLabel(/^Path below/).inputValue()).toBe('Patient?_count=1');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('Status 200').waitFor();
      expect(await closed(visit)).toEqual([]);
    },
  );

  it('is renewed while it lives, is over when it was ended there, and keeps what was typed', async () => {
    const visit = await ConsoleVisit.open(browser, ward.url, 'request');
    const { page } = visit;
    await page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).click();
    await logIn(page);
    await visit.heading('Request');
    // A token that is over, as the server says it.
    const refuseOnce = () =>
      page.route(`${ward.fhirBase}/Patient?*`, (route) => route.fulfill({ status: 401 }), { times: 1 });
    const tokens = () => visit.asked.filter((url) => url === `${idp.issuer}/token`).length;
    await page.getByLabel(/^Path below/).fill('Patient?_count=1');
    await refuseOnce();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 200').waitFor();
    expect(tokens()).toBe(2);
    await accountsOf(idp).endSessions('doctor');
    await refuseOnce();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('dialog', { name: 'Your login is over' }).waitFor();
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Sign in again as doctor' }).click();
    await logIn(await opened);
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await page.getByLabel(/^Path below/).inputValue()).toBe('Patient?_count=1');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 200').waitFor();
    expect(await closed(visit)).toEqual([]);
  });

  it('asks another Lanyard without a page after a reload, which has the user decide again, without the password', async () => {
    const visit = await ConsoleVisit.open(browser, ward.url, 'data/Patient');
    const { page } = visit;
    await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
    await logIn(page);
    await page.locator('header').getByRole('button', { name: 'doctor' }).waitFor();
    await page.reload();
    await visit.heading('Sign in to go on');
    expect(visit.asked.some((url) => url.startsWith(`${idp.issuer}/authorize`) && url.includes('prompt=none'))).toBe(
      true,
    );
    expect(visit.asked.some((url) => url.includes('error=consent_required'))).toBe(true);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: /Share data/ }).waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.locator('header').getByRole('button', { name: 'doctor' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/data/Patient');
    expect(await closed(visit)).toEqual([]);
  });

  it.each(fewLooks)('says what is missing while it is not set up, on a %s', async (device, options) => {
    const bare = await startWard({});
    try {
      const visit = await ConsoleVisit.open(browser, bare.url, 'data/Patient', options);
      await visit.heading('Sign in to go on');
      await visit.page.getByText(`${bare.url}/console/callback`).waitFor();
      await visit.page.getByText(/CONSOLE_CLIENT_ID/).waitFor();
      expect(await visit.page.getByText(idp.issuer).count()).toBe(1);
      expect(await visit.page.getByRole('button', { name: 'Sign in', exact: true }).count()).toBe(0);
      expect(await visit.faults(`console-elsewhere-missing-${device}`)).toEqual([]);
      await visit.speakGerman();
      await visit.page.getByText(/öffentlichen Client registrieren/).waitFor();
      expect(await visit.faults(`console-elsewhere-missing-${device}-german`)).toEqual([]);
      expect(await closed(visit)).toEqual([]);
    } finally {
      await bare.close();
    }
  });

  it('says what the other server has to permit when it cannot be asked', async () => {
    const visit = await ConsoleVisit.open(browser, ward.url, '', desktop);
    const { page } = visit;
    await page.route(`${idp.issuer}/.well-known/**`, (route) => route.abort());
    await page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('dialog', { name: 'The authorization server was not reached' }).waitFor();
    await page.getByText(`${ward.url}/console/callback`).waitFor();
    expect(await visit.faults('console-elsewhere-unreachable')).toEqual([]);
    await visit.context.close();
  });
});

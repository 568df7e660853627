import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverVersion } from '../../src/config/server-version.js';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, looks, phone } from '../support/console-visit.js';
import { addUser, type LoginServer, startLoginServer } from '../support/smart-login.js';

describe.skipIf(chromiumPath === undefined)('the console in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;

  beforeAll(async () => {
    login = await startLoginServer();
    browser = await startChromium();
    await addUser(login, { name: 'doctor', grants: 'user/*.rs' });
    await addUser(login, { name: 'nobody', grants: '' });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
  });

  it.each(looks)('says what the server is, on a %s', async (device, options) => {
    const visit = await ConsoleVisit.open(browser, login.url, '', options);
    await visit.heading('This FHIR server');
    await visit.page.getByText(login.fhirBase, { exact: true }).waitFor();
    await visit.page.getByText('FHIR 4.0.1').waitFor();
    expect(await visit.faults(`console-home-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('lets a user in without a question, renews the login on reload, and ends it on the server', async () => {
    const visit = await ConsoleVisit.open(browser, login.url);
    const { page } = visit;
    await visit.signIn('doctor');
    await page.locator('header').getByRole('button', { name: 'doctor' }).click();
    await page.getByText('online_access').waitFor();
    expect(await visit.faults('console-login-menu')).toEqual([]);
    await page.reload();
    await page.locator('header').getByRole('button', { name: 'doctor' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await visit.heading('This FHIR server');
    await page.reload();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('User name').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('needs nothing but a keyboard', async () => {
    const visit = await ConsoleVisit.open(browser, login.url);
    const { page } = visit;
    await visit.heading('This FHIR server');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.getByRole('link', { name: 'Why?' }).first().focus();
    await page.keyboard.press('Enter');
    await visit.heading('Why?');
    // What a screen reader says next is the title of the page.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await visit.close()).toEqual([]);
  });

  it('opens its navigation on a phone, and speaks German in the dark when that is chosen, also next time', async () => {
    const visit = await ConsoleVisit.open(browser, login.url, '', { ...phone, locale: 'fr-FR' });
    const { page } = visit;
    await page.getByRole('button', { name: 'Language and colours' }).click();
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('button', { name: 'Sprache und Farben' }).click();
    await page.getByRole('menuitemradio', { name: 'Dunkel' }).click();
    await page.getByRole('button', { name: 'Seiten' }).click();
    expect(await visit.faults('console-navigation-phone-german')).toEqual([]);
    await page.getByRole('link', { name: 'Warum?' }).first().click();
    await visit.heading('Warum?');
    await page.reload();
    await visit.heading('Warum?');
    expect(
      await page.evaluate('[document.documentElement.lang, document.documentElement.dataset.mantineColorScheme]'),
    ).toEqual(['de', 'dark']);
    expect(await visit.close()).toEqual([]);
  });

  it('works below the path of PUBLIC_URL', async () => {
    const below = await startLoginServer({}, '/clinic/x');
    try {
      await addUser(below, { name: 'doctor', grants: 'user/*.rs' });
      const visit = await ConsoleVisit.open(browser, below.url, 'data/Patient');
      await visit.signIn('doctor');
      await visit.heading('Patient');
      await visit.page.getByText('Nothing within your reach fits.').waitFor();
      await visit.page.reload();
      await visit.page.getByText('Nothing within your reach fits.').waitFor();
      expect(new URL(visit.page.url()).pathname).toBe('/clinic/x/console/data/Patient');
      expect(await visit.close()).toEqual([]);
    } finally {
      await below.close();
    }
  });

  it('takes a token that somebody brings, where the issuer is elsewhere', async () => {
    const other = await startLoginServer({ EMBEDDED_ISSUER: 'off', LOGIN: 'off' });
    try {
      const visit = await ConsoleVisit.open(browser, other.url, 'data/Patient');
      const { page } = visit;
      await visit.heading('Sign in to go on');
      expect(await page.getByRole('button', { name: 'Sign in', exact: true }).count()).toBe(0);
      const token = other.server.issuer.token({ aud: other.fhirBase, scope: 'user/Patient.rs', sub: 'somebody' });
      await page.getByLabel('Access token').fill(token);
      expect(await visit.faults('console-bring-token')).toEqual([]);
      await page.getByRole('button', { name: 'Use this token' }).click();
      await page.locator('header').getByRole('button', { name: 'somebody' }).waitFor();
      await page
        .getByText(/Nothing within your reach fits|The server answered/)
        .first()
        .waitFor();
      expect(await visit.close()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it.each([
    ['newer', '99.1.0'],
    ['older', '0.0.1'],
  ])('shows its own version, and says so where the server is %s', async (_which, version) => {
    const visit = await ConsoleVisit.open(browser, login.url);
    const { page } = visit;
    await visit.heading('This FHIR server');
    await page.getByRole('row', { name: `Software Lanyard ${serverVersion}` }).waitFor();
    await page.getByRole('row', { name: `Console Lanyard ${serverVersion}` }).waitFor();
    const notice = page.getByRole('status').getByText('Server and console are of two versions');
    expect(await notice.count()).toBe(0);
    await page.route('**/config.json', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), version } });
    });
    await page.reload();
    await notice.waitFor();
    await page
      .getByText(`This page is of Lanyard ${serverVersion}, and the server that answers is ${version}`)
      .waitFor();
    await page.getByRole('row', { name: `Software Lanyard ${version}` }).waitFor();
    expect(await visit.faults(`console-version-${version}`)).toEqual([]);
    await page.unroute('**/config.json');
    await page.getByRole('button', { name: 'Load the page anew' }).click();
    await page.getByRole('row', { name: `Software Lanyard ${serverVersion}` }).waitFor();
    expect(await notice.count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });

  it('says so when the server is replaced while the page stays open', async () => {
    const context = await browser.newContext({ ...desktop, locale: 'en-GB' });
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(`${login.url}/console/`);
    await page.getByRole('row', { name: `Console Lanyard ${serverVersion}` }).waitFor();
    await page.route('**/config.json', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), version: '99.1.0' } });
    });
    await page.clock.fastForward('06:00');
    const notice = await page.getByText('and the server that answers is 99.1.0').textContent();
    expect(notice).toContain(`This page is of Lanyard ${serverVersion}`);
    await context.close();
  });

  it('says so at another address than the one that the server is known by', async () => {
    const context = await browser.newContext(desktop);
    const page = await context.newPage();
    await page.route('**/config.json', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as object;
      await route.fulfill({ response: answer, json: { ...body, console: 'https://fhir.example/console/' } });
    });
    await page.goto(`${login.url}/console/`);
    await page.getByText('The console is at another address').waitFor();
    expect(await page.getByRole('link').getAttribute('href')).toBe('https://fhir.example/console/');
    await context.close();
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, narrow, phone } from '../support/console-visit.js';
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

  it.each([
    ['desktop', desktop],
    ['desktop-dark', { ...desktop, colorScheme: 'dark' as const }],
    ['phone', phone],
    ['phone-dark', { ...phone, colorScheme: 'dark' as const }],
    ['narrow', narrow],
  ])('says what the server is, on a %s', async (device, options) => {
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
    await page.getByText('user/*.rs').waitFor();
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
});

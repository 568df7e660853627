import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PasswordResets } from '../../src/oauth2/clients/password-resets.js';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { findFaults } from '../support/page-faults.js';
import {
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
} from '../support/smart-login.js';

/** SCREENSHOTS names a folder for pictures of the pages, for people to look at. */
const folder = process.env['SCREENSHOTS'];
const next = 'violet tractor september';

describe.skipIf(chromiumPath === undefined)('the account pages in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;

  beforeAll(async () => {
    login = await startLoginServer();
    browser = await startChromium();
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
  });

  async function openPage(options: BrowserContextOptions): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext(options)).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The console also tells of the answers that are 422 on purpose.
      if (/error|warning/.test(message.type()) && !/status of 422/.test(message.text()))
        complaints.push(message.text());
    });
    page.setDefaultTimeout(30_000);
    return { page, complaints };
  }

  async function picture(page: Page, name: string): Promise<void> {
    expect(await findFaults(page), name).toEqual([]);
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  async function signIn(page: Page, name: string, password: string): Promise<void> {
    await page.getByLabel('User name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function choose(page: Page, password: string, button: string): Promise<void> {
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: button }).click();
  }

  it.each([
    ['desktop', { viewport: { width: 1280, height: 900 } }],
    ['narrow', { viewport: { width: 320, height: 640 }, isMobile: true, colorScheme: 'dark' }],
  ] as const)('change a password on a %s, by the page, a link and a one-time password', async (device, options) => {
    await addUser(login, { name: `jo-${device}`, grants: 'user/*.rs' });
    const { page, complaints } = await openPage(options);
    await page.goto(`${login.issuer}/account`);
    await signIn(page, `jo-${device}`, smartPassword);
    await page.getByRole('heading', { name: 'Password' }).waitFor();
    await picture(page, `${device}-account-1-password`);
    await page.getByLabel('Current password').fill(smartPassword);
    await choose(page, 'password123', 'Change password');
    await page.getByRole('alert').waitFor();
    await picture(page, `${device}-account-2-easy`);
    await page.getByRole('alert').getByRole('link').click();
    expect(await page.evaluate('document.activeElement?.id')).toBe('new');
    await page.getByLabel('Current password').fill(smartPassword);
    await choose(page, next, 'Change password');
    await page.getByText('Your password is changed.').waitFor();
    await picture(page, `${device}-account-3-changed`);
    await page.getByRole('link', { name: 'My apps' }).click();
    await page.getByRole('heading', { name: 'My apps' }).waitFor();
    await picture(page, `${device}-account-4-apps`);
    const resets = login.server.app.get(PasswordResets);
    await page.goto((await resets.makeLink(`jo-${device}`)).value);
    await picture(page, `${device}-account-5-link`);
    await choose(page, smartPassword, 'Save password');
    await page.getByRole('heading', { name: 'Password saved' }).waitFor();
    await picture(page, `${device}-account-6-saved`);
    const once = (await resets.makeOneTimePassword(`jo-${device}`)).value;
    const clientId = await registerApp(login, 'Growth chart', 'user/*.rs');
    await page.goto(new AppLogin(login, clientId).address('user/Observation.rs'));
    await signIn(page, `jo-${device}`, once);
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    await picture(page, `${device}-account-7-one-time`);
    await choose(page, next, 'Save password');
    await page.getByRole('heading', { name: 'Share data with Growth chart?' }).waitFor();
    await page.goto(`${login.issuer}/account`);
    await signIn(page, `jo-${device}`, next);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { findFaults } from '../support/page-faults.js';
import { AppLogin, type LoginServer, registerApp, startLoginServer } from '../support/smart-login.js';

/** SCREENSHOTS names a folder for pictures of the pages, for people to look at. */
const folder = process.env['SCREENSHOTS'];
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describe.skipIf(chromiumPath === undefined)('the look of an organisation in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;
  let files: string;
  let clientId: string;

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), 'lanyard-look-'));
    await writeFile(join(files, 'logo.png'), Buffer.from(png, 'base64'));
    login = await startLoginServer({
      ORGANISATION_NAME: 'Hospital of the Hills',
      ORGANISATION_LOGO: join(files, 'logo.png'),
      ORGANISATION_COLOUR: '#856a00',
    });
    clientId = await registerApp(login, 'Growth chart', 'openid user/Patient.rs');
    browser = await startChromium();
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
    await rm(files, { recursive: true });
  });

  it.each([
    ['light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }, 'rgb(133, 106, 0)'],
    ['dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }, undefined],
  ] as const)('shows its name, logo and colour, and all of it can be read: %s', async (name, options, colour) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(new AppLogin(login, clientId).address('openid user/Patient.rs'));
    await page.getByText('Hospital of the Hills').waitFor();
    const shown = await page.evaluate<string>('getComputedStyle(document.querySelector("button")).backgroundColor');
    if (colour !== undefined) expect(shown).toBe(colour);
    expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBe(1);
    expect(await findFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    if (folder !== undefined) await page.screenshot({ path: join(folder, `organisation-${name}.png`) });
    await context.close();
  });
});

// The page /docs/api in a real browser: it shows the document, sends requests with a token, and asks nobody but this server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { startServer, type TestServer } from '../support/server.js';

/** SCREENSHOTS names a folder for pictures of the page, for people to look at. */
const folder = process.env['SCREENSHOTS'];

describe.skipIf(chromiumPath === undefined)('/docs/api in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let token: string;

  beforeAll(async () => {
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    server = await startServer({ PUBLIC_URL: origin });
    await server.app.listen(port, '127.0.0.1');
    token = server.issuer.token({ aud: `${origin}/fhir/r4`, scope: 'user/*.cruds' });
    const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Chalmers' }] };
    await server.call('PUT', 'Patient/p1', { token, body: patient });
    browser = await startChromium();
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  interface Opened {
    readonly page: Page;
    readonly complaints: string[];
    readonly asked: string[];
  }

  async function open(path: string): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    page.setDefaultTimeout(30_000);
    await page.goto(origin + path);
    await page.locator('.opblock').first().waitFor();
    return { page, complaints, asked };
  }

  const picture = async (page: Page, name: string): Promise<void> => {
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: name === 'api' });
  };
  const foreign = (asked: readonly string[]): readonly string[] =>
    asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'));

  it('shows the routes of a type, and asks this server alone', async () => {
    const { page, complaints, asked } = await open('/docs/api?type=Observation');
    const shown = await page.locator('#operations-tag-Observation, .opblock-tag[data-tag="Observation"]').count();
    expect(shown).toBeGreaterThan(0);
    expect(await page.locator('.opblock-tag[data-tag="Encounter"]').count()).toBe(0);
    for (const path of ['/fhir/r4/Observation/{id}', '/oauth2/token', '/health/ready'])
      expect(await page.locator(`.opblock-summary-path[data-path="${path}"]`).count(), path).toBeGreaterThan(0);
    await picture(page, 'api');
    expect([complaints, foreign(asked)]).toEqual([[], []]);
    await page.context().close();
  });

  it('goes to another type by its form, with the keyboard', async () => {
    const { page } = await open('/docs/api');
    await page.locator('#type').focus();
    await page.keyboard.type('Enc');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/docs/api?type=Encounter');
    await page.locator('.opblock-tag[data-tag="Encounter"]').waitFor();
    expect(await page.locator('#type').inputValue()).toBe('Encounter');
    await page.context().close();
  });

  it('sends a request with a token, and shows a refusal without one', async () => {
    const { page, complaints, asked } = await open('/docs/api?type=Patient');
    const read = page.locator('#operations-Patient-readPatient');
    await read.locator('.opblock-summary-control').click();
    await read.locator('.try-out__btn').click();
    await read.locator('tr[data-param-name="id"] input').fill('p1');
    await read.locator('button.execute').click();
    await read.locator('.live-responses-table .response-col_status', { hasText: '401' }).waitFor();
    expect(await read.locator('.live-responses-table').innerText()).toContain('no-credentials');

    await page.locator('.auth-wrapper button.authorize').first().click();
    const dialog = page.locator('.dialog-ux');
    const bearer = dialog.locator('.auth-container', { hasText: 'bearer (http, Bearer)' });
    await bearer.locator('input').fill(token);
    await bearer.locator('button[type=submit]').click();
    await dialog.locator('button.close-modal').click();
    await read.locator('button.execute').click();
    await read.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
    expect(await read.locator('.live-responses-table').innerText()).toContain('Chalmers');
    await picture(page, 'api-read');
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    expect(foreign(asked)).toEqual([]);
    await page.context().close();
  });
});

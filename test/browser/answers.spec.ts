import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { findFaults } from '../support/page-faults.js';
import { adminPassword, startServer, type TestServer } from '../support/server.js';

/** SCREENSHOTS names a folder for pictures of the pages, for people to look at. */
const folder = process.env['SCREENSHOTS'];
const evil = `</pre><script>document.title='hacked'</script><img src=x onerror="document.title='hacked'">`;

describe.skipIf(chromiumPath === undefined)('answers in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let origin: string;
  let token: string;

  beforeAll(async () => {
    const port = await freePort();
    server = await startServer({ PUBLIC_URL: `http://127.0.0.1:${port}` });
    await server.app.listen(port, '127.0.0.1');
    origin = `http://127.0.0.1:${(server.app.getHttpServer().address() as AddressInfo).port}`;
    token = server.issuer.token({ aud: `${origin}/fhir/r4`, scope: 'user/*.cruds' });
    for (const [id, family] of [
      ['p1', evil],
      ['p2', 'Chalmers'],
    ])
      await server.call('PUT', `Patient/${id}`, {
        token,
        body: {
          resourceType: 'Patient',
          id,
          name: [{ family }],
          managingOrganization: { reference: 'Organization/o1' },
        },
      });
    browser = await startChromium();
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(path: string, name: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    page.setDefaultTimeout(20_000);
    const answer = await page.goto(origin + path);
    expect(await findFaults(page), name).toEqual([]);
    if (folder !== undefined)
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: path.startsWith('/docs') });
    expect(asked.filter((url) => !url.startsWith(origin) && !url.endsWith('/favicon.ico'))).toEqual([]);
    return {
      context,
      page,
      status: answer?.status(),
      complaints: complaints.filter((text) => !/status of 40/.test(text)),
    };
  }

  const doctor = { extraHTTPHeaders: {} as Record<string, string> };
  const devices = [
    ['desktop', {}],
    ['phone-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark', isMobile: true }],
  ] as const;

  it.each(devices)('say what the server is and what is refused, on a %s', async (device, options) => {
    for (const [path, text, status] of [
      ['/', 'This is a FHIR server.', 200],
      ['/fhir/r4', 'The request has no Authorization header.', 401],
      ['/fhir/r4/Patient', 'Send Authorization: Bearer <access token>.', 401],
      ['/fhir/r4/metadata', '"resourceType": "CapabilityStatement"', 200],
      ['/fhir/Patient', 'Nothing is at /fhir/Patient.', 404],
      ['/docs/access', 'All codes', 200],
      ['/docs/access?q=token+expired', 'of the codes', 200],
      ['/docs/access/token-expired', 'What to do', 200],
      ['/docs/access/decision', 'One credential, in the header?', 200],
      ['/docs/access/recipes', 'A backend service', 200],
      ['/docs/access/identity-providers', 'Broker: LOGIN_PROVIDERS', 200],
      ['/docs/access/keycloak', 'keycloak.trusted-issuers.json', 200],
      ['/docs/access/issuer-members', 'introspection.tokenPrefix', 200],
      ['/docs/access/aud-mismatch', 'Recipes for identity providers', 200],
      ['/docs/access#token-expired', 'All codes', 200],
    ] as const) {
      const name = `${device}-${path.replace(/\W+/g, '-')}`;
      const { context, page, status: answered, complaints } = await open(path, name, options);
      expect([answered, await page.textContent('main')]).toEqual([status, expect.stringContaining(text)]);
      expect(complaints).toEqual([]);
      await context.close();
    }
  });

  it.each(devices)('show what is stored as text, with ways to follow, on a %s', async (device, options) => {
    doctor.extraHTTPHeaders = { authorization: `Bearer ${token}` };
    const { context, page, complaints } = await open('/fhir/r4/Patient?_sort=_id&_count=1', `${device}-search`, {
      ...options,
      ...doctor,
    });
    expect(await page.textContent('pre')).toContain(String.raw`</pre><script>document.title='hacked'</script>`);
    await page.getByRole('link', { name: `"${origin}/fhir/r4/Patient/p1"` }).click();
    expect(await page.textContent('h1')).toBe('/fhir/r4/Patient/p1');
    expect(await page.title()).toBe('/fhir/r4/Patient/p1 – Lanyard');
    await page.getByRole('link', { name: '"Organization/o1"' }).click();
    expect(await page.textContent('main')).toContain('Organization/o1 was not found');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('let a user in with name and password, where HTTP Basic is on', async () => {
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    const basic = await startServer({ PUBLIC_URL: publicUrl, AUTH_BASIC: 'on' });
    try {
      await basic.app.listen(port, '127.0.0.1');
      const context = await browser.newContext({ httpCredentials: { username: 'admin', password: adminPassword } });
      const page = await context.newPage();
      await page.goto(`${publicUrl}/fhir/r4/$my-access`);
      expect(await page.textContent('pre')).toContain(`What this token may do at ${publicUrl}/fhir/r4`);
      await context.close();
    } finally {
      await basic.close();
    }
  });
});

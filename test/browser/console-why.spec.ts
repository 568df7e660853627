import { SignJWT, generateKeyPair } from 'jose';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, phone } from '../support/console-visit.js';
import { addUser, type LoginServer, startLoginServer } from '../support/smart-login.js';

// Without blanks, so that it is one word of a request line, too.
const evil = `"><img/src=x/onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

/** A token of a portal that this server does not know: no audience of ours, no scope, and over. */
async function foreignToken(sub = 'dr.hart'): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  return new SignJWT({ roles: ['physician'] })
    .setProtectedHeader({ alg: 'RS256', kid: 'portal-key' })
    .setIssuer('https://portal.example/realms/clinic')
    .setSubject(sub)
    .setIssuedAt(1_700_000_000)
    .setExpirationTime(1_700_003_600)
    .sign(privateKey);
}

describe.skipIf(chromiumPath === undefined)('"Why?" in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;

  beforeAll(async () => {
    login = await startLoginServer();
    browser = await startChromium();
    await addUser(login, { name: 'doctor', grants: 'user/Patient.rs user/Observation.rs nonsense' });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
  });

  it.each([
    ['desktop', desktop],
    ['phone-dark', { ...phone, colorScheme: 'dark' as const }],
  ])('tells every reason against a foreign token, each with its cure, on a %s', async (device, options) => {
    const visit = await ConsoleVisit.open(browser, login.url, 'why', options);
    const { page } = visit;
    await visit.heading('Why?');
    expect(await visit.faults(`console-why-empty-${device}`)).toEqual([]);
    const token = await foreignToken();
    await page.getByLabel('Access token').fill(`Authorization: Bearer ${token}`);
    await page.getByText('https://portal.example/realms/clinic').waitFor();
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('GET Patient is refused').waitFor();
    const reasons = ['iss-untrusted', 'aud-missing', 'token-expired', 'scope-missing'];
    for (const reason of reasons) {
      const link = page.getByRole('link', { name: `${reason}: what it means` });
      expect(await link.getAttribute('href'), reason).toBe(`${login.url}/docs/access#${reason}`);
    }
    expect(await page.getByText('The answer would be 401.').textContent()).toContain(
      `There are ${reasons.length} reasons`,
    );
    expect(await page.getByText(/^Cure: /).count()).toBe(reasons.length);
    expect(await page.getByText('user/Patient.s', { exact: true }).count()).toBe(1);
    expect(await visit.faults(`console-why-refused-${device}`)).toEqual([]);
    const sent = visit.asked.filter((url) => url.includes('$explain-access'));
    expect(sent).toEqual([`${login.fhirBase}/$explain-access`]);
    expect(await visit.close()).toEqual([]);
  });

  it('shows what is permitted, and what the own rights are, as a matrix', async () => {
    const visit = await ConsoleVisit.open(browser, login.url, 'why');
    const { page } = visit;
    await visit.signIn('doctor');
    await page.getByRole('button', { name: 'Take my own token' }).click();
    await expect.poll(() => page.getByLabel('Access token').inputValue(), { timeout: 20_000 }).toMatch(/^eyJ/);
    await page.getByLabel('Request').fill('GET Patient/p1');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('GET Patient/p1 is permitted').waitFor();
    expect(await visit.faults('console-why-permitted')).toEqual([]);
    await page.getByRole('tab', { name: 'My own access' }).click();
    const row = page.getByRole('row', { name: /^Patient/ });
    await row.waitFor();
    expect((await row.innerText()).split(/\s+/).filter((text) => /^(?:yes|no)$/.test(text))).toEqual([
      'no',
      'yes',
      'no',
      'no',
      'yes',
    ]);
    await page.getByLabel('Show types with').fill('obs');
    expect(await page.getByRole('row', { name: /^Patient/ }).count()).toBe(0);
    expect(await visit.faults('console-why-mine')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('finds a refusal of the own by its request id', async () => {
    const visit = await ConsoleVisit.open(browser, login.url, 'request');
    const { page } = visit;
    await visit.signIn('doctor');
    await page.getByLabel(/^Path below/).fill('Condition');
    const answered = page.waitForResponse(/\/fhir\/r4\/Condition/);
    await page.getByRole('button', { name: 'Send' }).click();
    const requestId = (await answered).headers()['x-request-id'] ?? '';
    await page.getByRole('link', { name: 'Why?' }).first().click();
    await page.getByRole('tab', { name: 'My refusals' }).click();
    await expect
      .poll(
        async () => {
          await page.getByRole('tab', { name: 'A token' }).click();
          await page.getByRole('tab', { name: 'My refusals' }).click();
          await page.waitForTimeout(500);
          return page.getByText(`GET ${login.server.base}/Condition`).count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    expect(await visit.faults('console-why-refusals')).toEqual([]);
    await page.getByLabel('X-Request-Id').fill(requestId);
    await page.getByText(`X-Request-Id ${requestId}`).waitFor();
    await page.getByRole('link', { name: 'scope-insufficient: what it means' }).waitFor();
    await page.getByLabel('X-Request-Id').fill('another');
    await page.getByText('None of yours has this id').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('shows what stands in a token as text', async () => {
    const visit = await ConsoleVisit.open(browser, login.url, 'why');
    const { page } = visit;
    await page.getByLabel('Access token').fill(await foreignToken(evil));
    await page.getByText(evil).first().waitFor();
    await page.getByLabel('Request').fill(`GET Patient?name=${evil}`);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('is refused').waitFor();
    expect(await page.title()).toBe('Why? – Lanyard');
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });

  it('says what is wrong with a request line, and that a connection was lost', async () => {
    const visit = await ConsoleVisit.open(browser, login.url, 'why', { ...desktop, locale: 'de-DE' });
    const { page } = visit;
    await visit.heading('Warum?');
    await page.getByLabel('Access-Token').fill('opaque-token-of-somebody');
    await page.getByText('Das ist kein lesbares JWT').waitFor();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Erklären' }).click();
    await page.getByText('Es kam keine Antwort').waitFor();
    expect(await page.getByLabel('Access-Token').inputValue()).toBe('opaque-token-of-somebody');
    expect(await visit.faults('console-why-lost')).toEqual([]);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Noch einmal versuchen' }).click();
    await page.getByText('GET Patient wird abgelehnt').waitFor();
    expect((await visit.close()).filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit } from '../support/console-visit.js';
import { TestIssuer } from '../support/issuer.js';
import { addUser, startLoginServer } from '../support/smart-login.js';

/** Clicks and fields of one person: at five seconds each they take less than two minutes. */
const mostActs = 23;

describe.skipIf(chromiumPath === undefined)('somebody whose token of another authorization server is refused', () => {
  let issuer: TestIssuer;
  let browser: Browser;

  beforeAll(async () => {
    issuer = await TestIssuer.start('account');
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await issuer?.close();
  });

  it('is told four reasons with cures, gets the setting from Quickstart, and reads GET Patient with it', async () => {
    let acts = 0;
    const first = await startLoginServer({ JWKS_ALLOW_PRIVATE: new URL(issuer.url).host });
    let setting: string;
    try {
      await addUser(first, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
      const visit = await ConsoleVisit.open(browser, first.url, 'why');
      const { page } = visit;
      const old = issuer.token({ scope: 'profile', exp: 1_700_003_600, iat: 1_700_000_000 });
      await page.getByLabel('Access token').fill(`Bearer ${old}`);
      await page.getByRole('button', { name: 'Explain' }).click();
      acts += 2;
      await page.getByText('GET Patient is refused').waitFor();
      const reasons = await page.getByRole('link', { name: /: what it means, and cures$/ }).allInnerTexts();
      expect(reasons.toSorted()).toEqual(['aud-mismatch', 'iss-untrusted', 'scope-missing', 'token-expired']);
      expect(await page.getByText(/^Cure: /).count()).toBe(4);
      await page.getByRole('link', { name: 'Home' }).first().click();
      await visit.signIn('chief');
      await page.getByRole('link', { name: 'Quickstart' }).first().click();
      await page.getByRole('button', { name: /Proof/ }).click();
      const fresh = issuer.token({ scope: 'user/Patient.rs', fhirUser: `${first.server.base}/Practitioner/p1` });
      await page.getByLabel('Or an access token that you have').fill(fresh);
      await page.getByRole('button', { name: 'Read with this token' }).click();
      await page.getByText('Refused: 401').waitFor();
      await page.getByRole('button', { name: 'Make the setting from this token' }).click();
      // Signing in takes four of them.
      acts += 10;
      setting = `[{"issuer":"${issuer.url}","audience":"account"}]`;
      await page.getByText(`TRUSTED_ISSUERS='${setting}'`).waitFor();
      expect(await visit.close()).toEqual([]);
    } finally {
      await first.close();
    }
    const second = await startLoginServer({ TRUSTED_ISSUERS: setting });
    try {
      await addUser(second, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
      const visit = await ConsoleVisit.open(browser, second.url, 'quickstart');
      const { page } = visit;
      await visit.signIn('chief');
      await page.getByRole('button', { name: /Proof/ }).click();
      const fresh = issuer.token({ scope: 'user/Patient.rs', fhirUser: `${second.server.base}/Practitioner/p1` });
      await page.getByLabel('Or an access token that you have').fill(fresh);
      await page.getByRole('button', { name: 'Read with this token' }).click();
      acts += 7;
      await page.getByText('It works: 200').waitFor();
      expect(await visit.close()).toEqual([]);
    } finally {
      await second.close();
    }
    expect(acts).toBeLessThanOrEqual(mostActs);
  });
});

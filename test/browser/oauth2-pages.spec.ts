import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { findFaults } from '../support/page-faults.js';
import {
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
  store,
} from '../support/smart-login.js';

const wide = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };
const narrow = { width: 320, height: 640 };
const asked = 'openid fhirUser launch/patient launch/encounter offline_access';

/** SCREENSHOTS names a folder for pictures of the pages, for people to look at. */
const folder = process.env['SCREENSHOTS'];

describe.skipIf(chromiumPath === undefined)('the pages in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;
  let clientId: string;

  beforeAll(async () => {
    login = await startLoginServer();
    browser = await startChromium();
    clientId = await registerApp(login, 'Growth chart', `${asked} patient/*.cruds user/*.cruds`);
    const patients = ['Anna', 'Bertha', 'Clara', 'Dora', 'Emma', 'Frieda'].map((given, i) => ({
      resourceType: 'Patient',
      id: `p${i}`,
      name: [{ family: 'Chalmers', given: [given] }],
      birthDate: `19${70 + i}-12-25`,
      gender: 'female',
      identifier: [{ system: 'urn:mrn', value: `MRN-100${i}`, type: { coding: [{ code: 'MR' }] } }],
    }));
    const encounters = ['2024-05-06', '2025-11-03'].map((day, i) => ({
      resourceType: 'Encounter',
      id: `e${i}`,
      status: 'finished',
      class: { code: 'AMB', display: i === 0 ? 'Ambulatory' : 'Emergency' },
      subject: { reference: 'Patient/p1' },
      period: { start: day, end: day },
    }));
    await store(
      login,
      ...patients,
      { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Hart' }] },
      ...encounters,
    );
    await addUser(login, { name: 'doctor', grants: 'user/*.cruds', fhirUser: 'Practitioner/dr' });
    await addUser(login, { name: 'bertha', grants: 'user/*.rs', fhirUser: 'Patient/p1' });
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
  });

  /** A page whose console and policy violations are watched. */
  async function openPage(options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: wide, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.setDefaultTimeout(20_000);
    return { context, page, complaints };
  }

  async function picture(page: Page, name: string): Promise<void> {
    expect(await findFaults(page), name).toEqual([]);
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  async function signIn(page: Page, name: string): Promise<void> {
    await page.getByLabel('User name').fill(name);
    await page.getByLabel('Password').fill(smartPassword);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Whether the app got there, by way of its redirect address and another host. */
  async function expectWelcome({ page, complaints }: Visit, app: AppLogin): Promise<Readonly<Record<string, unknown>>> {
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    // What was answered 422 on purpose is told in the console, too.
    expect(complaints.filter((text) => !/status of 422/.test(text))).toEqual([]);
    const arrival = login.arrivals.at(-1);
    expect(arrival?.get('state')).toBe(app.state);
    return app.redeem(arrival);
  }

  it.each([
    ['desktop', { viewport: wide, colorScheme: 'light' }],
    ['phone', { viewport: phone, colorScheme: 'light', isMobile: true, hasTouch: true }],
    ['dark', { viewport: phone, colorScheme: 'dark', isMobile: true }],
    ['narrow', { viewport: narrow, colorScheme: 'light', isMobile: true }],
  ] as const)(
    'lead a doctor on a %s from the app through login, patient, visit and consent back to it',
    async (device, options) => {
      const visit = await openPage(options);
      const { page } = visit;
      const app = new AppLogin(login, clientId);
      await page.goto(
        app.address(
          `${asked} patient/Patient.rs patient/Observation.cruds patient/Condition.rs patient/MedicationRequest.rs`,
        ),
      );
      await picture(page, `${device}-1-login`);
      await page.getByLabel('User name').fill('doctor');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').waitFor();
      await picture(page, `${device}-2-login-failed`);
      await page.getByRole('alert').getByRole('link').click();
      expect(await page.evaluate('document.activeElement?.id')).toBe('name');
      await signIn(page, 'doctor');
      await page.getByRole('heading', { name: 'Choose a patient' }).waitFor();
      await picture(page, `${device}-3-patients`);
      await page.getByLabel('Name', { exact: true }).fill('bertha');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('heading', { name: '1 patient' }).waitFor();
      await page.getByRole('button', { name: /Chalmers, Bertha/ }).click();
      await page.getByRole('heading', { name: 'Choose a visit' }).waitFor();
      await picture(page, `${device}-4-visits`);
      await page.getByRole('button', { name: /Emergency/ }).click();
      await page.getByRole('heading', { name: 'Share data with Growth chart?' }).waitFor();
      await picture(page, `${device}-5-consent`);
      await page.getByText('Share only some kinds of Measurements and results').click();
      await page.getByLabel('Laboratory results').check();
      await page.getByRole('checkbox', { name: /^Prescriptions/ }).uncheck();
      await page.getByRole('checkbox', { name: /Measurements and results Add or change/ }).uncheck();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      const tokens = await expectWelcome(visit, app);
      expect(tokens).toMatchObject({ patient: 'p1', encounter: 'e1' });
      expect(String(tokens['scope']).split(' ').toSorted()).toEqual([
        'fhirUser',
        'launch/encounter',
        'launch/patient',
        'offline_access',
        'openid',
        'patient/Condition.rs',
        'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
        'patient/Patient.rs',
      ]);
      await visit.context.close();
    },
  );

  it('need nothing but a keyboard', async () => {
    const visit = await openPage();
    const { page } = visit;
    const app = new AppLogin(login, clientId);
    await page.goto(app.address('launch/patient offline_access patient/Patient.rs patient/Condition.rs'));
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await tabTo(page, 'name');
    await page.keyboard.type('doctor');
    await page.keyboard.press('Tab');
    await page.keyboard.type(smartPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Choose a patient' }).waitFor();
    await tabTo(page, 'patient=p2');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Share data with Growth chart?' }).waitFor();
    await tabTo(page, 'keep=patient/Condition.rs');
    await page.keyboard.press('Space');
    await tabTo(page, 'decision=allow');
    await page.keyboard.press('Enter');
    const tokens = await expectWelcome(visit, app);
    expect(String(tokens['scope']).split(' ').toSorted()).toEqual([
      'launch/patient',
      'offline_access',
      'patient/Patient.rs',
    ]);
    await visit.context.close();
  });

  it('show every type of a wildcard without a sea of boxes, and can leave one out', async () => {
    const visit = await openPage({ viewport: phone, isMobile: true });
    const { page } = visit;
    const app = new AppLogin(login, clientId);
    await page.goto(app.address('launch/patient patient/*.rs'));
    await signIn(page, 'bertha');
    await page.getByRole('heading', { name: 'Share data with Growth chart?' }).waitFor();
    await picture(page, 'phone-6-wildcard');
    await page.locator('summary', { hasText: /^Leave something out/ }).click();
    await page.locator('summary', { hasText: /of Health$/ }).click();
    await page.getByRole('checkbox', { name: /^Allergies/ }).uncheck();
    await picture(page, 'phone-7-wildcard-open');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    const scopes = String((await expectWelcome(visit, app))['scope']).split(' ');
    expect(scopes).toContain('patient/Condition.rs');
    expect(scopes).not.toContain('patient/AllergyIntolerance.rs');
    expect(scopes).not.toContain('patient/*.rs');
    await visit.context.close();
  });

  it('ask under a wildcard for groups, of which one is refused with one key and no script', async () => {
    const visit = await openPage({ viewport: narrow, isMobile: true, javaScriptEnabled: false });
    const { page } = visit;
    const app = new AppLogin(login, clientId);
    await page.goto(app.address('launch/patient patient/*.cruds'));
    await signIn(page, 'doctor');
    await page.getByRole('button', { name: /Chalmers, Bertha/ }).click();
    await page.getByRole('heading', { name: 'Share data with Growth chart?' }).waitFor();
    const boxes = page.getByRole('checkbox');
    expect(await boxes.count()).toBe(2);
    await tabTo(page, 'Leave something out: What the app may see in this record');
    await page.keyboard.press('Enter');
    expect(await boxes.count()).toBeLessThan(20);
    await tabTo(page, 'box=patient:see:health');
    await page.keyboard.press('Space');
    expect(
      await page
        .getByText(/of Health$/)
        .first()
        .isVisible(),
    ).toBe(false);
    await tabTo(page, 'box=patient:change:*');
    await page.keyboard.press('Space');
    expect(await page.locator('summary', { hasText: /^Leave something out/ }).count()).toBe(2);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    const scopes = String((await app.redeem(login.arrivals.at(-1)))['scope']).split(' ');
    expect(scopes).toContain('patient/Observation.rs');
    expect(scopes).not.toContain('patient/Condition.rs');
    expect(scopes.filter((scope) => /^patient.*\.(?!rs$)/.test(scope))).toEqual([]);
    await visit.context.close();
  });

  it.each([
    ['phone', { viewport: phone, isMobile: true }],
    ['desktop', { viewport: wide }],
  ] as const)('are in German for who reads German, on a %s', async (device, options) => {
    const visit = await openPage({ ...options, locale: 'de-AT' });
    const { page } = visit;
    const app = new AppLogin(login, clientId);
    await page.goto(app.address('openid offline_access launch/patient patient/*.cruds'));
    await picture(page, `${device}-de-1-login`);
    await page.getByLabel('Benutzername').fill('doctor');
    await page.getByLabel('Passwort').fill(smartPassword);
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await page.getByRole('heading', { name: 'Patient wählen' }).waitFor();
    expect(await page.getByText('Geboren 25. Dezember 1970').count()).toBe(1);
    await picture(page, `${device}-de-2-patients`);
    await page.getByRole('button', { name: /Chalmers, Bertha/ }).click();
    await page.getByRole('heading', { name: 'Daten für Growth chart freigeben?' }).waitFor();
    await picture(page, `${device}-de-3-consent`);
    await page.getByRole('button', { name: 'Erlauben', exact: true }).click();
    expect(await expectWelcome(visit, app)).toMatchObject({ patient: 'p1' });
    await visit.context.close();
  });

  it('tell the app when the user does not want to', async () => {
    const visit = await openPage();
    const { page } = visit;
    await page.goto(new AppLogin(login, clientId).address('launch/patient patient/Patient.rs'));
    await signIn(page, 'bertha');
    await page.getByRole('button', { name: 'Do not allow' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(login.arrivals.at(-1)?.get('error')).toBe('access_denied');
    expect(visit.complaints).toEqual([]);
    await visit.context.close();
  });

  it('cannot be put into a frame', async () => {
    const { context, page } = await openPage();
    await page.goto(login.appUrl.replace('/callback', '/home'));
    const address = `${login.issuer}/apps`;
    await page.evaluate(`document.body.innerHTML = '<iframe src="${address}"></iframe>'`);
    await page.waitForFunction("document.querySelector('iframe').contentDocument === null");
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(await frame?.evaluate('document.body.innerText').catch(() => '')).not.toContain('Sign in');
    await context.close();
  });

  it('set up a passkey, ask for it at the next login, and know no other', async () => {
    await addUser(login, { name: 'keyed', grants: 'user/*.rs', fhirUser: 'Patient/p2' });
    const visit = await openPage();
    const { context, page, complaints } = visit;
    await addAuthenticator(page);
    await page.goto(`${login.issuer}/apps`);
    await signIn(page, 'keyed');
    await picture(page, 'desktop-8-apps-empty');
    await page.getByRole('link', { name: 'Sign-in security' }).click();
    await picture(page, 'desktop-9-security');
    await page.locator('form[action$="/passkey/add"]').getByLabel('Your password').fill(smartPassword);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey is set up.').waitFor();
    await picture(page, 'desktop-10-security-codes');
    await page.getByRole('button', { name: 'Sign out' }).click();
    const app = new AppLogin(login, clientId);
    await page.goto(app.address('launch/patient offline_access patient/Patient.rs patient/Condition.rs'));
    await signIn(page, 'keyed');
    await page.getByRole('heading', { name: 'Second step' }).waitFor();
    await picture(page, 'desktop-11-second-step');
    await page.getByRole('button', { name: 'Use passkey or security key' }).click();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    expect(await expectWelcome(visit, app)).toMatchObject({ patient: 'p2' });
    await page.goto(`${login.issuer}/apps`);
    await page.getByRole('heading', { name: 'My apps' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${login.issuer}/apps`);
    await signIn(page, 'keyed');
    await page.getByRole('button', { name: 'Use passkey or security key' }).click();
    await page.getByRole('heading', { name: 'My apps' }).waitFor();
    await picture(page, 'desktop-12-apps');
    await page.getByRole('link', { name: 'Sign-in security' }).click();
    await page.getByRole('button', { name: 'Set up authenticator app' }).click();
    await picture(page, 'desktop-13-totp');
    expect(complaints).toEqual([]);
    await context.close();
    await refuseOtherPasskey();
  });

  /** An authenticator that holds no passkey of the account. */
  async function refuseOtherPasskey(): Promise<void> {
    const { context, page } = await openPage();
    await addAuthenticator(page);
    await page.goto(`${login.issuer}/apps`);
    await signIn(page, 'keyed');
    await page.getByRole('button', { name: 'Use passkey or security key' }).click();
    await page.getByText('That did not work').waitFor();
    expect(await page.title()).toBe('Second step');
    await context.close();
  }

  it('explain what cannot go on', async () => {
    const { context, page } = await openPage({ viewport: phone });
    await page.goto(`${login.issuer}/authorize?client_id=unknown&response_type=code`);
    await picture(page, 'phone-14-error');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).not.toBe('');
    await context.close();
  });
});

interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
}

/** A security key made of software, as Chromium offers it to tests. */
async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

const mostTabs = 60;

const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(`(({ id, name, value, textContent }) =>
    name ? (value && !['text', 'password'].includes(document.activeElement.type) ? name + '=' + value : name) : id || textContent.trim()
  )(document.activeElement)`);

/** Goes on with the Tab key until this field or button has the focus, which has to be seen. */
async function tabTo(page: Page, wanted: string): Promise<void> {
  for (let i = 0; i < mostTabs; i++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === wanted) {
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
      return;
    }
  }
  throw new Error(`${wanted} is not reached by the Tab key`);
}

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launches } from '../../src/oauth2/launch/launch-context.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { readClient } from '../../src/oauth2/clients/read-client.js';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { hasSmartApp, startSmartApp } from '../support/smart-app.js';
import { addUser, type LoginServer, smartPassword, startLoginServer, store } from '../support/smart-login.js';

const identity = 'openid fhirUser offline_access';

/** The SMART JavaScript client (https://docs.smarthealthit.org/client-js/) in an app of another origin. */
describe.skipIf(chromiumPath === undefined || !hasSmartApp)('fhirclient in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;
  let app: Awaited<ReturnType<typeof startSmartApp>>;
  let clientId: string;

  beforeAll(async () => {
    [login, browser, app] = await Promise.all([startLoginServer(), startChromium(), startSmartApp()]);
    const scopes = `${identity} launch launch/patient patient/*.rs user/*.rs`;
    const form = { name: 'Sample app', kind: 'public', redirectUris: [`${app.url}/app.html`], scopes };
    const { client } = await login.server.app.get(OauthClientStore).create(readClient(form), { createdBy: 'admin' });
    clientId = client.id;
    await store(
      login,
      ...['p1', 'p2'].map((id) => ({ resourceType: 'Patient', id, name: [{ family: 'Lindqvist', given: [id] }] })),
      { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Hart' }] },
      { resourceType: 'Encounter', id: 'e1', status: 'finished', class: { code: 'AMB' }, subject: patient('p1') },
      ...['p1', 'p2'].map((id) => ({
        resourceType: 'Observation',
        id: `of-${id}`,
        status: 'final',
        code: { text: 'pulse' },
        subject: patient(id),
      })),
    );
    await addUser(login, { name: 'doctor', grants: 'user/*.rs', fhirUser: 'Practitioner/dr' });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await login?.close();
  });

  async function open(query: Readonly<Record<string, string>>): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    const parameters = new URLSearchParams({ client: clientId, server: login.fhirBase, ...query });
    await page.goto(`${app.url}/launch.html?${parameters.toString()}`);
    await page.getByLabel('User name').fill('doctor');
    await page.getByLabel('Password').fill(smartPassword);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    return page;
  }

  async function result(page: Page): Promise<Readonly<Record<string, unknown>>> {
    await page.locator('#result[data-done]').waitFor();
    return JSON.parse((await page.locator('#result').textContent()) ?? '') as Readonly<Record<string, unknown>>;
  }

  const allow = (page: Page): Promise<void> => page.getByRole('button', { name: 'Allow', exact: true }).click();

  it('launches standalone: the patient that was picked, the user, the data, a refreshed token', async () => {
    const page = await open({ scope: `launch/patient ${identity} patient/Patient.rs patient/Observation.rs` });
    await page.getByRole('button', { name: /Lindqvist, p2/ }).click();
    await allow(page);
    const { scope, ...facts } = await result(page);
    expect(facts).toMatchObject({
      patient: 'p2',
      user: 'Practitioner/dr',
      observations: ['of-p2'],
      refreshed: 'string',
    });
    expect(String(scope).split(' ')).toContain('patient/Observation.rs');
    await page.context().close();
  });

  it('launches from the EHR, with its patient and encounter, without a picker', async () => {
    const launch = await login.server.app.get(Launches).create({
      clientId,
      user: 'doctor',
      context: { patient: 'p1', encounter: 'e1', needPatientBanner: false },
    });
    const page = await open({ iss: login.fhirBase, launch, scope: `launch ${identity} patient/*.rs` });
    await allow(page);
    expect(await result(page)).toMatchObject({
      patient: 'p1',
      encounter: 'e1',
      banner: false,
      observations: ['of-p1'],
    });
    await page.context().close();
  });

  it('is refused what the user did not keep', async () => {
    const page = await open({ scope: 'launch/patient patient/Patient.rs patient/Observation.rs' });
    await page.getByRole('button', { name: /Lindqvist, p2/ }).click();
    await page.getByRole('checkbox', { name: /^Measurements and results/ }).uncheck();
    await allow(page);
    const facts = await result(page);
    expect(facts).toMatchObject({ patient: 'p2', observations: 403, refreshed: 'no refresh token' });
    expect(facts['scope']).not.toContain('Observation');
    await page.context().close();
  });
});

const patient = (id: string): object => ({ reference: `Patient/${id}` });

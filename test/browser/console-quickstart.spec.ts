import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { TestIssuer } from '../support/issuer.js';
import { addUser, type LoginServer, startLoginServer } from '../support/smart-login.js';

const capability = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  software: { name: '<img src=x onerror=hit>' },
};

describe.skipIf(chromiumPath === undefined)('the quickstart of the console', () => {
  let login: LoginServer;
  let issuer: TestIssuer;
  let browser: Browser;
  let other: Server;
  let otherUrl: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start('account');
    other = createServer(({ url = '' }, response) => {
      const document = url === '/metadata' ? capability : { issuer: issuer.url, capabilities: ['launch-ehr'] };
      response.end(JSON.stringify(document));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    login = await startLoginServer({
      JWKS_ALLOW_PRIVATE: `${new URL(issuer.url).host},${new URL(otherUrl).host}`,
    });
    browser = await startChromium();
    await addUser(login, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
    await addUser(login, { name: 'looker', grants: 'admin/Client.rs' });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
    await issuer?.close();
    other?.close();
  });

  const clients = (): OauthClientStore => login.server.app.get(OauthClientStore);
  const open = async (path = 'quickstart', name = 'chief'): Promise<ConsoleVisit> => {
    const visit = await ConsoleVisit.open(browser, login.url, path);
    await visit.signIn(name);
    await visit.heading(path === 'quickstart' && name === 'chief' ? 'Quickstart' : /.*/);
    return visit;
  };

  it('proves this server by a service whose key was made in the browser, and undoes it', async () => {
    const visit = await open();
    const { page } = visit;
    const next = () => page.getByRole('button', { name: 'Next step' }).click();
    await page.getByText('/metadata: CapabilityStatement, FHIR 4.0.1').waitFor();
    expect(await visit.faults('console-quickstart-server')).toEqual([]);
    await next();
    await page.getByText(login.server.base, { exact: true }).first().waitFor();
    await next();
    await page.getByText('It is trusted already').waitFor();
    await next();
    await page.getByText('Not registered yet.').first().waitFor();
    await page.getByRole('button', { name: 'Make a key pair and register the public key' }).click();
    await page.getByText('The service is registered with its public key').waitFor();
    await page.getByRole('button', { name: 'Make a secret and register the app' }).click();
    await page.getByText('Shown this once').waitFor();
    expect(await visit.faults('console-quickstart-clients')).toEqual([]);
    await next();
    await page.getByRole('button', { name: 'Get a token for the service, and read' }).click();
    await page.getByText('It works: 200').waitFor();
    expect(await visit.faults('console-quickstart-proof')).toEqual([]);
    await next();
    await page.getByText('"jwks":{"keys":[{').waitFor();
    expect(await visit.faults('console-quickstart-result')).toEqual([]);
    expect((await clients().get('quickstart-service'))?.['jwks']).toBeDefined();
    await page.getByRole('button', { name: 'Remove the samples' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the samples' }).click();
    await page.getByText('/metadata: CapabilityStatement').waitFor();
    for (const id of ['quickstart-service', 'quickstart-app'])
      await expect(clients().get(id)).rejects.toThrow('There is no client');
    expect(await visit.close()).toEqual([]);
  });

  it('can be resumed, and makes nothing twice', async () => {
    const visit = await open();
    const { page } = visit;
    for (let step = 0; step < 3; step++) await page.getByRole('button', { name: 'Next step' }).click();
    const make = page.getByRole('button', { name: 'Make a key pair and register the public key' });
    await make.click();
    await page.getByText('The service is registered with its public key').waitFor();
    const before = (await clients().get('quickstart-service'))?.['jwks'];
    await page.reload();
    // By the session of the browser.
    await page.getByRole('link', { name: 'quickstart-service' }).waitFor();
    expect(await page.getByText('The service is registered with its public key').count()).toBe(0);
    await make.click();
    await page.getByText('The service is registered with its public key').waitFor();
    expect((await clients().get('quickstart-service'))?.['jwks']).not.toEqual(before);
    await page.getByRole('button', { name: 'Next step' }).click();
    await page.getByRole('button', { name: 'Get a token for the service, and read' }).click();
    await page.getByText('It works: 200').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('looks at another authorization server, and says what would be refused', async () => {
    const visit = await open();
    const { page } = visit;
    await page.getByRole('button', { name: /Authorization server/ }).click();
    await page.getByRole('radio', { name: 'Another authorization server' }).check();
    const field = page.getByLabel('Issuer', { exact: false }).first();
    await field.fill(`${issuer.url}/`);
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await page.getByText('Only the slash at the end differs').waitFor();
    expect(await visit.faults('console-quickstart-issuer')).toEqual([]);
    await field.fill(issuer.url);
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await page.getByText('This server can check its tokens.').waitFor();
    await field.fill('https://10.0.0.1/');
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await page.getByText('leads to an address inside a network').first().waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)('looks at another FHIR server, and says what that has to know, on a %s', async (name, options) => {
    const visit = await ConsoleVisit.open(browser, login.url, 'quickstart', options);
    await visit.signIn('chief');
    const { page } = visit;
    const next = () => page.getByRole('button', { name: 'Next step' }).click();
    await page.getByRole('radio', { name: 'Another FHIR server' }).check();
    const field = page.getByLabel('FHIR base').first();
    await field.fill('https://10.0.0.1/fhir');
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await page.getByText('leads to an address inside a network').first().waitFor();
    await field.fill(`${otherUrl}/`);
    await page.getByRole('button', { name: 'Look at it now' }).click();
    await page.getByText('CapabilityStatement, FHIR 4.0.1').waitFor();
    await page.getByRole('row', { name: 'software <img src=x onerror=hit>' }).waitFor();
    expect(await visit.faults(`console-quickstart-other-${name}`)).toEqual([]);
    await next();
    await page.getByText(otherUrl, { exact: true }).waitFor();
    await next();
    expect(await page.getByLabel('Issuer').first().inputValue()).toBe(issuer.url);
    await next();
    await page.getByText('On behalf of others this server only reads').waitFor();
    await next();
    await page.getByText('This page sends no token for another server').waitFor();
    expect(await visit.faults(`console-quickstart-other-proof-${name}`)).toEqual([]);
    await next();
    await page.getByText(`"fhirBase": "${otherUrl}"`).waitFor();
    await page.getByText(`--base '${otherUrl}/' --issuer '${issuer.url}'`).waitFor();
    expect(await visit.faults(`console-quickstart-other-result-${name}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('explains a foreign token, and makes the setting with which it counts', async () => {
    const visit = await open();
    const { page } = visit;
    const base = login.server.base;
    const token = issuer.token({ scope: 'user/Patient.rs', fhirUser: `${base}/Practitioner/p1` });
    await page.getByRole('button', { name: /Proof/ }).click();
    await page.getByLabel('Or an access token that you have').fill(`Authorization: Bearer ${token}`);
    await page.getByRole('button', { name: 'Read with this token' }).click();
    await page.getByText('Refused: 401').waitFor();
    await page.getByText('The token is of another authorization server.').waitFor();
    expect(await visit.faults('console-quickstart-foreign')).toEqual([]);
    await page.getByRole('button', { name: 'Make the setting from this token' }).click();
    const setting = `[{"issuer":"${issuer.url}","audience":"account"}]`;
    await page.getByText(`TRUSTED_ISSUERS='${setting}'`).waitFor();
    expect(await visit.close()).toEqual([]);
    const trusting = await startLoginServer({ TRUSTED_ISSUERS: setting });
    try {
      await addUser(trusting, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
      const again = await ConsoleVisit.open(browser, trusting.url, 'quickstart');
      await again.signIn('chief');
      await again.page.getByRole('button', { name: /Proof/ }).click();
      const own = issuer.token({ scope: 'user/Patient.rs', fhirUser: `${trusting.server.base}/Practitioner/p1` });
      await again.page.getByLabel('Or an access token that you have').fill(own);
      await again.page.getByRole('button', { name: 'Read with this token' }).click();
      await again.page.getByText('It works: 200').waitFor();
      expect(await again.close()).toEqual([]);
    } finally {
      await trusting.close();
    }
  });

  it('is closed to who registers no clients, with the right that is missing', async () => {
    const visit = await open('quickstart', 'looker');
    await visit.page.getByText('admin/Client.c').first().waitFor();
    expect(await visit.page.getByRole('link', { name: 'Quickstart' }).count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)('can be read on a %s', async (name, options) => {
    const visit = await ConsoleVisit.open(browser, login.url, 'quickstart', options);
    await visit.signIn('chief');
    await visit.page.getByText('/metadata: CapabilityStatement').waitFor();
    expect(await visit.faults(`console-quickstart-${name}`)).toEqual([]);
    await visit.page.getByRole('button', { name: /Authorization server/ }).click();
    await visit.page.getByText('Where tokens come from').waitFor();
    expect(await visit.faults(`console-quickstart-issuer-${name}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('shows what the doctor finds', async () => {
    const visit = await open('operations/doctor', 'chief');
    await visit.heading('Doctor');
    await visit.page.getByRole('heading', { level: 2, name: 'Database' }).waitFor();
    expect(await visit.faults('console-doctor')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('shows what the doctor finds in the language of the page', async () => {
    const visit = await open('operations/doctor', 'chief');
    await visit.speakGerman();
    await visit.page.getByRole('heading', { level: 2, name: 'Datenbank' }).waitFor();
    await visit.page.getByText('Sie nimmt Schreibzugriffe an.').waitFor();
    expect(await visit.page.getByText('It takes writes.').count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });
});

import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { fewLooks } from '../support/console-visit.js';
import { hostileTexts } from '../support/hostile-text.js';
import { addUser, registerApp } from '../support/smart-login.js';

// A client's name has no invisible characters.
const hostileNames = hostileTexts.filter((text) => !/\p{C}/u.test(text));

describe.skipIf(chromiumPath === undefined)('apps in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
    await addUser(login, { name: 'looker', grants: 'admin/Client.rs' });
    for (const name of hostileNames) await registerApp(login, name, 'patient/*.rs');
  });

  const clients = (): OauthClientStore => stage.login.server.app.get(OauthClientStore);
  const open = (path: string, user = 'chief', options?: BrowserContextOptions) => stage.open(path, user, options);

  it('are registered with a secret that is shown once, changed, disabled and removed', async () => {
    const visit = await open('clients');
    const { page } = visit;
    await page.getByRole('link', { name: 'Register an app' }).click();
    await visit.heading('Register an app');
    await page.getByRole('radio', { name: /with a server and a secret/ }).check();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Ward board');
    await page.getByLabel('Redirect URIs').fill('http://not-local.example/cb');
    await page.getByLabel('Client id').fill('ward-board');
    await page.getByRole('button', { name: 'Add scope' }).click();
    await page.getByRole('button', { name: 'Register an app' }).click();
    await page.getByRole('alert').getByText('The server answered 400').waitFor();
    expect(await visit.faults('console-client-new')).toEqual([]);
    await page.getByLabel('Redirect URIs').fill('https://ward.example/cb');
    await page.getByRole('button', { name: 'Register an app' }).click();
    await visit.heading('Ward board is registered');
    await page.getByText('Shown this once').waitFor();
    await page.getByRole('link', { name: 'Open the app' }).click();
    await visit.heading('Ward board');
    await page.getByText('read and search all types of the patient in context', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel(/offline_access/).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('authorization_code, refresh_token').waitFor();
    for (const act of ['Make a new secret', 'Disable']) {
      await page.getByRole('button', { name: act }).click();
      await page.getByRole('dialog').getByRole('button', { name: act, exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    expect(await clients().get('ward-board')).toMatchObject({
      disabled: true,
      scopes: ['patient/*.rs', 'offline_access'],
    });
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await visit.heading('Apps');
    expect(await clients().exists('ward-board')).toBe(false);
    expect(await visit.close()).toEqual([]);
  });

  it('that are services get a key pair whose private half is a download and never sent', async () => {
    const visit = await open('clients/new');
    const { page } = visit;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    await page.getByRole('radio', { name: /Service without users/ }).check();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nightly');
    await page.getByLabel('Client id').fill('nightly');
    await page.getByRole('button', { name: 'Register an app' }).click();
    await page.getByText('The set of public keys is missing').waitFor();
    await page.getByLabel('Type').selectOption('Observation');
    await page.getByRole('button', { name: 'Add scope' }).click();
    await page.getByRole('button', { name: 'Make a key pair' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the private key' }).click(),
    ]);
    const key = JSON.parse(await readFile(await file.path(), 'utf8')) as Readonly<Record<'d' | 'kid', string>>;
    expect(createPrivateKey({ key, format: 'jwk' }).asymmetricKeyType).toBe('ec');
    expect(await visit.faults('console-client-keys')).toEqual([]);
    await page.getByRole('button', { name: 'Register an app' }).click();
    await visit.heading('Nightly is registered');
    const client = await clients().get('nightly');
    expect(client).toMatchObject({
      kind: 'confidential-asymmetric',
      grantTypes: ['client_credentials'],
      scopes: ['system/Observation.rs'],
    });
    expect(client.jwks?.keys.map(({ kid }) => kid)).toEqual([key.kid]);
    expect(sent.filter((body) => body.includes(key.d))).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('may register themselves with a token that is shown once', async () => {
    const visit = await open('clients/registration-token');
    const { page } = visit;
    await page.getByLabel('Number of apps').fill('3');
    // Nobody gives what he has not: the usual limit has the audit trail in it.
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByRole('alert').getByText('The server answered 403').waitFor();
    await page.getByRole('button', { name: 'Add scope' }).click();
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('Shown this once').waitFor();
    expect(await visit.faults('console-registration-token')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('cannot be registered by who may only look at them', async () => {
    const visit = await open('clients', 'looker');
    await visit.heading('Apps');
    await visit.page.getByRole('link', { name: hostileNames[0]!, exact: true }).waitFor();
    expect(await visit.page.getByRole('link', { name: 'Register an app' }).count()).toBe(0);
    await visit.page.goto(`${stage.login.url}/console/clients/new`);
    await visit.heading('You may not use this page');
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)('are a list whose names are texts, on a %s', async (device, options) => {
    const visit = await open('clients', 'chief', options);
    const { page } = visit;
    await visit.heading('Apps');
    for (const name of hostileNames) await page.getByRole('link', { name, exact: true }).waitFor();
    expect(await visit.faults(`console-clients-${device}`)).toEqual([]);
    await page.getByRole('link', { name: hostileNames[1]!, exact: true }).click();
    await visit.heading(hostileNames[1]!);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.faults(`console-client-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });
});

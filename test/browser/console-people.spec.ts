import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AccountAdministration } from '../../src/oauth2/clients/account-administration.js';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { hostileTexts } from '../support/hostile-text.js';
import { accountsOf, addUser, store } from '../support/smart-login.js';

const germanLooks = fewLooks.map(([device, options]): [string, BrowserContextOptions] =>
  device === 'narrow' ? ['narrow-german', { ...options, locale: 'de-AT' }] : [device, options],
);

// HTTP Basic has no colon in a name.
const hostileNames = hostileTexts.filter((text) => !text.includes(':'));

describe.skipIf(chromiumPath === undefined)('users in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
    await addUser(login, { name: 'helpdesk', grants: 'admin/User.u' });
    await addUser(login, { name: 'doctor', grants: 'user/*.rs' });
    for (const name of hostileNames) await addUser(login, { name, grants: 'user/*.rs' });
    await store(login, {
      resourceType: 'Practitioner',
      id: 'dr-jane',
      name: [{ given: ['Jane'], family: hostileTexts[1] }],
    });
  });

  const open = (path: string, user = 'chief', options?: BrowserContextOptions) => stage.open(path, user, options);

  it('are added with a person that a search finds, and get a link that is shown once', async () => {
    const visit = await open('users');
    const { page } = visit;
    await visit.heading('Users');
    await page.getByRole('link', { name: 'Add a user' }).click();
    await visit.heading('Add a user');
    await page.getByLabel('User name').fill('jane');
    await page.getByLabel('Type').first().selectOption('Observation');
    await page.getByLabel('Only where').selectOption('category');
    await page.getByLabel('has the value').fill('laboratory');
    await page.getByRole('button', { name: 'Add scope' }).click();
    await page.getByLabel('Name of the person').fill('Jane');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('radio', { name: /dr-jane/ }).check();
    expect(await visit.faults('console-user-new')).toEqual([]);
    await page.getByRole('button', { name: 'Add a user' }).click();
    await visit.heading('jane is added');
    await page.getByText(/\/oauth2\/account\/link\//).waitFor();
    await page.getByRole('link', { name: 'Open the user' }).click();
    await visit.heading('jane');
    await page.getByText('Practitioner/dr-jane').waitFor();
    await page.getByText(/where category=laboratory/).waitFor();
    expect(await page.getByText(/\/oauth2\/account\/link\//).count()).toBe(0);
    expect(await accountsOf(stage.login).get('jane')).toMatchObject({
      grants: 'user/Observation.rs?category=laboratory',
      fhirUser: 'Practitioner/dr-jane',
    });
    expect(await visit.close()).toEqual([]);
  });

  it('are changed, disabled and enabled, and helped to a new password', async () => {
    await addUser(stage.login, { name: 'changed', grants: 'user/*.rs' });
    const visit = await open('users/user#changed');
    const { page } = visit;
    await visit.heading('changed');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('A scope as text').fill('user/Patient.u');
    await page.getByRole('button', { name: 'Add text' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('update Patient, as far as the user may').waitFor();
    for (const act of ['Make a one-time password', 'Remove second factors', 'End sessions', 'Disable']) {
      await page.getByRole('button', { name: act, exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: act, exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await page.getByText('Shown this once').waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).waitFor();
    expect(await accountsOf(stage.login).get('changed')).toMatchObject({ grants: 'user/*.rs user/Patient.u' });
    expect((await accountsOf(stage.login).get('changed')).disabledAt).not.toBeNull();
    expect(await visit.faults('console-user-actions')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('lose their sessions, and so does who ends the own ones', async () => {
    await addUser(stage.login, { name: 'second-chief', grants: 'user/*.cruds admin/*.cruds' });
    await addUser(stage.login, { name: 'guest', grants: 'user/*.rs' });
    const theirs = await open('data', 'guest');
    const visit = await open('users/user#guest', 'second-chief');
    const { page } = visit;
    const end = async (): Promise<void> => {
      await page.getByRole('button', { name: 'End sessions', exact: true }).click();
      expect(await visit.faults('console-user-end-sessions')).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'End sessions', exact: true }).click();
    };
    await end();
    await page.getByText('The sessions are ended.').waitFor();
    await theirs.page.reload();
    await theirs.page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await page.goto(`${stage.login.url}/console/users/user#second-chief`);
    await page.getByText('This is you.').waitFor();
    // The server would refuse it.
    await page.getByText('You cannot disable yourself').waitFor();
    expect(await page.getByRole('button', { name: 'Disable', exact: true }).count()).toBe(0);
    await end();
    await page.getByRole('dialog', { name: 'Your login is over' }).waitFor();
    await page.reload();
    await page.locator('header').getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect([...(await visit.close()), ...(await theirs.close())]).toEqual([]);
  });

  it('that a helpdesk may not see are helped by name', async () => {
    const visit = await open('users', 'helpdesk');
    const { page } = visit;
    await page.getByLabel('User name').fill('doctor');
    await page.getByRole('button', { name: 'Open' }).click();
    await visit.heading('doctor');
    await page.getByText('You may help this user').waitFor();
    await page.getByRole('button', { name: 'Make a password link' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make a password link' }).click();
    await page.getByText(/\/oauth2\/account\/link\//).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('are hidden from who may not see them, and a link to them says what is missing', async () => {
    const visit = await open('users', 'doctor');
    await visit.heading('You may not use this page');
    await visit.page.getByText(/admin\/User\.s/).waitFor();
    expect(await visit.page.locator('nav').getByText('Users').count()).toBe(0);
    expect(await visit.faults('console-users-refused')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('keep what was typed when the server refuses, is away, or ends the login', async () => {
    const visit = await open('users/new');
    const { page } = visit;
    await page.getByLabel('User name').fill('doctor');
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page
      .getByRole('alert')
      .getByText(/The server answered 409|The server answered 4/)
      .waitFor();
    await page.route('**/oauth2/users', (route) => route.abort());
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByText('No answer came').waitFor();
    await page.unroute('**/oauth2/users');
    await page.getByLabel('User name').fill('later');
    await stage.login.server.app.get(AccountAdministration).change('chief', { breakGlass: false });
    await page.getByRole('button', { name: 'Add a user' }).click();
    // The browser has its session still, so the console gets a new token without a page.
    await visit.heading('later is added');
    expect(await page.getByRole('dialog').count()).toBe(0);
    const complaints = await visit.close();
    expect(complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  it('are shown fifty at a time, however many there are, on the widest screen; the search stands in no log', async () => {
    const visit = await open('', 'chief', { viewport: { width: 2560, height: 1440 } });
    const { page } = visit;
    const users = Array.from({ length: 1_000 }, (_, i) => ({
      name: `user-${i}`,
      grants: ['user/*.rs'],
      disabled: false,
      createdAt: '2026-01-01T00:00:00Z',
    }));
    await page.route('**/oauth2/users?*', (route) => route.fulfill({ json: { users } }));
    await page.route('**/oauth2/users', (route) => route.fulfill({ json: { users } }));
    await page.getByRole('link', { name: 'Users' }).first().click();
    await page.getByText('1,000 entries').waitFor();
    expect(await page.getByRole('row').count()).toBe(51);
    expect(await visit.faults('console-users-many')).toEqual([]);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('Page 2 of 20').waitFor();
    await page.getByRole('searchbox').fill('user-99');
    await page.getByText('11 entries').waitFor();
    expect(new URL(page.url()).hash).toBe('#q=user-99');
    expect(visit.asked.filter((url) => url.includes('user-99'))).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('that the page cannot show are a fault of the page, with the id of the last request', async () => {
    const visit = await open('');
    const { page } = visit;
    await page.route('**/oauth2/users?*', (route) =>
      route.fulfill({ json: { users: [{ name: 'odd' }] }, headers: { 'x-request-id': 'request-42' } }),
    );
    await page.getByRole('link', { name: 'Users' }).first().click();
    await visit.heading('This page cannot be shown');
    await page.getByRole('alert').getByText('The page does not work').waitFor();
    await page.getByText('request-42').waitFor();
    expect(await visit.faults('console-page-fault')).toEqual([]);
    await visit.close();
  });

  it.each(germanLooks)('are a list whose names are texts, on a %s', async (device, options) => {
    const visit = await ConsoleVisit.open(stage.browser, stage.login.url, 'users', options);
    const { page } = visit;
    const isGerman = device.endsWith('german');
    await page
      .getByRole('button', { name: isGerman ? 'Anmelden' : 'Sign in', exact: true })
      .first()
      .click();
    await page.locator('input[name=user], input[autocomplete=username]').first().fill('chief');
    await page.locator('input[type=password]').first().fill('correct horse battery');
    await page.keyboard.press('Enter');
    await visit.heading(isGerman ? 'Benutzer' : 'Users');
    for (const name of hostileNames) await page.getByRole('link', { name, exact: true }).waitFor();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.faults(`console-users-${device}`)).toEqual([]);
    await page.getByRole('searchbox').fill('onerror');
    await page.getByRole('link', { name: hostileTexts[1]!, exact: true }).click();
    await visit.heading(hostileTexts[1]!);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.faults(`console-user-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });
});

// What the console asks for, page by page (docs/adr/0141)
import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { accountsOf, addUser, smartPassword, store } from '../support/smart-login.js';

describe.skipIf(chromiumPath === undefined)('scopes of the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'chief', grants: 'user/*.cruds admin/*.cruds' });
    await addUser(login, { name: 'helpdesk', grants: 'admin/User.rus' });
    await addUser(login, { name: 'reader', grants: 'user/*.rs' });
    await store(login, { resourceType: 'Patient', id: 'p1', name: [{ family: 'One' }] });
  });

  /** `scope` of each authorization request, in their order. */
  const asked = ({ asked: urls }: ConsoleVisit): readonly string[] =>
    urls
      .filter((url) => url.startsWith(`${stage.login.issuer}/authorize?`))
      .map((url) => new URL(url).searchParams.get('scope') ?? '');
  const first = 'openid fhirUser online_access';
  const follow = ({ page }: ConsoleVisit, name: string) => page.locator('nav').getByRole('link', { name }).click();

  it.each(fewLooks)(
    'are asked for when a page is opened, and the page stays loaded, on a %s',
    async (device, options) => {
      const visit = await stage.open('', 'chief', options);
      const { page } = visit;
      await page.evaluate('window.mark = 1');
      expect(asked(visit)).toEqual([first]);
      await page.locator('main').getByRole('link', { name: /^Data/ }).click();
      await page.getByText('AllergyIntolerance').waitFor();
      await page.locator('header').getByRole('button', { name: 'chief' }).click();
      const shown = page.getByRole('dialog');
      await shown.getByText('user/*.cruds').waitFor();
      expect(await shown.getByText(/^admin\//).count()).toBe(0);
      expect(await visit.faults(`console-scopes-menu-${device}`)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.goBack();
      await page
        .locator('main')
        .getByRole('link', { name: /^Users/ })
        .click();
      await page.getByRole('link', { name: 'helpdesk' }).waitFor();
      const data = 'user/*.cruds user/AuditEvent.rs';
      expect(asked(visit)).toEqual([first, `${first} ${data}`, `${first} admin/User.cruds ${data}`]);
      // Each once.
      await page.goBack();
      await page.locator('main').getByRole('link', { name: /^Data/ }).click();
      await page.getByText('AllergyIntolerance').waitFor();
      expect(asked(visit)).toHaveLength(3);
      expect(await page.evaluate('window.mark')).toBe(1);
      expect(await visit.close()).toEqual([]);
    },
  );

  it('are not asked for where the user cannot have them: the menu has no such page, and its address says why', async () => {
    const visit = await stage.open('', 'helpdesk');
    const { page } = visit;
    await page.locator('nav').getByRole('link', { name: 'Users' }).waitFor();
    expect(await page.locator('nav').getByRole('link', { name: 'Policies' }).count()).toBe(0);
    await page.goto(`${stage.login.url}/console/policies`);
    await visit.heading('You may not use this page');
    expect(await visit.faults('console-scopes-missing')).toEqual([]);
    // The reload asks for those of its page, in one request.
    expect(asked(visit)).toEqual([first, `${first} admin/Policy.cruds`]);
    await follow(visit, 'Users');
    await page.getByRole('link', { name: 'chief' }).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('come with the login, where it begins at a page that needs some', async () => {
    const visit = await stage.open('data/Patient', 'reader');
    await visit.page.getByRole('cell', { name: 'p1' }).first().waitFor();
    expect(asked(visit)).toEqual([`${first} user/*.cruds user/AuditEvent.rs`]);
    expect(await visit.close()).toEqual([]);
  });

  it('are asked for within a page, and what was typed stays, also where the session is over meanwhile', async () => {
    const visit = await stage.open('why', 'chief');
    const { page } = visit;
    await page.getByRole('tab', { name: 'Access of others' }).click();
    const others = page.getByRole('tabpanel', { name: 'Access of others' });
    expect(asked(visit)).toEqual([first]);
    await others.getByLabel('User', { exact: true }).fill('reader');
    await accountsOf(stage.login).endSessions('chief');
    await page.getByRole('button', { name: 'Show the access' }).click();
    await page.getByRole('dialog', { name: 'Your login is over' }).waitFor();
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Sign in again as chief' }).click();
    const popup = await opened;
    await popup.getByLabel('User name').fill('chief');
    await popup.getByLabel('Password').fill(smartPassword);
    await popup.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await others.getByLabel('User', { exact: true }).inputValue()).toBe('reader');
    await page.getByRole('button', { name: 'Show the access' }).click();
    await page.getByRole('row', { name: /^Account/ }).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('of one tab that are wider end the token of another one, which goes on all the same; a logout ends both', async () => {
    const visit = await stage.open('data/Patient', 'chief');
    const { page, context } = visit;
    await page.getByRole('cell', { name: 'p1' }).first().waitFor();
    const other = await context.newPage();
    await other.goto(`${stage.login.url}/console/users/user#reader`);
    await other.getByRole('heading', { level: 1, name: 'reader' }).waitFor();
    await page.getByRole('link', { name: 'p1' }).first().click();
    await visit.heading('Patient/p1');
    await page.getByText('One').first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(asked(visit).at(-1)).toBe(`${first} user/*.cruds user/AuditEvent.rs`);
    await other.locator('header').getByRole('button', { name: 'chief' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('button', { name: 'Log out' }).click();
    await visit.heading('Sign in to go on');
    expect(await page.getByText('Patient/p1').count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });
});

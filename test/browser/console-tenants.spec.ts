import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { adminPassword } from '../support/server.js';
import { addUser, startLoginServer } from '../support/smart-login.js';
import { startTenants, type TenantsServer } from '../support/tenants.js';

describe.skipIf(chromiumPath === undefined)('tenants in the console', () => {
  let server: TenantsServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startTenants({ TENANT_BREAK_GLASS: 'on' });
    browser = await startChromium();
    await server.create('north-hospital');
    const users = [
      ['lister', 'operator/Tenant.s'],
      ['keeper', 'operator/Tenant.cruds'],
      ['plain', 'admin/*.cruds'],
    ];
    for (const [name, grants] of users) {
      const body = { name, grants, password: adminPassword };
      const made = await server.own.call('POST', '/oauth2/users', { token: server.operator, body });
      if (made.status !== 201) throw new Error(made.text);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (path: string, name: string, options?: BrowserContextOptions): Promise<ConsoleVisit> => {
    const visit = await ConsoleVisit.open(browser, server.url, path, options);
    await visit.signIn(name, adminPassword);
    return visit;
  };

  it.each(fewLooks)('are listed with their state, on a %s', async (device, options) => {
    const visit = await open('operations', 'admin', options);
    const { page } = visit;
    await page.getByRole('link', { name: 'Tenants' }).click();
    await page.getByRole('row', { name: /north-hospital active/ }).waitFor();
    expect(await visit.faults(`console-tenants-${device}`)).toEqual([]);
    await page.getByRole('link', { name: 'north-hospital' }).click();
    await visit.heading('north-hospital');
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
    expect(await visit.faults(`console-tenant-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('are made, limited, suspended, resumed and erased', async () => {
    const visit = await open('operations/tenants', 'admin');
    const { page } = visit;
    await page.getByRole('link', { name: 'Add a tenant' }).click();
    await visit.heading('Add a tenant');
    const name = page.getByLabel('Name');
    await name.fill('NO');
    await page.getByRole('button', { name: 'Add a tenant' }).click();
    await page.getByRole('alert').getByText('The server answered 400').waitFor();
    expect(await name.inputValue()).toBe('NO');
    expect(await visit.faults('console-tenant-refused')).toEqual([]);
    await name.fill('south-hospital');
    await page.getByRole('button', { name: 'Add a tenant' }).click();
    await visit.heading('south-hospital is added');
    await page.getByText('Shown this once: keep it now.').waitFor();
    expect(await visit.faults('console-tenant-added')).toEqual([]);
    await page.getByRole('link', { name: 'Open the tenant' }).click();
    await page.getByLabel('Jobs').fill('none');
    await page.getByText('A limit is a whole number from 1 on.').waitFor();
    await page.getByLabel('Jobs').fill('4');
    await page.getByRole('button', { name: 'Set the limits' }).click();
    await page.getByText('The limits count within five seconds.').waitFor();
    const read = () => server.own.call('GET', '/admin/tenants/south-hospital', { token: server.operator });
    expect((await read()).body.limits).toEqual({ jobs: 4 });
    await page.getByText('It can be erased once it is suspended.').waitFor();
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('row', { name: 'State suspended' }).waitFor();
    await page.getByRole('button', { name: 'Let it answer again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Let it answer again' }).click();
    await page.getByRole('row', { name: 'State active' }).waitFor();
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('button', { name: 'Erase', exact: true }).click();
    const dialog = page.getByRole('dialog');
    const erase = dialog.getByRole('button', { name: 'Erase all of it' });
    expect(await erase.isDisabled()).toBe(true);
    expect(await visit.faults('console-tenant-erase')).toEqual([]);
    await dialog.getByLabel('Write south-hospital to confirm').fill('south-hospital');
    await erase.click();
    await visit.heading('Tenants');
    expect(await visit.close()).toEqual([]);
  });

  it('are looked into for a reason, with a token that is shown once', async () => {
    const visit = await open('operations/tenants/north-hospital', 'admin');
    const { page } = visit;
    await page.getByRole('button', { name: 'Look inside' }).click();
    const dialog = page.getByRole('dialog');
    const give = dialog.getByRole('button', { name: 'Give me the token' });
    expect(await give.isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('ticket 4711');
    await dialog.getByLabel('Scopes').fill('user/Patient.cruds');
    await give.click();
    await dialog.getByText('The server answered 400').waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('ticket 4711');
    await dialog.getByLabel('Scopes').fill('user/Patient.rs');
    await give.click();
    await dialog.getByText('It counts for 15 minutes, and for: user/Patient.rs').waitFor();
    expect(await visit.faults('console-tenant-look')).toEqual([]);
    const north = server.tenant('north-hospital');
    const token = (await dialog.locator('pre').textContent()) ?? '';
    expect((await north.call('GET', 'Patient', { token })).status).toBe(200);
    expect((await north.call('GET', 'Observation', { token })).status).toBe(403);
    const console = await dialog.getByRole('link', { name: 'open its console' }).getAttribute('href');
    expect(console).toBe(`${north.url}/console/`);
    expect((await visit.close()).filter((text) => !text.includes('400'))).toEqual([]);
    const inside = await ConsoleVisit.open(browser, north.url, 'data/Patient');
    await inside.page.getByLabel('Access token').fill(token);
    await inside.page.getByRole('button', { name: 'Use this token' }).click();
    await inside.heading('Patient');
    expect(await inside.close()).toEqual([]);
    // Who keeps tenants looks into none.
    const keeper = await open('operations/tenants/north-hospital', 'keeper');
    await keeper.page.getByRole('button', { name: 'Suspend' }).waitFor();
    expect(await keeper.page.getByRole('button', { name: 'Look inside' }).count()).toBe(0);
    expect(await keeper.close()).toEqual([]);
  });

  it('are for who operates the server alone, and no tenant knows of them', async () => {
    const lister = await open('operations/tenants/north-hospital', 'lister');
    await lister.page.getByRole('alert').getByText('The server answered 403').waitFor();
    await lister.page.route('**/admin/tenants?*', (route) => route.abort());
    await lister.page.getByRole('link', { name: 'All tenants' }).click();
    await lister.page.getByText('No answer came').waitFor();
    expect((await lister.close()).filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
    const plain = await open('operations/tenants', 'plain');
    await plain.heading('You may not use this page');
    await plain.page.goto(`${server.url}/console/operations`);
    await plain.heading('Operations');
    expect(await plain.page.getByRole('link', { name: 'Tenants' }).count()).toBe(0);
    expect(await plain.close()).toEqual([]);
    const north = server.tenant('north-hospital');
    const config = await north.call('GET', '/console/config.json');
    expect([config.body.tenants, config.body.health]).toEqual([undefined, undefined]);
    const visit = await ConsoleVisit.open(browser, north.url, 'operations');
    await visit.signIn('admin', adminPassword);
    const { page } = visit;
    await page.getByText('This is of the whole server').waitFor();
    for (const name of ['Jobs', 'Doctor', 'Issuers', 'Settings']) await page.getByRole('link', { name }).waitFor();
    for (const name of ['Metrics', 'Tenants']) expect(await page.getByRole('link', { name }).count()).toBe(0);
    expect(await visit.faults('console-tenant-operations')).toEqual([]);
    await page.goto(`${north.url}/console/operations/settings`);
    await visit.heading('Settings');
    await page.getByText('What this tenant may have of its own').waitFor();
    await page.getByText('ORGANISATION_NAME').waitFor();
    expect(await page.getByText('DATABASE_URL').count()).toBe(0);
    expect(await visit.faults('console-tenant-settings')).toEqual([]);
    await page.getByRole('link', { name: 'Doctor' }).click();
    await visit.heading('Doctor');
    await page.getByText('Tokens count that are made out for').waitFor();
    expect(await visit.faults('console-tenant-doctor')).toEqual([]);
    await page.goto(`${north.url}/console/quickstart`);
    await page.getByRole('button', { name: 'Authorization server' }).click();
    await page.getByLabel('Another authorization server').click();
    await page.getByText('At a tenant the server does not look at addresses that are typed').waitFor();
    expect(await page.getByRole('button', { name: 'Look at it now' }).count()).toBe(0);
    await page.getByLabel('Issuer').fill('https://idp.example');
    await page.getByRole('button', { name: 'Result' }).click();
    await page.getByText('lanyard tenant settings NAME --set').waitFor();
    await page.getByText(`TRUSTED_ISSUERS='[{"issuer":"https://idp.example"`).waitFor();
    expect(await page.getByText('As values for Helm').count()).toBe(0);
    expect(await visit.faults('console-tenant-quickstart')).toEqual([]);
    await page.goto(`${north.url}/console/operations/metrics`);
    await visit.heading('Metrics');
    await page.getByText('This is of the whole server').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('are not there where TENANTS is off, and the page says why', async () => {
    const single = await startLoginServer();
    try {
      await addUser(single, { name: 'chief', grants: 'admin/*.cruds operator/*.cruds' });
      const visit = await ConsoleVisit.open(browser, single.url, 'operations/tenants');
      await visit.signIn('chief');
      await visit.page.getByText('There are no tenants to administer here').waitFor();
      await visit.page.getByText('Set TENANTS=path').waitFor();
      expect(await visit.page.getByRole('link', { name: 'Tenants' }).count()).toBe(0);
      expect(await visit.faults('console-tenants-off')).toEqual([]);
      expect(await visit.close()).toEqual([]);
    } finally {
      await single.close();
    }
  });
});

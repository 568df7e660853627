import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, fewLooks } from '../support/console-visit.js';
import { freePort } from '../support/free-port.js';
import { adminPassword } from '../support/server.js';
import { addUser, startLoginServer } from '../support/smart-login.js';
import { startTenants, type TenantsServer } from '../support/tenants.js';

describe.skipIf(chromiumPath === undefined)('figures of a server in the console', () => {
  let server: TenantsServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startTenants({
      METRICS_PORT: String(await freePort()),
      ORGANISATION_NAME: '<img src=x onerror=hit>',
    });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (path: string, options: BrowserContextOptions = desktop): Promise<ConsoleVisit> => {
    const visit = await ConsoleVisit.open(browser, server.url, path, options);
    await visit.signIn('admin', adminPassword);
    return visit;
  };

  const asOperator = () => ({ headers: { authorization: `Bearer ${server.operator}` } });

  it.each(fewLooks)('are settings without secrets and metrics as charts, on a %s', async (device, options) => {
    const visit = await open('operations/settings', options);
    const { page } = visit;
    await page.getByRole('row', { name: 'DATABASE_URL set, and secret' }).waitFor();
    await page.getByRole('row', { name: /^ORGANISATION_NAME <img src=x onerror=hit> set/ }).waitFor();
    expect(await visit.faults(`console-settings-${device}`)).toEqual([]);
    expect(await page.locator('main').innerText()).not.toContain('postgres:');
    await page.getByLabel('Show settings with').fill('clock');
    await page.getByRole('row', { name: 'CLOCK_SKEW 60' }).waitFor();
    await page.getByLabel('Only those that were set').check();
    await page.getByText('No setting fits.').waitFor();
    await page.getByRole('link', { name: 'Metrics' }).click();
    await page.getByRole('img', { name: /^Memory: now [\d.,]+ MB/ }).waitFor();
    await page.getByRole('img', { name: /^Requests: now [\d.,]+ 1\/s/ }).waitFor();
    expect(await visit.faults(`console-metrics-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)('are replicas, lost ones and other versions among them, on a %s', async (device, options) => {
    const visit = await open('operations', options);
    const { page } = visit;
    const replicas = page.getByRole('region', { name: 'Replicas' });
    await replicas.getByRole('row', { name: /answers this page.*serves.*connections to the database/s }).waitFor();
    const own = (await (await fetch(`${server.url}/admin/replicas`, asOperator())).json()) as {
      readonly replicas: readonly object[];
    };
    const others = [
      { ...own.replicas[0], id: 'b', host: '<img src=x onerror=hit>', version: '0.0.1', answers: false },
      { ...own.replicas[0], id: 'c', host: 'pod-c', version: '0.0.2', state: 'lost', answers: false },
      { ...own.replicas[0], id: 'd', host: 'pod-d', migration: 'Older1700000000001', answers: false },
    ];
    await page.route('**/admin/replicas', (route) =>
      route.fulfill({ json: { ...own, replicas: [...own.replicas, ...others] } }),
    );
    await replicas.getByText(/^Replicas are of different versions: 0\.0\.1 \(1\)/).waitFor();
    await replicas.getByText(/^Replicas know different migrations.*Older1700000000001 \(1\)/).waitFor();
    await replicas.getByRole('row', { name: /pod-c.*lost.*–/s }).waitFor();
    await replicas.getByText('<img src=x onerror=hit>').waitFor();
    expect(await replicas.getByText('0.0.2 (1)').count()).toBe(0);
    expect(await visit.faults(`console-replicas-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('are the chain, whole or broken, and say when the connection is lost', async () => {
    const visit = await open('operations/audit');
    const { page } = visit;
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('Everything is as it was sealed').waitFor();
    expect(await visit.faults('console-chain')).toEqual([]);
    const fault = 'AuditEvent/<b>x</b> at position 3 is not what was sealed.';
    const broken = { at: '2026-01-01T00:00:00Z', checked: 2, erased: 1, unsealed: 1, end: '2:ab', fault };
    await page.route('**/admin/audit-chain', (route) => route.fulfill({ json: broken }));
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(fault, { exact: true }).waitFor();
    await page.getByText('1 event was erased after its time.').waitFor();
    await page.unroute('**/admin/audit-chain');
    await page.route('**/admin/*', (route) => route.abort());
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('No answer came').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await visit.heading('Settings');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await page.unroute('**/admin/*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('DATABASE_URL', { exact: true }).waitFor();
    await visit.speakGerman();
    await page.getByText('gesetzt, und geheim').first().waitFor();
    expect((await visit.close()).filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  it('say what to set where nothing is counted, and who may not see them', async () => {
    const single = await startLoginServer();
    try {
      await addUser(single, { name: 'watcher', grants: 'admin/Job.r' });
      await addUser(single, { name: 'auditor', grants: 'admin/Audit.rs user/AuditEvent.rs' });
      const visit = await ConsoleVisit.open(browser, single.url, 'operations/metrics');
      await visit.signIn('watcher');
      await visit.page.getByText('Set METRICS_PORT').waitFor();
      expect(await visit.faults('console-metrics-off')).toEqual([]);
      expect(await visit.close()).toEqual([]);
      const auditor = await ConsoleVisit.open(browser, single.url, 'operations/settings');
      await auditor.signIn('auditor');
      await auditor.heading('You may not use this page');
      expect(await auditor.close()).toEqual([]);
    } finally {
      await single.close();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { desktop, fewLooks, narrow } from '../support/console-visit.js';
import { hostileTexts } from '../support/hostile-text.js';
import { addUser, smartPassword } from '../support/smart-login.js';

const hostile = hostileTexts[1]!;

describe.skipIf(chromiumPath === undefined)('operations in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'operator', grants: 'user/*.rs user/AuditEvent.rs admin/Job.r admin/Audit.rs' });
    await addUser(login, { name: 'chief', grants: 'admin/User.c' });
    await addUser(login, { name: 'watcher', grants: 'admin/Job.r' });
    await addUser(login, { name: 'blind', grants: 'admin/Audit.rs' });
    await addUser(login, { name: hostile, grants: 'user/*.rs' });
  });

  it.each(fewLooks)('say how each part is, and what happened, on a %s', async (device, options) => {
    const visit = await stage.open('operations', 'operator', options);
    const { page } = visit;
    await visit.heading('Operations');
    await page.getByRole('row', { name: /Database up/ }).waitFor();
    expect(await visit.faults(`console-operations-${device}`)).toEqual([]);
    await page.getByRole('link', { name: 'Extensions' }).click();
    await page.getByText('This server has no extensions').waitFor();
    expect(await visit.faults(`console-extensions-${device}`)).toEqual([]);
    await page.getByRole('link', { name: 'Audit trail' }).click();
    await visit.heading('Audit trail');
    await page
      .getByRole('row', { name: /operator/ })
      .first()
      .waitFor();
    expect(await visit.faults(`console-audit-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it.each([
    ['desktop', desktop],
    ['narrow', narrow],
  ])('have the issuers that count here, looked at now, on a %s', async (device, options) => {
    const visit = await stage.open('operations/issuers', 'watcher', options);
    const { page } = visit;
    await page.getByRole('row', { name: `Its own ${stage.login.issuer}` }).waitFor();
    const issuer = page.getByRole('region', { name: stage.login.server.issuer.url });
    await issuer.getByText('It publishes its metadata.').waitFor();
    await issuer.getByText('Setting: TRUSTED_ISSUERS').waitFor();
    expect(await visit.faults(`console-issuers-${device}`)).toEqual([]);
    await page.route('**/admin/doctor', (route) => route.abort());
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('No answer came').waitFor();
    expect((await visit.close()).filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  it('tell of a server that is not ready, one that is away, and that it is back', async () => {
    const visit = await stage.open('operations', 'watcher');
    const { page } = visit;
    await page.getByRole('row', { name: /Database up/ }).waitFor();
    expect(await page.getByRole('link', { name: 'Audit trail' }).count()).toBe(0);
    await page.route('**/health/ready', (route) =>
      route.fulfill({ status: 503, json: { status: 'unavailable', database: 'down', '<b>x</b>': 'new' } }),
    );
    await page.getByRole('row', { name: /Database down/ }).waitFor();
    await page.getByRole('row', { name: '<b>x</b> new' }).waitFor();
    expect(await visit.faults('console-operations-down')).toEqual([]);
    await page.unroute('**/health/ready');
    await page.route('**/health/ready', (route) => route.abort());
    await page.getByText('No answer came').waitFor();
    await page.unroute('**/health/ready');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row', { name: /Database up/ }).waitFor();
    const complaints = await visit.close();
    expect(complaints.filter((text) => !/ERR_FAILED|status of 503/.test(text))).toEqual([]);
  });

  it('find events by who, outcome and time, page through them, and show them whole, as texts', async () => {
    const { server } = stage.login;
    await server.call('POST', 'login', { body: { user: hostile, password: 'wrong' } });
    const chief = await server.call('POST', 'login', { body: { user: 'chief', password: smartPassword } });
    const body = { name: 'made', grants: '', password: 'password of made' };
    const headers = { 'content-type': 'application/json' };
    const made = await server.call('POST', '/oauth2/users', { token: chief.body['access_token'], headers, body });
    expect(made.status, made.text).toBe(201);
    const visit = await stage.open('operations/audit', 'operator');
    const { page } = visit;
    await page
      .getByRole('row', { name: /operator/ })
      .first()
      .waitFor();
    await page.getByLabel('User or client id').fill('operator');
    await page.getByLabel('Outcome').selectOption('0');
    await page.getByLabel('From').fill('2020-01-01T00:00');
    await page.getByRole('button', { name: 'Search' }).click();
    await page
      .getByRole('row', { name: /operator/ })
      .first()
      .waitFor();
    // With the same filter, too: there may be new events.
    const again = page.waitForRequest(/AuditEvent\/_search|AuditEvent\?/);
    await page.getByRole('button', { name: 'Search' }).click();
    await again;
    // Whom it is about stands in no address that a server or its log is told.
    expect(new URL(page.url()).hash).toMatch(/who=operator.*outcome=0.*from=2020/);
    expect(new URL(page.url()).search).toBe('');
    await page
      .getByRole('row', { name: /operator/ })
      .first()
      .getByRole('button')
      .click();
    await page.getByRole('dialog').getByText('"resourceType": "AuditEvent"').waitFor();
    expect(await visit.faults('console-audit-event')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.reload();
    await page
      .getByRole('row', { name: /operator/ })
      .first()
      .waitFor();
    expect(await page.getByLabel('User or client id').inputValue()).toBe('operator');
    await page.getByLabel('Only with a broken glass').check();
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No event matches').waitFor();
    expect(page.url()).toContain('glass=1');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Only administrative acts').check();
    await page.getByRole('button', { name: 'Search' }).click();
    // A row of the list before may name the chief too: until the answer is there, that list stands.
    const operators = page.getByRole('row', { name: /operator/ });
    await operators.first().waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /chief/ }).first().waitFor();
    expect(await operators.count()).toBe(0);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('User or client id').fill('nobody,at|all');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No event matches').waitFor();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });

  it('show names in events as texts', async () => {
    const event = {
      resourceType: 'AuditEvent',
      id: 'e1',
      recorded: '2026-01-01T00:00:00Z',
      outcome: hostile,
      outcomeDesc: hostile,
      subtype: [{ display: hostile }],
      agent: [{ altId: 'user', name: hostile }],
      entity: [{ name: hostile }, { query: Buffer.from(hostile).toString('base64') }],
    };
    const visit = await stage.open('operations', 'operator');
    const { page } = visit;
    await page.route('**/AuditEvent?*', (route) =>
      route.fulfill({
        contentType: 'application/fhir+json',
        json: { resourceType: 'Bundle', entry: [{ resource: event }] },
      }),
    );
    await page.getByRole('link', { name: 'Audit trail' }).click();
    await page.getByRole('cell', { name: hostile, exact: true }).first().waitFor();
    await page
      .getByRole('row', { name: /onerror/ })
      .getByRole('button')
      .click();
    await page.getByRole('dialog').getByText(hostile, { exact: true }).first().waitFor();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });

  it('say what is missing to who may not see the audit trail', async () => {
    const visit = await stage.open('operations/audit', 'blind');
    await visit.page.getByRole('alert').getByText('The server answered 403').waitFor();
    expect(await visit.faults('console-audit-refused')).toEqual([]);
    await visit.page.goto(`${stage.login.url}/console/operations/extensions`);
    await visit.heading('You may not use this page');
    expect(await visit.close()).toEqual([]);
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { ConsoleVisit, desktop, fewLooks, phone } from '../support/console-visit.js';
import { accountsOf, addUser, type LoginServer, startLoginServer, store } from '../support/smart-login.js';

const hacks = [
  `"><img src=x onerror="document.title='hacked'">`,
  `<script>document.title='hacked'</script>`,
  `javascript:document.title='hacked'`,
  `{{constructor.constructor("document.title='hacked'")()}}`,
  `</code></pre><svg onload="document.title='hacked'">`,
];

describe.skipIf(chromiumPath === undefined)('data and requests in Chromium', () => {
  let login: LoginServer;
  let browser: Browser;

  beforeAll(async () => {
    login = await startLoginServer();
    browser = await startChromium();
    await addUser(login, { name: 'doctor', grants: 'user/Patient.cruds user/Observation.rs' });
    const patients = Array.from({ length: 25 }, (_, i) => ({
      resourceType: 'Patient',
      id: `p${i}`,
      name: [{ family: i < 20 ? 'Chalmers' : 'Hart', given: [`Given${i}`] }],
      birthDate: '1970-12-25',
      gender: 'female',
    }));
    const evil = hacks.map((text, i) => ({
      resourceType: 'Patient',
      id: `evil${i}`,
      name: [{ family: text, given: [text] }],
      identifier: [{ system: 'urn:x', value: text }],
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">text</div>' },
      telecom: [{ system: 'url', value: text }],
    }));
    await store(login, ...patients, ...evil, {
      resourceType: 'Observation',
      id: 'o1',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '15074-8', display: 'Glucose' }] },
      subject: { reference: 'Patient/p1' },
      valueQuantity: { value: 6.3, unit: 'mmol/l' },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await login?.close();
  });

  async function open(path: string, options = {}): Promise<ConsoleVisit> {
    const visit = await ConsoleVisit.open(browser, login.url, path, { ...desktop, ...options });
    await visit.signIn('doctor');
    return visit;
  }

  it.each([
    ['desktop', desktop],
    ['phone-dark', { ...phone, colorScheme: 'dark' as const }],
  ])(
    'leads from the types by a search and its pages to a resource and what refers to it, on a %s',
    async (device, options) => {
      const visit = await open('data', options);
      const { page } = visit;
      await visit.heading('Data');
      await page.getByLabel('Show types with').fill('patient');
      expect(await visit.faults(`console-data-types-${device}`)).toEqual([]);
      await page.getByRole('link', { name: 'Patient', exact: true }).click();
      await visit.heading('Patient');
      await page.getByRole('combobox', { name: 'Parameter' }).fill('name');
      await page.keyboard.press('Escape');
      await page.getByRole('textbox', { name: 'Value' }).fill('Chalmers');
      expect(await page.getByLabel('The query as text').inputValue()).toBe('name=Chalmers');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByText('Chalmers, Given0', { exact: true }).waitFor();
      expect(new URL(page.url()).hash).toBe('#name=Chalmers');
      expect(await visit.faults(`console-data-search-${device}`)).toEqual([]);
      await page.getByLabel('The query as text').fill('name=Chalmers&_count=5&_sort=_id');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByText('Chalmers, Given10', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Next page' }).click();
      await page.getByText('Chalmers, Given14', { exact: true }).waitFor();
      expect(await page.getByText('Chalmers, Given10', { exact: true }).count()).toBe(0);
      await page.getByRole('button', { name: 'Previous page' }).click();
      await page.getByText('Chalmers, Given10', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'p1', exact: true }).click();
      await visit.heading('Patient/p1');
      await page.getByRole('row', { name: 'Date of birth 1970-12-25' }).waitFor();
      await page.getByRole('row', { name: 'Name Chalmers, Given1' }).waitFor();
      expect(await visit.faults(`console-data-resource-${device}`)).toEqual([]);
      await page.getByRole('tab', { name: 'XML' }).click();
      await page.getByText('<birthDate value="1970-12-25"/>').waitFor();
      expect(await visit.faults(`console-data-xml-${device}`)).toEqual([]);
      await page.getByRole('tab', { name: 'JSON' }).click();
      await page.getByText('"birthDate": "1970-12-25"').waitFor();
      expect(await visit.faults(`console-data-json-${device}`)).toEqual([]);
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByRole('cell', { name: 'PUT' }).waitFor();
      await page.getByRole('tab', { name: 'References' }).click();
      await page.getByLabel('Show types with').fill('observation');
      await page.getByRole('link', { name: 'Observation: subject' }).click();
      await page.getByText('6.3 mmol/l').waitFor();
      await page.getByRole('link', { name: 'o1', exact: true }).click();
      await page.getByRole('row', { name: 'Value 6.3 mmol/l' }).waitFor();
      await page.getByRole('tab', { name: 'JSON' }).click();
      await page.getByRole('link', { name: '"Patient/p1"' }).click();
      await visit.heading('Patient/p1');
      // What is searched for stands in no address that a server or its log is told.
      expect(visit.asked.filter((url) => url.includes('/console/') && url.includes('Chalmers'))).toEqual([]);
      expect(await visit.close()).toEqual([]);
    },
  );

  it('changes a resource only if nobody else did, and restores an old version', async () => {
    const body = { resourceType: 'Patient', id: 'edited', name: [{ family: 'First' }] };
    const token = login.server.token('user/*.cruds');
    expect((await login.server.call('PUT', 'Patient/edited', { token, body })).status).toBe(201);
    const visit = await open('data/Patient/edited');
    const { page } = visit;
    await visit.heading('Patient/edited');
    await page.getByRole('tab', { name: 'Edit' }).click();
    const text = page.getByLabel('The resource as JSON');
    await text.fill((await text.inputValue()).replace('First', 'Second').replace('"name"', '"nmae"'));
    await page.getByRole('button', { name: 'Validate' }).click();
    await page.getByText('What the server finds').waitFor();
    await page.getByText(/nmae/).last().waitFor();
    await page
      .getByRole('button', { name: /Go to line \d+/ })
      .first()
      .click();
    const chosen = await text.evaluate((area: { value: string; selectionStart: number; selectionEnd: number }) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(chosen).not.toContain('\n');
    expect(await page.locator('.gutter mark').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/The server answered 4\d\d/)
      .waitFor();
    expect(await visit.faults('console-data-edit')).toEqual([]);
    await text.fill((await text.inputValue()).replace('nmae', 'name'));
    await page.getByRole('button', { name: 'Validate' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as version 2.').waitFor();
    const other = { ...body, name: [{ family: 'Third' }] };
    expect((await login.server.call('PUT', 'Patient/edited', { token, body: other })).status).toBe(200);
    await text.fill((await text.inputValue()).replace('Second', 'Lost'));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody has changed it meanwhile.').waitFor();
    expect(await text.inputValue()).toContain('Lost');
    expect((await login.server.call('GET', 'Patient/edited', { token })).body.name[0].family).toBe('Third');
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByRole('button', { name: 'Restore this version' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore this version' }).click();
    await page.waitForURL(/\/Patient\/edited$/);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByText('"First"').waitFor();
    const restored = await login.server.call('GET', 'Patient/edited', { token });
    expect([restored.body.meta.versionId, restored.body.name[0].family]).toEqual(['4', 'First']);
    expect(await visit.close()).toEqual([]);
  });

  it('shows what is stored as text, in tables, JSON and titles', async () => {
    const visit = await open('data/Patient#identifier=urn:x|&_sort=_id');
    const { page } = visit;
    await page.getByRole('link', { name: 'evil0' }).waitFor();
    const main = await page.locator('main').innerText();
    for (const text of hacks) expect(main).toContain(text);
    for (const [i, text] of hacks.entries()) {
      await page.goto(`${login.url}/console/data/Patient/evil${i}`);
      await page.getByRole('cell', { name: text }).first().waitFor();
      await page.getByRole('tab', { name: 'JSON' }).click();
      await page.getByText(JSON.stringify(text)).first().waitFor();
    }
    expect(await page.title()).toBe('Patient/evil4 – Lanyard');
    expect(await page.locator('main img, main svg[onload], main script, a[href^="javascript:"]').count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });

  it('says how to narrow a search that the server gave up', async () => {
    const visit = await open('data/Patient');
    const { page } = visit;
    await page.route('**/Patient?name=slow', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/fhir+json',
        json: {
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'error', code: 'too-costly', diagnostics: 'Late.' }],
        },
      }),
    );
    await page.getByLabel('The query as text').fill('name=slow');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('The server answered 503').waitFor();
    await page.getByRole('note').getByText('name a patient').waitFor();
    expect(await visit.faults('console-data-slow')).toEqual([]);
    expect((await visit.close()).filter((text) => !text.includes('status of 503'))).toEqual([]);
  });

  it('says what is refused, with cures, and what to do when nothing is found', async () => {
    const visit = await open('data/Condition');
    const { page } = visit;
    await page.getByText('The server answered 403').waitFor();
    await page
      .getByText(/user\/Condition\.s/)
      .first()
      .waitFor();
    await page.getByText('Request id, for the log of the server:').waitFor();
    expect(await visit.faults('console-data-refused')).toEqual([]);
    await page.getByRole('link', { name: 'Why? Every check of this request' }).click();
    expect(await page.getByLabel('Request').inputValue()).toBe('GET Condition');
    await page.goto(`${login.url}/console/data/Patient#nam=x`);
    await page.getByText('The server answered 400').waitFor();
    await page.getByLabel('The query as text').fill('name=nobody-of-this-name');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('Nothing within your reach fits.').waitFor();
    expect(await visit.faults('console-data-empty')).toEqual([]);
    await page.goto(`${login.url}/console/data/Patient/not-there`);
    await page.getByText('The server answered 404').waitFor();
    await page.goto(`${login.url}/console/no/such/page`);
    await visit.heading('There is no such page');
    expect(await visit.close()).toEqual([]);
  });

  it('sends any request and shows the whole answer, and asks no other server', async () => {
    const visit = await open('request');
    const { page } = visit;
    await visit.heading('Request');
    await page.getByLabel('Method').selectOption('POST');
    await page.getByLabel(/^Path below/).fill('Patient');
    await page.getByLabel('Body').fill('{"resourceType":"Patient","name":[{"family":"Made by hand"}]}');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 201').waitFor();
    await page.getByText('Headers of the answer').click();
    await page.getByRole('rowheader', { name: 'location' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('Authorization: Bearer $TOKEN');
    expect(await visit.faults('console-request')).toEqual([]);
    await page.getByLabel('Method').selectOption('GET');
    await page.getByLabel(/^Path below/).fill('https://evil.example/fhir/r4/Patient');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('so that the token goes nowhere else').waitFor();
    await page.getByLabel(/^Path below/).fill('Condition/x');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 403').waitFor();
    await page.getByLabel('Headers', { exact: true }).fill('this is no header');
    await page.getByText('"this is no header" is no header.').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)('asks $graphql with variables, with the answer beside it, on a %s', async (device, options) => {
    const visit = await ConsoleVisit.open(browser, login.url, 'request/graphql', options);
    const { page } = visit;
    await visit.signIn('doctor');
    await visit.heading('GraphQL');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 200').waitFor();
    await page.getByText('"PatientList": [').waitFor();
    expect(await visit.faults(`console-graphql-${device}`)).toEqual([]);
    await page.getByLabel('Variables (JSON)').fill('{ "count": ');
    await page.getByText('Variables are one JSON object.').waitFor();
    await page.getByLabel('Variables (JSON)').fill('');
    await page.getByLabel('Query').fill('{ ConditionList { id } }');
    await page.getByLabel('Query').press('Control+Enter');
    await page.getByText('Status 403').waitFor();
    await page.getByLabel('Query').fill('{ nothing }');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 400').waitFor();
    await visit.speakGerman();
    await visit.heading('GraphQL');
    await page.getByText('Abfrage', { exact: true }).waitFor();
    expect(await visit.faults(`console-graphql-${device}-german`)).toEqual([]);
    expect(visit.asked.filter((url) => url.includes('graphql') && !url.endsWith('graphql'))).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('keeps everything that was typed when the login ends, and goes on after another one', async () => {
    await addUser(login, { name: 'interrupted', grants: 'user/Patient.cruds' });
    const visit = await ConsoleVisit.open(browser, login.url, 'request');
    const { page, context } = visit;
    await visit.signIn('interrupted');
    await page.getByLabel('Method').selectOption('POST');
    await page.getByLabel(/^Path below/).fill('Patient');
    const body = '{"resourceType":"Patient","name":[{"family":"Long text"}]}';
    await page.getByLabel('Body').fill(body);
    // Ends every session and token of the user.
    await accountsOf(login).change('interrupted', { password: 'correct horse battery' });
    await page.waitForTimeout(100);
    await page.getByRole('button', { name: 'Send' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your login is over' });
    await dialog.waitFor();
    expect(await visit.faults('console-login-over')).toEqual([]);
    const [other] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('link', { name: 'Sign in again as interrupted' }).click(),
    ]);
    await other.getByLabel('User name').fill('interrupted');
    await other.getByLabel('Password').fill('correct horse battery');
    await other.getByRole('button', { name: 'Sign in', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.getByLabel('Body').inputValue()).toBe(body);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Status 201').waitFor();
    expect(await visit.close()).toEqual([]);
  });
});

import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { desktop, fewLooks } from '../support/console-visit.js';
import { accountsOf, addUser, smartPassword, store } from '../support/smart-login.js';

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const letter = `<html><body><h1>Letter</h1><script>parent.document.title = 'hacked'; window.hit = 1</script>
<img src="https://evil.example/x.png" onerror="parent.hit = 1"><form action="https://evil.example/"></form></body></html>`;
const encoded = (text: string): string => Buffer.from(text).toString('base64');

describe.skipIf(chromiumPath === undefined)('resources in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, {
      name: 'doctor',
      grants: 'user/Patient.cruds user/Observation.cruds user/Encounter.rs user/Binary.rs',
    });
    await addUser(login, { name: 'reader', grants: 'user/Patient.rs' });
    const values = [5.1, 6.3, 5.8, 7.2].map((value, i) => ({
      resourceType: 'Observation',
      id: `g${i}`,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '15074-8', display: 'Glucose' }] },
      subject: { reference: 'Patient/p1' },
      effectiveDateTime: `202${i}-0${i + 1}-01`,
      valueQuantity: { value, unit: 'mmol/l' },
    }));
    const encounter = {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
      subject: { reference: 'Patient/p1' },
      period: { start: '2022-05-01' },
    };
    await store(
      login,
      { resourceType: 'Patient', id: 'p1', name: [{ family: '=1+1', given: ['Anna'] }], birthDate: '1970-12-25' },
      { resourceType: 'Patient', id: 'alone', name: [{ family: 'Alone' }] },
      ...values,
      encounter,
      { resourceType: 'Binary', id: 'image', contentType: 'image/png', data: pixel },
      { resourceType: 'Binary', id: 'page', contentType: 'text/html', data: encoded(letter) },
      { resourceType: 'Binary', id: 'pdf', contentType: 'application/pdf', data: encoded('%PDF') },
      { resourceType: 'Binary', id: 'text', contentType: 'text/plain', data: encoded('plain ä text') },
    );
  });

  const open = (path: string, user = 'doctor', options: BrowserContextOptions = desktop) =>
    stage.open(path, user, options);

  it('are created from a template or pasted JSON once the server finds nothing wrong, and only if there is none', async () => {
    const visit = await open('data/Patient');
    const { page } = visit;
    await page.getByRole('link', { name: 'Create' }).click();
    await visit.heading('Create: Patient');
    const posted: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && posted.push(request.url()));
    const text = page.getByLabel('The resource as JSON');
    expect(await text.inputValue()).toContain('"birthDate": ""');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('What the server finds').waitFor();
    expect(await visit.faults('console-create-refused')).toEqual([]);
    expect(posted).toEqual([`${stage.login.fhirBase}/Patient/$validate`]);
    const identifier = [{ system: 'urn:mrn', value: '1' }];
    await text.fill(JSON.stringify({ resourceType: 'Patient', identifier, name: [{ family: 'New' }] }));
    await page.getByLabel('Only if there is none yet').fill('identifier=urn:mrn|1');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('It is created', { exact: true }).waitFor();
    expect(await visit.faults('console-created')).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('There was one already, so nothing was created').waitFor();
    await page.route('**/Patient/$validate', (route) => route.abort());
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('No answer came').waitFor();
    expect(await text.inputValue()).toContain('"New"');
    const found = await stage.login.server.call('GET', 'Patient?identifier=urn:mrn|1', {
      token: stage.login.server.token('user/*.rs'),
    });
    expect(found.body.entry).toHaveLength(1);
    expect((await visit.close()).filter((complaint) => !complaint.includes('ERR_FAILED'))).toEqual([]);
    const reader = await open('data/Patient/_new', 'reader');
    await reader.page.getByLabel('The resource as JSON').fill('{"resourceType":"Patient","active":true}');
    await reader.page.getByRole('button', { name: 'Create' }).click();
    await reader.page.getByText('The server answered 403').waitFor();
    expect(await reader.close()).toEqual([]);
  });

  it('that are typed stay when the login ends, and are created after another one', async () => {
    await addUser(stage.login, { name: 'interrupted', grants: 'user/Patient.cruds' });
    const visit = await open('data/Patient/_new', 'interrupted');
    const { page, context } = visit;
    const typed = '{"resourceType":"Patient","name":[{"family":"Long text"}]}';
    await page.getByLabel('The resource as JSON').fill(typed);
    await accountsOf(stage.login).change('interrupted', { password: smartPassword });
    await page.waitForTimeout(100);
    await page.getByRole('button', { name: 'Create' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your login is over' });
    const link = dialog.getByRole('link', { name: 'Sign in again as interrupted' });
    const [other] = await Promise.all([context.waitForEvent('page'), link.click()]);
    await other.getByLabel('User name').fill('interrupted');
    await other.getByLabel('Password').fill(smartPassword);
    await other.getByRole('button', { name: 'Sign in', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.getByLabel('The resource as JSON').inputValue()).toBe(typed);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('It is created', { exact: true }).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('are deleted after it was said what refers to them, in the version that was seen', async () => {
    const visit = await open('data/Patient/p1');
    const { page } = visit;
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete Patient/p1' });
    await dialog.getByText('5 resources refer to it:').waitFor();
    await dialog.getByRole('link', { name: 'Encounter/e1' }).waitFor();
    expect(await visit.faults('console-delete')).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.goto(`${stage.login.url}/console/data/Patient/alone`);
    await page.getByRole('cell', { name: 'Alone' }).waitFor();
    const token = stage.login.server.token('user/*.cruds');
    const changed = { resourceType: 'Patient', id: 'alone', name: [{ family: 'Changed' }] };
    expect((await stage.login.server.call('PUT', 'Patient/alone', { token, body: changed })).status).toBe(200);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing that you may see refers to it.').waitFor();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('The server answered 412').waitFor();
    await page.reload();
    await page.getByRole('cell', { name: 'Changed' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await visit.heading(/^Patient$/);
    expect((await stage.login.server.call('GET', 'Patient/alone', { token })).status).toBe(410);
    expect(await visit.close()).toEqual([]);
    const reader = await open('data/Patient/p1', 'reader');
    await reader.page.getByRole('button', { name: 'Delete' }).click();
    await reader.page.getByRole('button', { name: 'Delete it' }).click();
    await reader.page.getByText('The server answered 403').waitFor();
    expect(await reader.close()).toEqual([]);
  });

  it('have a history in which two versions are compared', async () => {
    const token = stage.login.server.token('user/*.cruds');
    for (const family of ['One', 'Two', 'Three']) {
      const body = { resourceType: 'Patient', id: 'v', active: true, name: [{ family }], gender: 'female' };
      expect((await stage.login.server.call('PUT', 'Patient/v', { token, body })).status).toBeLessThan(300);
    }
    const visit = await open('data/Patient/v');
    const { page } = visit;
    await page.getByRole('tab', { name: 'History' }).click();
    const diff = page.getByRole('region', { name: 'What differs' });
    await diff.locator('ins', { hasText: 'Three' }).waitFor();
    await diff.locator('del', { hasText: 'Two' }).waitFor();
    expect(await visit.faults('console-diff')).toEqual([]);
    await page.getByLabel('From version').selectOption('1');
    await diff.locator('del', { hasText: 'One' }).waitFor();
    await page.getByLabel('To version').selectOption('1');
    await page.getByText('They are the same.').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('are saved as CSV in which nothing is a formula, and counted by type', async () => {
    const visit = await open('data/Patient#_id=p1');
    const { page } = visit;
    await page.getByText('=1+1, Anna').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save this page as CSV' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('Patient.csv');
    const csv = await readFile(await saved.path(), 'utf8');
    expect(csv).toContain(`"p1","'=1+1, Anna","1970-12-25"`);
    await page.getByRole('link', { name: 'Data' }).first().click();
    await page.getByLabel('Show types with').fill('encount');
    await page.getByRole('button', { name: 'Count 1 type' }).click();
    await page.getByText('1', { exact: true }).waitFor();
    await page.getByLabel('Show types with').fill('condition');
    await page.getByRole('button', { name: 'Count 1 type' }).click();
    await page.getByText('not counted (403)').waitFor();
    expect(await visit.faults('console-counts')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('show the content of a Binary, of which nothing runs', async () => {
    const visit = await open('data/Binary/page');
    const { page } = visit;
    await page.getByRole('tab', { name: 'Preview' }).click();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Letter' }).waitFor();
    await page.getByText('parent.document.title').waitFor();
    expect(await page.evaluate('[window.hit, document.title]')).toEqual([undefined, 'Binary/page – Lanyard']);
    await page.goto(`${stage.login.url}/console/data/Binary/image`);
    await page.getByRole('tab', { name: 'Preview' }).click();
    await page.getByRole('img', { name: 'The content of the Binary' }).waitFor();
    expect(await visit.faults('console-binary')).toEqual([]);
    await page.goto(`${stage.login.url}/console/data/Binary/pdf`);
    await page.getByRole('tab', { name: 'Preview' }).click();
    await page.getByText('Contents of this kind cannot be shown here.').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).click();
    expect(await readFile(await (await saving).path(), 'utf8')).toBe('%PDF');
    await page.goto(`${stage.login.url}/console/data/Binary/text`);
    await page.getByRole('tab', { name: 'Preview' }).click();
    await page.getByText('plain ä text', { exact: true }).waitFor();
    // What the page wanted to do was stopped by the sandbox and the policy, which say so.
    const stopped = /Content Security Policy|Blocked script execution|sandbox/;
    expect((await visit.close()).filter((complaint) => !stopped.test(complaint))).toEqual([]);
  });

  it.each(fewLooks)('of a patient are a timeline with a chart, on a %s', async (device, options) => {
    const visit = await open('data/Patient/p1', 'doctor', options);
    const { page } = visit;
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByRole('img', { name: 'Glucose: 4 values from 5.1 to 7.2 mmol/l' }).waitFor();
    await page.getByRole('row', { name: '2023-04-01 7.2 mmol/l' }).waitFor();
    await page.getByText('Condition (403)').waitFor();
    expect(await visit.faults(`console-timeline-${device}`)).toEqual([]);
    await page.getByLabel('Type').selectOption('Encounter');
    await page.getByRole('row', { name: /ambulatory finished/ }).waitFor();
    await page.getByLabel('Type').selectOption('Procedure');
    await page.getByText('Nothing that you may see happened.').waitFor();
    expect(visit.asked.filter((url) => url.includes('patient='))).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('speak German, and say when the connection is lost', async () => {
    const visit = await open('data/Patient/p1');
    const { page } = visit;
    await visit.speakGerman();
    await page.getByRole('button', { name: 'Löschen' }).waitFor();
    await page.route('**/fhir/r4/', (route) => route.abort());
    await page.getByRole('tab', { name: 'Zeitachse' }).click();
    await page.getByText('Es kam keine Antwort').waitFor();
    await page.unroute('**/fhir/r4/');
    await page.getByRole('button', { name: 'Noch einmal versuchen' }).click();
    await page.getByRole('img', { name: 'Glucose: 4 Werte von 5,1 bis 7,2 mmol/l' }).waitFor();
    expect(await visit.faults('console-timeline-german')).toEqual([]);
    expect((await visit.close()).filter((complaint) => !complaint.includes('ERR_FAILED'))).toEqual([]);
  });

  it('of a patient have Consents in words', async () => {
    await addUser(stage.login, { name: 'counsel', grants: 'user/Patient.rs user/Consent.rs' });
    const visit = await open('data/Patient/p1', 'counsel');
    const { page } = visit;
    await page.getByRole('tab', { name: 'Consents' }).click();
    await page.getByText('There is no Consent of this patient that you may see.').waitFor();
    const codes = (system: string, code: string) => ({
      coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
    });
    await store(stage.login, {
      resourceType: 'Consent',
      id: 'c1',
      status: 'active',
      scope: codes('consentscope', 'patient-privacy'),
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      policyRule: codes('v3-ActCode', 'OPTIN'),
      patient: { reference: 'Patient/p1' },
      provision: {
        type: 'deny',
        actor: [{ role: codes('v3-ParticipationType', 'IRCP'), reference: { reference: 'Practitioner/other' } }],
      },
    });
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.reload();
    await page.getByRole('tab', { name: 'Consents' }).click();
    await page.getByText('Denies for: Practitioner/other').waitFor();
    expect(await visit.faults('console-consents')).toEqual([]);
    expect(visit.asked.filter((url) => url.includes('patient='))).toEqual([]);
    await page.route('**/Consent/_search', (route) => route.abort());
    await page.reload();
    await page.getByRole('tab', { name: 'Consents' }).click();
    await page.getByText('No answer came').waitFor();
    expect((await visit.close()).filter((complaint) => !complaint.includes('ERR_FAILED'))).toEqual([]);
    const reader = await open('data/Patient/p1', 'reader');
    await reader.page.getByRole('tab', { name: 'Consents' }).click();
    await reader.page.getByText('The server answered 403').waitFor();
    expect(await reader.close()).toEqual([]);
  });
});

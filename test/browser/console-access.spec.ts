import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { type ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { aConsent, aLabel, labelled, ofClass } from '../support/consents.js';
import { addUser, registerApp, store } from '../support/smart-login.js';

/** What others may do and would see, asked in the console (docs/adr/0140). */
describe.skipIf(chromiumPath === undefined)('the access of others in the console', () => {
  let app = '';
  const stage = stageConsole(async (login) => {
    const all = { clearance: 'V', consentExempt: true } as const;
    await addUser(login, { name: 'chief', grants: 'user/*.cruds admin/*.cruds', ...all });
    await addUser(login, { name: 'helpdesk', grants: 'admin/User.ru' });
    await addUser(login, { name: 'blind', grants: 'admin/User.r admin/Policy.r admin/Audit.r' });
    await addUser(login, { name: 'doctor', grants: 'user/*.rs user/Observation.cu', clearance: 'N' });
    await addUser(login, { name: 'nobody', grants: '' });
    app = await registerApp(login, 'Growth chart', 'launch/patient patient/Observation.rs');
    const observation = (id: string, changes: object = {}) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: id },
      subject: { reference: 'Patient/p1' },
      ...changes,
    });
    await store(
      login,
      { resourceType: 'Patient', id: 'p1', name: [{ family: 'One' }] },
      observation('o1'),
      observation('o2'),
      observation('o3', labelled(aLabel('R'))),
      { resourceType: 'Condition', id: 'c1', subject: { reference: 'Patient/p1' }, code: { text: 'c1' } },
      { ...aConsent('Patient/p1', { class: [ofClass('Condition')] }), id: 'consent' },
    );
  });
  const open = (path: string, user = 'chief', options?: BrowserContextOptions) => stage.open(path, user, options);

  /** The narrow one in German, whose words are longer. */
  async function openOn(device: string, path: string, options: BrowserContextOptions): Promise<ConsoleVisit> {
    const visit = await open(path, 'chief', options);
    if (device === 'narrow') await visit.speakGerman();
    return visit;
  }

  async function matrixOf(visit: ConsoleVisit, button: string | RegExp): Promise<void> {
    await visit.page.getByRole('button', { name: button }).click();
    await visit.page.getByRole('row', { name: /^Account/ }).waitFor();
  }

  it.each(fewLooks)('is a matrix of types and permissions on the page of a user, on a %s', async (device, options) => {
    const visit = await openOn(device, 'users/user#doctor', options);
    const { page } = visit;
    await visit.heading('doctor');
    // Nothing is asked before somebody wants to know.
    expect(visit.asked.filter((url) => url.includes('/access'))).toEqual([]);
    await matrixOf(visit, /What may this user do\?|Was darf dieser Benutzer\?/);
    await page.getByLabel(/Show types with|Typen zeigen mit/).fill('observation');
    const row = page.getByRole('row', { name: /^Observation/ });
    await row.first().waitFor();
    expect(await visit.faults(`console-access-user-${device}`)).toEqual([]);
    expect(visit.asked.filter((url) => url.includes('/access'))).toHaveLength(1);
    expect(await visit.close()).toEqual([]);
  });

  it('is filtered by type and by permission', async () => {
    const visit = await open('users/user#doctor');
    const { page } = visit;
    await visit.heading('doctor');
    await matrixOf(visit, 'What may this user do?');
    await page.getByLabel('Right to').selectOption('create');
    await page.getByText('1 type', { exact: true }).waitFor();
    expect(await page.getByRole('row', { name: /^Account/ }).count()).toBe(0);
    const cells = (await page.getByRole('row', { name: /^Observation/ }).innerText()).split(/\s+/);
    expect(cells.filter((text) => /^(?:yes|no)$/.test(text))).toEqual(['yes', 'yes', 'yes', 'no', 'yes']);
    await page.getByLabel('Show types with').fill('patient');
    await page.getByText('0 types', { exact: true }).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('goes through an app, and names scopes that are not given', async () => {
    const visit = await open('users/user#doctor');
    const { page } = visit;
    await visit.heading('doctor');
    await matrixOf(visit, 'What may this user do?');
    await page.getByLabel('App', { exact: true }).fill(app);
    await page.getByLabel('Scopes').fill('launch/patient patient/Observation.rs user/Condition.r');
    await page.getByRole('button', { name: 'Show the access' }).click();
    await page.getByText('it is not registered for the client').waitFor();
    await page.getByText('record of Patient/the-patient-in-context').first().waitFor();
    expect(await visit.faults('console-access-app')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('is asked on the page of an app, for one of its users', async () => {
    const visit = await open(`clients/id/${app}`);
    const { page } = visit;
    await visit.heading('Growth chart');
    await page.getByRole('button', { name: 'What may this app do?' }).click();
    await page.getByRole('button', { name: 'Show the access' }).click();
    // An app of users gets no token of its own.
    await page.getByRole('alert').getByText('it is not registered for client_credentials').waitFor();
    expect(await visit.faults('console-access-refused')).toEqual([]);
    await page.getByLabel('User', { exact: true }).fill('doctor');
    await page.getByRole('button', { name: 'Show the access' }).click();
    await page.getByRole('row', { name: /^Observation/ }).waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('says that nothing may be done, and that there is no such user', async () => {
    const visit = await open('why');
    const { page } = visit;
    await page.getByRole('tab', { name: 'Access of others' }).click();
    const ask = page.getByRole('button', { name: 'Show the access' });
    expect(await ask.isDisabled()).toBe(true);
    await page.getByLabel('User', { exact: true }).first().fill('nobody');
    await ask.click();
    await page.getByText('Nothing may be done with FHIR resources.').waitFor();
    expect(await visit.faults('console-access-nothing')).toEqual([]);
    await page.getByLabel('User', { exact: true }).first().fill('unknown');
    await ask.click();
    await page.getByRole('alert').getByText('unknown').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it.each(fewLooks)(
    'of a patient is counted by type, with what keeps the rest back, on a %s',
    async (device, options) => {
      const visit = await openOn(device, 'data/Patient/p1', options);
      const { page } = visit;
      await page.getByRole('link', { name: /What would a user see\?|Was sähe ein Benutzer\?/ }).click();
      await visit.heading(/Why\?|Warum\?/);
      expect(await page.getByLabel('Patient', { exact: true }).inputValue()).toBe('p1');
      // The address tells no log whom it is about.
      expect(page.url()).toBe(`${stage.login.url}/console/why`);
      const panel = page.getByRole('tabpanel', { name: /What they see|Was sie/ });
      await panel.getByLabel(/^(?:User|Benutzer)$/).fill('doctor');
      await panel.getByRole('button', { name: /^(?:Count|Zählen)$/ }).click();
      await page.getByText(/^(?:Labels above the clearance|Vertraulichkeit über der Stufe): 1$/).waitFor();
      await page.getByText(/^(?:Consents|Einwilligungen): 1$/).waitFor();
      const row = page.getByRole('row', { name: /^Observation/ });
      expect(await row.innerText()).toMatch(/2 (?:of|von) 3/);
      expect(await visit.faults(`console-sight-${device}`)).toEqual([]);
      expect(await visit.close()).toEqual([]);
    },
  );

  it('of a patient begins on the page of a user, and refuses a patient whom the administrator may not read', async () => {
    const visit = await open('users/user#doctor', 'blind');
    const { page } = visit;
    await visit.heading('doctor');
    await page.getByRole('link', { name: 'What would this user see of a patient?' }).click();
    const panel = page.getByRole('tabpanel', { name: 'What they see of a patient' });
    expect(await panel.getByLabel('User', { exact: true }).inputValue()).toBe('doctor');
    await panel.getByLabel('Patient', { exact: true }).fill('Patient/p1');
    await panel.getByRole('button', { name: 'Count', exact: true }).click();
    await page.getByRole('alert').getByText('Patient/p1 was not found').waitFor();
    expect(await visit.faults('console-sight-refused')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('is not offered without the rights', async () => {
    const visit = await open('users/user#doctor', 'helpdesk');
    const { page } = visit;
    await visit.heading('doctor');
    expect(await page.getByRole('button', { name: 'What may this user do?' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'What would this user see of a patient?' }).count()).toBe(0);
    await page.goto(`${stage.login.url}/console/why`);
    await visit.heading('Why?');
    expect(await page.getByRole('tab', { name: 'Access of others' }).count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });
});

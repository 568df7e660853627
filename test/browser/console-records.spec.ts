import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { phone } from '../support/console-visit.js';
import { addUser, store } from '../support/smart-login.js';

describe.skipIf(chromiumPath === undefined)('the record of a patient in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'keeper', grants: 'user/*.cruds admin/Data.d' });
    await addUser(login, { name: 'reader', grants: 'user/Patient.rs user/Observation.rs' });
    const observation = (id: string, patient: string) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: id },
      subject: { reference: `Patient/${patient}` },
    });
    await store(
      login,
      { resourceType: 'Patient', id: 'stays', name: [{ family: 'Stays' }] },
      { resourceType: 'Patient', id: 'double', name: [{ family: 'Double' }] },
      { resourceType: 'Patient', id: 'goes', name: [{ family: 'Goes' }] },
      observation('of-double', 'double'),
      observation('of-goes', 'goes'),
    );
  });

  it('is saved whole and as a summary, page by page', async () => {
    const visit = await stage.open('data/Patient/double', 'reader');
    const { page } = visit;
    await page.route('**/$everything**', async (route) => {
      await page.waitForTimeout(500);
      await route.continue();
    });
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the whole record' }).click();
    await page.getByText('0 resources loaded').waitFor();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('Patient-double.ndjson');
    const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\n');
    const resources = lines.map((line) => JSON.parse(line) as { readonly resourceType: string; readonly id?: string });
    expect(resources.flatMap(({ id }) => id ?? []).toSorted()).toEqual(['double', 'of-double']);
    // The file says itself which types the reader may not see.
    expect(resources.map(({ resourceType }) => resourceType)).toContain('OperationOutcome');
    const summarizing = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the summary' }).click();
    const summary = await readFile(await (await summarizing).path(), 'utf8');
    expect(JSON.parse(summary)).toMatchObject({ resourceType: 'Bundle', type: 'document' });
    // Who may not do it is not offered it.
    for (const name of ['Merge a duplicate', 'Erase the record'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(await visit.close()).toEqual([]);
  });

  it('says what the server refuses, and that a record is too long for a browser', async () => {
    const visit = await stage.open('data/Patient/stays', 'reader');
    const { page } = visit;
    await page.route('**/$everything**', (route) =>
      route.fulfill({
        json: {
          entry: [{ resource: {} }],
          link: [{ relation: 'next', url: `${stage.login.url}/fhir/r4/$everything` }],
        },
      }),
    );
    await page.getByRole('button', { name: 'Save the whole record' }).click();
    await page.getByRole('alert').getByText('too long for a browser').waitFor();
    const issue = [{ severity: 'error', code: 'forbidden', diagnostics: 'No summary for you.' }];
    await page.route('**/$summary', (route) =>
      route.fulfill({
        status: 403,
        json: { resourceType: 'OperationOutcome', issue },
        contentType: 'application/fhir+json',
      }),
    );
    await page.getByRole('button', { name: 'Save the summary' }).click();
    expect(await visit.close()).toEqual([]);
  });

  it('takes a duplicate in, after a preview, and gives it back', async () => {
    const visit = await stage.open('data/Patient/stays', 'keeper');
    const { page } = visit;
    await page.getByRole('button', { name: 'Merge a duplicate' }).click();
    const dialog = page.getByRole('dialog');
    const source = dialog.getByLabel('Id of the duplicate');
    await source.fill('nobody');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true);
    await source.fill('Patient/double');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('Observation: 1').waitFor();
    expect(await visit.faults('console-merge-desktop')).toEqual([]);
    const stored = async () => {
      const { body } = await stage.login.server.call('GET', 'Observation/of-double', {
        token: stage.login.server.token('user/*.rs'),
      });
      return (body['subject'] as { readonly reference: string }).reference;
    };
    expect(await stored()).toBe('Patient/double');
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
    await dialog.getByText('They are merged.').waitFor();
    expect(await stored()).toBe('Patient/stays');
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await dialog.getByText('All is as it was before.').waitFor();
    expect(await stored()).toBe('Patient/double');
    expect(await visit.faults('console-merge-undone')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('is erased after a preview and with its id typed, on a phone and in German', async () => {
    const visit = await stage.open('data/Patient/goes', 'keeper', phone);
    const { page } = visit;
    await visit.speakGerman();
    await page.getByRole('button', { name: 'Akte endgültig löschen' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Observation: 1').waitFor();
    const erase = dialog.getByRole('button', { name: 'Endgültig löschen', exact: true });
    expect(await erase.isDisabled()).toBe(true);
    await dialog.getByLabel(/ID eingeben/).fill('stays');
    expect(await erase.isDisabled()).toBe(true);
    await dialog.getByLabel(/ID eingeben/).fill('goes');
    expect(await visit.faults('console-erase-phone')).toEqual([]);
    await erase.click();
    await visit.heading(/^Patient$/);
    const token = stage.login.server.token('user/*.rs');
    for (const path of ['Patient/goes', 'Observation/of-goes'])
      expect((await stage.login.server.call('GET', path, { token })).status).toBe(404);
    expect((await stage.login.server.call('GET', 'Observation/of-double', { token })).status).toBe(200);
    expect(await visit.close()).toEqual([]);
  });
});

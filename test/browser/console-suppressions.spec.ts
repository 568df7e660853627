import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { ConsoleVisit, fewLooks } from '../support/console-visit.js';
import { hostileTexts } from '../support/hostile-text.js';
import { addUser } from '../support/smart-login.js';

const hostile = hostileTexts[1]!;
const rule = { code: 'dom-6', type: 'Observation', reason: hostile, until: '2027-12-31' };

describe.skipIf(chromiumPath === undefined)('suppressed findings in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'officer', grants: 'user/*.cruds admin/Definition.cruds admin/Job.r' });
    await addUser(login, { name: 'watcher', grants: 'user/*.cruds admin/Definition.s' });
    await addUser(login, { name: 'nobody', grants: 'user/*.cruds' });
  });

  const change = async (method: string, name: string, body?: object): Promise<void> => {
    const answer = await stage.login.server.call(method, `/admin/suppression-rules/${name}`, {
      token: stage.login.server.token('admin/Definition.cud'),
      headers: { 'content-type': 'application/json' },
      ...(body && { body }),
    });
    expect(answer.status, answer.text).toBeLessThan(300);
  };

  it.each(fewLooks)('are none at first, and listed with what each matches, on a %s', async (device, options) => {
    const visit = await stage.open('operations', 'officer', options);
    const { page } = visit;
    await page.getByRole('link', { name: 'Suppressed findings' }).click();
    await page.getByText('No finding is suppressed.').waitFor();
    expect(await visit.faults(`console-suppressions-none-${device}`)).toEqual([]);
    const stored = { ...rule, version: 1, changedBy: hostile, changedAt: '2026-01-01T00:00:00Z' };
    const rules = [
      { ...stored, name: 'lab', isOver: false },
      {
        ...stored,
        name: 'old',
        until: '2026-01-31',
        path: 'Patient.name',
        profile: 'http://guide.example/p',
        isOver: true,
      },
    ];
    await page.route('**/admin/suppression-rules', (route) => route.fulfill({ json: { rules } }));
    await page.getByRole('link', { name: 'Packages' }).click();
    await page.getByRole('link', { name: 'Suppressed findings' }).click();
    await page.getByRole('row', { name: /^lab dom-6 .*2027-12-31/ }).waitFor();
    await page.getByRole('row', { name: /^old .*2026-01-31 over/ }).waitFor();
    expect(await visit.faults(`console-suppressions-${device}`)).toEqual([]);
    await page.getByRole('button', { name: 'lab' }).click();
    await page.getByRole('dialog', { name: 'lab' }).getByLabel('Reason').waitFor();
    expect(await visit.faults(`console-suppression-${device}`)).toEqual([]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });

  it('are added, changed and removed; a rule that may not be is refused, and what was typed stays', async () => {
    const visit = await stage.open('operations/suppressions', 'officer');
    const { page } = visit;
    await page.getByRole('button', { name: 'Suppress a finding' }).click();
    const form = page.getByRole('dialog', { name: 'Suppress a finding' });
    await form.getByLabel('Rule').fill('narratives');
    await form.getByLabel('Finding').fill('unknown-element');
    await form.getByLabel('Reason').fill('The lab sends them from January.');
    await form.getByLabel('Last day').fill('2027-12-31');
    await form.getByRole('button', { name: 'Save the rule' }).click();
    await form.getByText(/always counts/).waitFor();
    expect(await visit.faults('console-suppressions-refused')).toEqual([]);
    expect(await form.getByLabel('Reason').inputValue()).toBe('The lab sends them from January.');
    await form.getByLabel('Finding').fill('dom-6');
    await form.getByRole('button', { name: 'Save the rule' }).click();
    await page.getByRole('row', { name: /^narratives dom-6 everywhere 2027-12-31 The lab/ }).waitFor();

    // A new rule replaces none.
    await page.getByRole('button', { name: 'Suppress a finding' }).click();
    await form.getByLabel('Rule').fill('narratives');
    await form.getByLabel('Finding').fill('obs-6');
    await form.getByLabel('Reason').fill('other');
    await form.getByLabel('Last day').fill('2027-12-31');
    await form.getByRole('button', { name: 'Save the rule' }).click();
    await form.getByText('The server answered 412').waitFor();
    await form.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'narratives' }).click();
    const shown = page.getByRole('dialog', { name: 'narratives' });
    await shown.getByRole('row', { name: 'Changed by officer' }).waitFor();
    await shown.getByLabel('Type').fill('Observation');
    await shown.getByRole('button', { name: 'Save the rule' }).click();
    await page.getByRole('row', { name: /^narratives dom-6 Observation/ }).waitFor();
    await page.getByRole('button', { name: 'narratives' }).click();
    await shown.getByRole('button', { name: 'Remove the rule' }).click();
    const question = page.getByRole('dialog', { name: 'Remove the rule' });
    await question.getByRole('button', { name: 'Remove the rule' }).click();
    await page.getByText('No finding is suppressed.').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('begin at a finding of validation, for those who may add a rule', async () => {
    const body = JSON.stringify({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      valueString: 'x',
      dataAbsentReason: { text: 'x' },
    });
    const validated = async (name: string): Promise<ConsoleVisit> => {
      const visit = await stage.open('data/Observation/_new', name);
      await visit.page.getByLabel('Resource as JSON').fill(body);
      await visit.page.getByRole('button', { name: 'Validate' }).click();
      await visit.page.getByText('obs-6').first().waitFor();
      return visit;
    };
    const other = await validated('watcher');
    expect(await other.page.getByRole('button', { name: /^Suppress/ }).count()).toBe(0);
    expect(await other.close()).toEqual([]);
    const visit = await validated('officer');
    const { page } = visit;
    await page.getByRole('button', { name: 'Suppress obs-6 for a time' }).click();
    const form = page.getByRole('dialog', { name: 'Suppress a finding' });
    const typed = await Promise.all(['Rule', 'Finding', 'Type'].map((label) => form.getByLabel(label).inputValue()));
    expect(typed).toEqual(['obs-6-observation', 'obs-6', 'Observation']);
    expect(await visit.faults('console-suppress-finding')).toEqual([]);
    await form.getByLabel('Reason').fill('The lab corrects it.');
    await form.getByLabel('Last day').fill('2027-12-31');
    await form.getByRole('button', { name: 'Save the rule' }).click();
    await form.getByText('The rule obs-6-observation counts until 2027-12-31').waitFor();
    await form.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Validate' }).click();
    await page.getByText('suppressed until 2027-12-31 by the rule').waitFor();
    expect(await page.getByRole('button', { name: /^Suppress obs-6/ }).count()).toBe(0);
    expect(await visit.close()).toEqual([]);
    await change('DELETE', 'obs-6-observation');
  });

  it('are shown to those who may see them, in German too, and say so to others and without an answer', async () => {
    await change('PUT', 'lab', rule);
    const visit = await stage.open('operations/suppressions', 'watcher');
    const { page } = visit;
    await page.getByRole('button', { name: 'lab' }).click();
    const shown = page.getByRole('dialog', { name: 'lab' });
    await shown.getByRole('row', { name: 'Finding dom-6' }).waitFor();
    expect(await shown.getByRole('button', { name: /Save|Remove/ }).count()).toBe(0);
    expect(await visit.faults('console-suppression-shown')).toEqual([]);
    await page.keyboard.press('Escape');
    await visit.speakGerman();
    await visit.heading('Ausnahmen der Validierung');
    expect(await visit.faults('console-suppressions-german')).toEqual([]);
    await page.route('**/admin/suppression-rules', (route) => route.abort());
    await page.getByRole('link', { name: 'Pakete' }).click();
    await page.getByRole('link', { name: 'Ausnahmen der Validierung' }).click();
    await page.getByRole('alert').waitFor();
    expect((await visit.close()).filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
    const other = await stage.open('operations/suppressions', 'nobody');
    await other.heading('You may not use this page');
    await other.page.getByText('admin/Definition.s').waitFor();
    expect(await other.close()).toEqual([]);
    await change('DELETE', 'lab');
  });
});

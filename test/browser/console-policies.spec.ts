import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { ConsoleVisit, desktop, narrow, phone } from '../support/console-visit.js';
import { hostileTexts } from '../support/hostile-text.js';
import { addUser } from '../support/smart-login.js';

const hostile = hostileTexts[1]!;
const none = { shapes: 0, requests: 0 };
const nothingSeen = {
  tried: { ...none, failed: 0 },
  changes: { refused: none, fewer: none, other: none, permitted: none, more: none },
  examples: [],
  notes: [],
};
const editor = (page: Page) => page.getByRole('textbox', { name: /^(Policy|Richtlinie)$/ });
/** The text in the editor: each line is an element. */
const textIn = (page: Page): Promise<string> =>
  page.evaluate(`[...document.querySelectorAll('.cm-line')].map(({ textContent }) => textContent).join('\\n')`);
/** As a person does it: `fill` lets the browser carry styles over, which the policy of the page refuses. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}
/** Suggestions that have just come are not taken by a key that was meant for the text. */
async function takeSuggestion(page: Page): Promise<void> {
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
}
const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
  ['phone', phone],
  ['narrow', narrow],
];

describe.skipIf(chromiumPath === undefined)('policies in the console', () => {
  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'officer', grants: 'admin/Policy.cruds' });
    await addUser(login, { name: 'reader', grants: 'admin/Policy.rs' });
  });

  it('are checked by the server before they count, changed by version, and removed with their versions kept', async () => {
    const visit = await stage.open('policies', 'officer');
    const { page } = visit;
    await page.getByText('There are no policies').waitFor();
    await page.getByRole('link', { name: 'Add a policy' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('final-only');
    const text = editor(page);
    await text.fill('{');
    await page.getByRole('button', { name: 'Check and save' }).click();
    await page.getByText('This is neither JSON nor YAML').waitFor();
    const policy = {
      description: hostile,
      assignedTo: { users: ['somebody'] },
      rules: [{ types: ['Observation'], permissions: 'rs', constrain: 'no-such=final' }],
    };
    await text.fill(JSON.stringify(policy));
    await page.getByRole('button', { name: 'Check and save' }).click();
    await page
      .getByRole('alert')
      .getByText(/no-such/)
      .waitFor();
    expect(await visit.faults('console-policy-new')).toEqual([]);
    await text.fill(JSON.stringify(policy).replace('no-such', 'status'));
    await page.getByRole('button', { name: 'Check and save' }).click();
    await visit.heading('final-only');
    await page.getByText('Limits Observation (rs) to what status=final finds').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    expect(JSON.parse(await textIn(page))).toMatchObject({ rules: [{ permissions: 'rs' }] });
    await text.fill(JSON.stringify(policy).replace('no-such=final', 'status=amended'));
    await page.getByRole('button', { name: 'Check and save' }).click();
    await page.getByText('Limits Observation (rs) to what status=amended finds').waitFor();
    await page.getByRole('button', { name: /Version 1 by officer/ }).click();
    await page
      .getByRole('region', { name: /Version 1 by officer/ })
      .getByText(/status=final/)
      .waitFor();
    await page.getByRole('button', { name: /Version 2 by officer/ }).click();
    const second = page.getByRole('region', { name: /Version 2 by officer/ });
    await second.locator('del', { hasText: 'status=final' }).waitFor();
    await second.locator('ins', { hasText: 'status=amended' }).waitFor();
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.faults('console-policy-desktop')).toEqual([]);
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('There are no policies').waitFor();
    await page.goto(`${stage.login.url}/console/policies/name/final-only`);
    await page.getByRole('button', { name: /removed by officer/ }).waitFor();
    await page.getByRole('alert').getByText('The server answered 404').waitFor();
    expect(await visit.close()).toEqual([]);
  });

  it('are written with suggestions from the schema, by keyboard alone, as JSON or YAML; findings have their line', async () => {
    const visit = await stage.open('policies/new', 'officer');
    const { page } = visit;
    const text = editor(page);
    await write(page, '');
    await page.keyboard.type('{ ');
    await page.keyboard.press('Control+Space');
    const suggestions = page.getByRole('listbox', { name: 'Suggestions' });
    await suggestions.getByRole('option', { name: 'description' }).waitFor();
    await page.keyboard.type('rul');
    await suggestions.getByRole('option', { name: 'rules' }).waitFor();
    await takeSuggestion(page);
    await page.keyboard.type('ty');
    await suggestions.getByRole('option', { name: 'types' }).waitFor();
    expect(await visit.faults('console-policy-suggest')).toEqual([]);
    await takeSuggestion(page);
    await page.keyboard.type('Obser');
    await suggestions.getByRole('option', { name: 'Observation', exact: true }).waitFor();
    await takeSuggestion(page);
    expect(await textIn(page)).toBe('{ "rules": [{ "types": ["Observation"] }]');
    const findings = page.getByRole('status', { name: 'Findings' });
    await findings.getByRole('button', { name: 'Line 1' }).first().waitFor();
    // Tab leaves, in both directions.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await text.evaluate((element) => element.ownerDocument.activeElement !== element)).toBe(true);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    expect(await text.evaluate((element) => element.ownerDocument.activeElement !== element)).toBe(true);
    const rule = { types: ['Observation'], constrain: 'no-such=final' };
    await write(page, JSON.stringify({ description: hostile, assignedTo: { everyone: true }, rules: [rule] }, null, 2));
    await findings.getByRole('listitem').waitFor({ state: 'detached' });
    await page.getByText('YAML', { exact: true }).click();
    await page.locator('.cm-line', { hasText: '- types:' }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('yaml');
    await page.getByRole('button', { name: 'Check and save' }).click();
    const line = (await textIn(page)).split('\n').findIndex((one) => one.includes('no-such')) + 1;
    await findings.getByRole('button', { name: `Line ${line}` }).click();
    await page.locator('.cm-lintRange-error', { hasText: 'no-such' }).waitFor();
    expect(await page.evaluate('getSelection().toString()')).toContain('constrain: no-such=final');
    expect(await visit.faults('console-policy-findings')).toEqual([]);
    await write(page, readFileSync('docs/policies/care-team.yaml', 'utf8'));
    await findings.getByText('"policyGroups" is not known here.').waitFor();
    await page.setViewportSize(narrow.viewport);
    await visit.speakGerman();
    await page.getByText('„policyGroups“ ist hier nicht bekannt.').waitFor();
    expect(await visit.faults('console-policy-findings-narrow')).toEqual([]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });

  it('are written without suggestions where the schema does not come, and are checked all the same', async () => {
    const visit = await ConsoleVisit.open(stage.browser, stage.login.url, 'policies/new', {
      ...phone,
      colorScheme: 'dark',
    });
    const { page } = visit;
    await page.route('**/policy-schema', (route) => route.fulfill({ status: 404, json: { error: 'not_found' } }));
    await visit.signIn('officer');
    await page.getByText('There are no suggestions now').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('no-schema');
    await write(page, 'rules: []');
    await page.getByRole('button', { name: 'Check and save' }).click();
    await page
      .getByRole('alert')
      .getByText(/description:/)
      .waitFor();
    expect(await visit.faults('console-policy-no-schema')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('are tried on the requests of lately before they count: empty, slow, without an effect, with one, and refused', async () => {
    const visit = await stage.open('policies/new', 'officer');
    const { page } = visit;
    await page.getByRole('textbox', { name: 'Name' }).fill('tried');
    const text = editor(page);
    const fill = (rule: object, assignedTo: object = { everyone: true }) =>
      text.fill(JSON.stringify({ description: hostile, assignedTo, rules: [rule] }));
    const tryIt = page.getByRole('button', { name: 'Try it' });
    const result = page.getByRole('region', { name: 'What would change' });
    await page.route('**/policy-trials', (route) => route.fulfill({ json: nothingSeen }), { times: 1 });
    await tryIt.click();
    await result.getByText('No requests were seen yet').waitFor();
    expect(await visit.faults('console-policy-try-empty')).toEqual([]);
    await stage.login.server.call('GET', 'Encounter?status=planned', {
      token: stage.login.server.token('user/*.rs', { client_id: 'tried-app' }),
    });
    await fill({ types: ['Slot'], deny: 'No.' });
    await page.route('**/policy-trials', async (route) => {
      await page.waitForTimeout(500);
      await route.continue();
    });
    await tryIt.click();
    await page.getByText('The requests of lately are decided again').waitFor();
    await result.getByText('Nothing changes for any of them.').waitFor();
    await fill({ types: ['Encounter'], deny: hostile });
    await tryIt.click();
    await result.getByRole('cell', { name: /tried-app/ }).waitFor();
    await result.getByText('Refused from then on:').waitFor();
    await result.getByText(/policy tried: denied/).waitFor();
    expect(await visit.faults('console-policy-try-desktop')).toEqual([]);
    await fill({ types: ['Encounter'], constrain: 'no-such=x' });
    await tryIt.click();
    await page
      .getByRole('alert')
      .getByText(/no-such/)
      .waitFor();
    await text.fill('{');
    await tryIt.click();
    await page.getByText('This is neither JSON nor YAML').waitFor();
    await page.setViewportSize(phone.viewport);
    await visit.speakGerman();
    await fill({ types: ['Encounter'], deny: hostile });
    await page.getByRole('button', { name: 'Ausprobieren' }).click();
    await page.getByText('Wird dann abgelehnt:').waitFor();
    expect(await visit.faults('console-policy-try-phone')).toEqual([]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });

  it('are refused where nobody could take them back, and the trial says so', async () => {
    await addUser(stage.login, { name: 'chief', grants: 'admin/Policy.cruds user/*.rs' });
    const visit = await stage.open('policies/new', 'chief');
    const { page } = visit;
    await page.getByRole('textbox', { name: 'Name' }).fill('all');
    await editor(page).fill(
      JSON.stringify({
        description: 'd',
        assignedTo: { users: ['chief', 'admin'] },
        rules: [{ types: ['Patient'], deny: 'No.' }],
      }),
    );
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('region', { name: 'What would change' }).waitFor();
    // The officer has no scopes for data, so he can take it back.
    expect(await page.getByText('It would not be stored').count()).toBe(0);
    await page.route('**/policy-trials', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        json: {
          ...((await answer.json()) as object),
          tried: { shapes: 9_998, requests: 12_000, failed: 0, isFull: true, leftOut: 2 },
          lockedOut: `${hostile} could not be taken back`,
        },
      });
    });
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('alert').getByText('It would not be stored').waitFor();
    await page.getByText('2 more kinds, seen longer ago, were not tried').waitFor();
    await page.getByText('Only the kinds seen last are kept').waitFor();
    expect(await visit.faults('console-policy-try-locked')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it.each(looks)('can be looked at by who may not change them, on a %s', async (device, options) => {
    const form = {
      description: hostile,
      assignedTo: { groups: ['nurses'] },
      rules: [{ mask: ['Patient.telecom'] }, { types: ['*'], deny: hostile }],
    };
    const officer = await stage.login.server.call('POST', 'login', {
      body: { user: 'officer', password: 'correct horse battery' },
    });
    const token = officer.body['access_token'] as string;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const put = await fetch(`${stage.login.issuer}/policies/masked`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(form),
    });
    expect(put.status).toBe(200);
    const visit = await stage.open('policies', 'reader', options);
    const { page } = visit;
    await page.getByRole('cell', { name: hostile }).waitFor();
    expect(await visit.faults(`console-policies-${device}`)).toEqual([]);
    await page.getByRole('link', { name: 'masked' }).click();
    await page.getByText('Takes out Patient.telecom').waitFor();
    await page.getByText(`Refuses all types: ${hostile}`).waitFor();
    expect(await page.getByRole('button', { name: 'Change' }).count()).toBe(0);
    expect(await visit.faults(`console-policy-${device}`)).toEqual([]);
    await page.goto(`${stage.login.url}/console/policies/new`);
    await visit.heading('You may not use this page');
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(await visit.close()).toEqual([]);
  });
});

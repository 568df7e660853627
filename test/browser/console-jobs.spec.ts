import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { create } from 'tar';
import { afterAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { fewLooks } from '../support/console-visit.js';
import { aParameter, aValueSet, packagesFolder, writePackage } from '../support/fhir-package.js';
import { hostileTexts } from '../support/hostile-text.js';
import { addUser } from '../support/smart-login.js';

const hostile = hostileTexts[1]!;
const job = {
  id: 'j1',
  kind: 'export',
  operation: '$export',
  requester: hostile,
  state: 'running',
  status: null,
  progress: 'half of it',
  created: '2026-01-01T00:00:00Z',
  finished: null,
  resources: 500,
  bytes: 12_345,
  totalResources: 1000,
  totalBytes: null,
};
const indexJob = {
  id: 7,
  kind: 'reindex',
  types: ['Patient', 'Observation'],
  state: 'running',
  percent: 40,
  reason: null,
  created: '2026-01-01T00:00:00Z',
  finished: null,
};

describe.skipIf(chromiumPath === undefined)('jobs and packages in the console', () => {
  let folder: string;

  const stage = stageConsole(async (login) => {
    await addUser(login, { name: 'operator', grants: 'user/*.rs admin/Job.cruds admin/Definition.cruds' });
    await addUser(login, { name: 'watcher', grants: 'admin/Job.r admin/Definition.s' });
    await addUser(login, { name: 'nobody', grants: 'user/*.rs' });
    folder = await packagesFolder();
    const resources = [aValueSet, aParameter];
    await writePackage(folder, { name: 'guide.example', version: '1.0.0', resources });
    await mkdir(join(folder, 'packed'));
    const cwd = join(folder, 'guide.example#1.0.0');
    await create({ gzip: true, cwd, file: join(folder, 'packed', 'guide.tgz') }, ['package']);
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function choose(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    const chooser = page.waitForEvent('filechooser');
    await page.getByLabel('File of the package (.tgz)').click();
    await (await chooser).setFiles(file);
  }

  it.each(fewLooks)('show progress and what a package would change, on a %s', async (device, options) => {
    const visit = await stage.open('operations', 'operator', options);
    const { page } = visit;
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByText('There are no jobs.').waitFor();
    expect(await visit.faults(`console-jobs-none-${device}`)).toEqual([]);
    const failed = { ...job, id: 'j2', state: 'done', status: 500, progress: null };
    const answer = {
      jobs: [job, failed],
      indexing: [indexJob, { ...indexJob, id: 6, state: 'failed', reason: hostile }],
    };
    await page.route('**/admin/jobs', (route) => route.fulfill({ json: answer }));
    await page.getByRole('progressbar', { name: 'Progress of job j1' }).waitFor();
    expect(await page.getByRole('progressbar', { name: 'Progress of job j1' }).getAttribute('aria-valuenow')).toBe(
      '50',
    );
    await page.getByText('40 %').waitFor();
    await page.getByText('failed (500)').waitFor();
    await page.getByText(hostile, { exact: true }).first().waitFor();
    expect(await visit.faults(`console-jobs-${device}`)).toEqual([]);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    await page.getByRole('link', { name: 'Packages' }).click();
    await page.getByText('No package is installed.').waitFor();
    await choose(page, join(folder, 'packed', 'guide.tgz'));
    await page.getByRole('button', { name: 'What would it change?' }).click();
    await page.getByRole('row', { name: /Definitions by type .*ValueSet: 1/ }).waitFor();
    expect(await visit.faults(`console-packages-plan-${device}`)).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });

  it('cancel a job, tell of a lost connection, and say who may not', async () => {
    const token = stage.login.server.token('system/*.rs', { sub: 'robot', client_id: 'robot' });
    const headers = { prefer: 'respond-async', accept: 'application/fhir+json' };
    const begun = await stage.login.server.call('GET', '$export?_type=Patient', { token, headers });
    expect(begun.status).toBe(202);
    const visit = await stage.open('operations/jobs', 'operator');
    const { page } = visit;
    const row = page.getByRole('row', { name: /\$export client robot/ });
    await row.waitFor();
    await row.getByRole('button').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^(?:Cancel|Remove) the job$/ })
      .click();
    await page.getByText('There are no jobs.').waitFor();
    const place = String(begun.headers['content-location']).replace(/^.*fhir\/r4\//, '');
    expect((await stage.login.server.call('GET', place, { token })).status).toBe(404);
    await page.route('**/admin/jobs', (route) => route.abort());
    await page.getByText('No answer came').waitFor();
    await page.unroute('**/admin/jobs');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No answer came').waitFor({ state: 'hidden' });
    expect((await visit.close()).filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
    const other = await stage.open('operations/jobs', 'nobody');
    await other.heading('You may not use this page');
    await other.page.getByText('admin/Job.r').waitFor();
    expect(await other.close()).toEqual([]);
  });

  it('install a package from a file, show it, and remove it; refuse what is none', async () => {
    const visit = await stage.open('operations/packages', 'operator');
    const { page } = visit;
    await choose(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') });
    await page.getByText('A FHIR package is a file that ends in .tgz.').waitFor();
    await page.getByRole('button', { name: 'Choose no file' }).click();
    await choose(page, { name: 'wrong.tgz', mimeType: 'application/gzip', buffer: Buffer.from('not packed') });
    await page.getByRole('button', { name: 'What would it change?' }).click();
    await page
      .getByRole('alert')
      .getByText(/The server answered 4\d\d/)
      .waitFor();
    expect(await visit.faults('console-packages-refused')).toEqual([]);
    await page.getByRole('button', { name: 'Choose no file' }).click();
    await choose(page, join(folder, 'packed', 'guide.tgz'));
    await page.getByRole('button', { name: 'What would it change?' }).click();
    await page.getByText('What would change').waitFor();
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByText('guide.example@1.0.0 is installed').waitFor();
    await page.getByRole('button', { name: 'guide.example@1.0.0' }).click();
    const dialog = page.getByRole('dialog', { name: 'guide.example@1.0.0' });
    await dialog.getByRole('row', { name: 'Installed by operator' }).waitFor();
    expect(await visit.faults('console-package')).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove the package' }).click();
    await page
      .getByRole('dialog', { name: 'Remove the package' })
      .getByRole('button', { name: 'Remove the package' })
      .click();
    await page.getByText('No package is installed.').waitFor();
    expect(await visit.close()).toEqual([]);
    const other = await stage.open('operations/packages', 'watcher');
    await other.page.getByText('No package is installed.').waitFor();
    expect(await other.page.getByRole('heading', { name: 'Install a package' }).count()).toBe(0);
    expect(await other.close()).toEqual([]);
  });

  it('speak German', async () => {
    const visit = await stage.open('operations/jobs', 'operator');
    await visit.speakGerman();
    await visit.page.getByText('Es gibt keine Jobs.').waitFor();
    await visit.page.getByRole('link', { name: 'Pakete' }).click();
    await visit.page.getByText('Es ist kein Paket installiert.').waitFor();
    expect(await visit.faults('console-packages-german')).toEqual([]);
    expect(await visit.close()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { stageConsole } from '../support/console-stage.js';
import { ConsoleVisit, fewLooks, phone } from '../support/console-visit.js';
import { addUser, startLoginServer, store } from '../support/smart-login.js';

describe.skipIf(chromiumPath === undefined)('the plan of a search in the console', () => {
  const stage = stageConsole(
    async (login) => {
      await addUser(login, { name: 'operator', grants: 'user/*.rs admin/Job.r' });
      await addUser(login, { name: 'partly', grants: 'user/Patient.rs admin/Job.r' });
      await addUser(login, { name: 'doctor', grants: 'user/*.rs' });
      const patients = Array.from({ length: 5 }, (_, i) => ({
        resourceType: 'Patient',
        id: `p${i}`,
        name: [{ family: 'Hart' }],
      }));
      await store(login, ...patients);
    },
    { SEARCH_EXPLAIN: 'on' },
  );

  it.each(fewLooks)('is drawn as a tree with times, rows and shares, on a %s', async (device, options) => {
    const visit = await stage.open('data/Patient#family=hart', 'operator', options);
    const { page } = visit;
    await page.getByRole('button', { name: 'How the server searches' }).click();
    const plan = page.getByRole('region', { name: 'Plan of this search' });
    const steps = plan.getByRole('list', { name: 'Steps of the plan' });
    await page
      .getByText(/ms, \d+ % of the time; rows: 5/)
      .first()
      .waitFor();
    expect(await steps.getByRole('listitem').count()).toBeGreaterThan(1);
    await plan.getByText('The statement (SQL)').first().click();
    await plan
      .getByText(/^WITH|^SELECT/)
      .first()
      .waitFor();
    expect(await visit.faults(`console-plan-${device}`)).toEqual([]);
    if (device === 'narrow') {
      await visit.speakGerman();
      await page
        .getByText(/% der Zeit/)
        .first()
        .waitFor();
      expect(await visit.faults(`console-plan-${device}-german`)).toEqual([]);
    }
    expect(await visit.close()).toEqual([]);
  });

  it('is for those who have both rights: others see no button, or why not', async () => {
    const doctor = await stage.open('data/Patient', 'doctor');
    await doctor.page.getByRole('cell', { name: 'p0' }).first().waitFor();
    expect(await doctor.page.getByRole('button', { name: 'How the server searches' }).count()).toBe(0);
    expect(await doctor.close()).toEqual([]);
    const partly = await stage.open('data/Patient', 'partly', phone);
    await partly.page.getByRole('button', { name: 'How the server searches' }).click();
    await partly.page.getByRole('alert').getByText('for users with user/*.s and admin/Job.r').waitFor();
    expect(await partly.faults('console-plan-refused')).toEqual([]);
    expect(await partly.close()).toEqual([]);
  });

  it('says so where access limits rows, and where the setting is off', async () => {
    const visit = await stage.open('data/Patient', 'operator');
    const { page } = visit;
    const withheld = 'The access limits rows; a plan would count those out of reach.';
    await page.route(
      '**/Patient?_explain=true',
      (route) =>
        route.fulfill({
          json: {
            resourceType: 'Parameters',
            parameter: [{ name: 'statement', part: [{ name: 'withheld', valueString: withheld }] }],
          },
        }),
      { times: 1 },
    );
    await page.getByRole('button', { name: 'How the server searches' }).click();
    await page.getByRole('note').getByText(withheld).waitFor();
    expect(await visit.faults('console-plan-withheld')).toEqual([]);
    expect(await visit.close()).toEqual([]);
    const off = await startLoginServer();
    try {
      await addUser(off, { name: 'operator', grants: 'user/*.rs admin/Job.r' });
      const bare = await ConsoleVisit.openAs(stage.browser, off.url, { path: 'data/Patient', user: 'operator' });
      await bare.page.getByRole('button', { name: 'How the server searches' }).click();
      await bare.page.getByRole('alert').getByText('SEARCH_EXPLAIN=on').waitFor();
      expect(await bare.close()).toEqual([]);
    } finally {
      await off.close();
    }
  });
});

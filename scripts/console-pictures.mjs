// @ts-check
// Makes the pictures of docs/console.md: a built server with a few made-up patients, in Chromium. `npm run build && node scripts/console-pictures.mjs`
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Issuer } from '../bench/issuer.mjs';
import { adminPassword, withLanyard } from '../bench/lanyard.mjs';

const folder = join(import.meta.dirname, '..', 'docs', 'pictures');
const families = ['Adler', 'Berg', 'Castillo', 'Doe', 'Eriksson', 'Fontaine', 'Garcia', 'Haas'];

/** @param {import('../bench/lanyard.mjs').Lanyard} server */
async function fill(server) {
  const authorization = `Bearer ${await server.logIn()}`;
  const entry = families.flatMap((family, n) => {
    const id = `p${n + 1}`;
    const name = [{ family, given: [n % 2 ? 'Robin' : 'Alex'] }];
    const patient = {
      resourceType: 'Patient',
      id,
      name,
      gender: n % 2 ? 'female' : 'male',
      birthDate: `19${50 + n}-0${n + 1}-1${n}`,
    };
    const coding = [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }];
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding },
      subject: { reference: `Patient/${id}` },
      effectiveDateTime: `2026-0${n + 1}-01T08:00:00Z`,
      valueQuantity: { value: 60 + n * 3, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    };
    const labelled = {
      ...observation,
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    };
    const condition = { resourceType: 'Condition', code: { text: 'Asthma' }, subject: { reference: `Patient/${id}` } };
    return [
      { resource: labelled, request: { method: 'POST', url: 'Observation' } },
      { resource: condition, request: { method: 'POST', url: 'Condition' } },
      { resource: patient, request: { method: 'PUT', url: `Patient/${id}` } },
      { resource: observation, request: { method: 'POST', url: 'Observation' } },
    ];
  });
  const answer = await fetch(server.base, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
  });
  if (answer.status !== 200) throw new Error(await answer.text());
  const jane = { name: 'dr-jane', grants: 'user/Patient.rs user/Observation.cruds', clearance: 'N' };
  const made = await fetch(`${server.origin}/oauth2/users`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(jane),
  });
  if (made.status !== 201) throw new Error(await made.text());
}

/** @typedef {{ page: import('playwright-core').Page, origin: string, take: (name: string) => Promise<void> }} Visit */

/** @param {Visit} visit */
async function signIn({ page, origin }) {
  await page.goto(`${origin}/console/`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('header').getByRole('button', { name: 'admin' }).waitFor();
}

/** Below the header of the console. @param {import('playwright-core').Locator} place */
const scrollTo = async (place) => {
  const { y = 0 } = (await place.boundingBox()) ?? {};
  await place.page().mouse.wheel(0, y - 110);
};

/** @param {Visit} visit @param {string} token */
async function why({ page, take }, token) {
  await page.getByRole('link', { name: 'Why?' }).first().click();
  await page
    .getByLabel(/^Access token|^Token/)
    .first()
    .fill(token);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByText('GET Patient is refused').waitFor();
  await scrollTo(page.getByText('GET Patient is refused'));
  await take('why');
}

/** @param {Visit} visit */
async function quickstart({ page, take }) {
  await page.getByRole('link', { name: 'Quickstart' }).first().click();
  for (let step = 0; step < 3; step++) await page.getByRole('button', { name: 'Next step' }).click();
  await page.getByRole('button', { name: /Make a key pair/ }).click();
  await page.getByText('The service is registered with its public key').waitFor();
  await page.getByRole('button', { name: 'Next step' }).click();
  await page.getByRole('button', { name: /Get a token for the service/ }).click();
  await page.getByText('It works: 200').waitFor();
  await take('quickstart');
}

/** @param {Visit} visit */
async function data({ page, take }) {
  await page.getByRole('link', { name: 'Data' }).first().click();
  await page.getByRole('link', { name: 'Observation', exact: true }).click();
  await scrollTo(page.getByText('The query as text'));
  await page.getByText('Heart rate').first().waitFor();
  await take('data');
}

/** @param {Visit} visit */
async function access({ page, take }) {
  await page.getByRole('link', { name: 'Why?' }).first().click();
  await page.getByRole('tab', { name: 'Access of others' }).click();
  await page.getByRole('tabpanel').getByLabel('User', { exact: true }).fill('dr-jane');
  await page.getByRole('button', { name: 'Show the access' }).click();
  await page.getByRole('row', { name: /^Observation/ }).waitFor();
  await scrollTo(page.getByRole('button', { name: 'Show the access' }));
  await take('access');
  await page.mouse.wheel(0, -10_000);
  await page.getByRole('tab', { name: 'What they see of a patient' }).click();
  const sight = page.getByRole('tabpanel', { name: 'What they see of a patient' });
  await sight.getByLabel('Patient').fill('p1');
  await sight.getByLabel('User', { exact: true }).fill('dr-jane');
  const show = sight.getByRole('button', { name: 'Count', exact: true });
  await show.click();
  await sight.getByRole('table').last().waitFor();
  await scrollTo(show);
  await take('sight');
}

await withLanyard(async (server) => {
  await fill(server);
  const issuer = await Issuer.start();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    mkdirSync(folder, { recursive: true });
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1120, height: 760 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const visit = {
      page,
      origin: server.origin,
      take: async (/** @type {string} */ name) => {
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(folder, `console-${name}.png`) });
      },
    };
    await signIn(visit);
    await why(visit, issuer.token('account', 'user/Patient.r', 'jane'));
    await quickstart(visit);
    await data(visit);
    await access(visit);
  } finally {
    await browser.close();
    issuer.close();
  }
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import { loginsOf, scopesOf } from '../support/begun-login.js';
import { addUser, type LoginServer, registerApp, startLoginServer, store } from '../support/smart-login.js';

const lab = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

let login: LoginServer;
let clientId: string;

beforeAll(async () => {
  login = await startLoginServer();
  clientId = await registerApp(login, 'Growth chart', 'launch/patient patient/*.cruds');
  await store(
    login,
    { resourceType: 'Patient', id: 'p2', name: [{ family: 'Chalmers', given: ['Bertha'] }] },
    { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Hart' }] },
  );
  await addUser(login, { name: 'doctor', grants: 'user/*.cruds', fhirUser: 'Practitioner/dr' });
  await addUser(login, { name: 'reader', grants: 'user/Patient.rs user/Observation.rs' });
  await addUser(login, { name: 'bertha', grants: 'user/*.rs', fhirUser: 'Patient/p2' });
});
afterAll(() => login.close());

const { begin, beginAs, allow } = loginsOf(() => ({ login, clientId }));

describe('the patient picker', () => {
  it('has families in order, then given names, then birth dates, page by page and back', async () => {
    const named = (id: string, family: string, given: string, birthDate: string) => ({
      resourceType: 'Patient',
      id,
      name: [{ family, given: [given] }],
      birthDate,
    });
    const many = Array.from({ length: 24 }, (_, i) => named(`zoe${i}`, 'Zwan', 'Zoe', `19${70 + i}-01-01`));
    await store(
      login,
      named('zb', 'Zwan', 'Anton', '1990-01-01'),
      named('za', 'Zander', 'Zoe', '1990-01-01'),
      ...many.toReversed(),
    );
    const { browser, page } = await beginAs('doctor', 'launch/patient patient/Patient.rs');
    const first = await browser.submit(page, '/patients', { name: 'z' });
    const wanted = ['za', 'zb', ...many.map(({ id }) => id)];
    expect(first.values('patient')).toEqual(wanted.slice(0, 20));
    expect(first.text).toContain('Zander, Zoe');
    const [next] = first.values('page');
    const turn = (from: ShownPage, to: string | undefined) =>
      browser.post(new URL(`${page.url.href}/patients`), {
        form_token: from.forms[0]!.fields['form_token']!,
        name: 'z',
        page: to ?? '',
      });
    const second = await turn(first, next);
    expect(second.values('patient')).toEqual(wanted.slice(20));
    expect((await turn(second, second.values('page')[0])).values('patient')).toEqual(wanted.slice(0, 20));
    // A page of another search, or a forged one: the list starts anew and says so.
    for (const forged of ['x', next!.slice(0, -2)]) {
      const again = await turn(second, forged);
      expect(again.answer.status).toBe(200);
      expect(again.text).toContain('The list starts anew');
      expect(again.values('patient')).toEqual(wanted.slice(0, 20));
    }
    const foreign = await browser.post(new URL(`${page.url.href}/patients`), {
      form_token: first.forms[0]!.fields['form_token']!,
      name: 'zander',
      page: next!,
    });
    expect(foreign.values('patient')).toEqual(['za']);
    // Nobody else turns the pages of this user.
    const reader = await beginAs('reader', 'launch/patient patient/Patient.rs');
    const stolen = await reader.browser.submit(reader.page, '/patients', { name: 'z', page: next! });
    expect(stolen.text).toContain('The list starts anew');
  });
});

describe('the consent', () => {
  it('gives nothing below an empty box, whatever is ticked there', async () => {
    const begun = await beginAs('bertha', 'launch/patient patient/*.rs');
    const box = begun.page.values('box').filter((one) => one !== 'patient:see:health');
    expect(box).toContain('patient:see:*');
    const granted = scopesOf(await allow(begun, { box }));
    expect(granted).toContain('patient/Observation.rs');
    for (const type of ['Condition', 'AllergyIntolerance', 'Procedure'])
      expect(granted).not.toContain(`patient/${type}.rs`);
    const { browser, page } = await beginAs('bertha', 'launch/patient patient/*.rs');
    const without = {
      box: page.values('box').filter((one) => one !== 'patient:see:*'),
      only: [`patient/Observation.rs?${lab}`],
    };
    const again = await browser.submit(page, '/consent', { ...without, decision: 'allow' });
    expect(again.answer.status).toBe(422);
    expect(again.text).toContain('Nothing is ticked');
  });

  it('shares nothing of a type when neither all kinds nor any are ticked', async () => {
    const begun = await beginAs('bertha', 'launch/patient patient/Observation.rs patient/Patient.rs');
    const tokens = await allow(begun, { keep: ['patient/Patient.rs'], only: [] });
    expect(scopesOf(tokens)).toEqual(['launch/patient', 'patient/Patient.rs']);
  });
});

describe('the pages', () => {
  it.each([
    ['de-CH,de;q=0.9,en;q=0.5', {}, 'de', 'Anmelden'],
    ['en', { ui_locales: 'fr de' }, 'de', 'Anmelden'],
    ['de', { ui_locales: 'en-GB' }, 'en', 'Sign in'],
    ['fr', {}, 'en', 'Sign in'],
  ])('are in the language of the browser, or in that of ui_locales: %s, %j', async (accepted, asked, lang, title) => {
    const { browser, page } = await begin(
      'launch/patient patient/Patient.rs',
      asked,
      new FormBrowser(undefined, accepted),
    );
    expect(page.title).toBe(title);
    const failed = await browser.submit(page, '/login', { name: 'x', password: 'y' });
    const lost = await browser.open(`${login.issuer}/interaction/unknown`);
    expect(failed.text).toContain(`<html lang="${lang}">`);
    expect(lost.text).toContain(`<html lang="${accepted.startsWith('de') ? 'de' : 'en'}">`);
  });
});

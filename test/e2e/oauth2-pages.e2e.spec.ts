import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Launches } from '../../src/oauth2/launch/launch-context.js';
import { startServer } from '../support/server.js';
import { FormBrowser } from '../support/form-browser.js';
import { loginsOf, scopesOf } from '../support/begun-login.js';
import {
  accountsOf,
  addUser,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
  store,
} from '../support/smart-login.js';

const scopes = 'openid fhirUser launch launch/patient launch/encounter offline_access patient/*.cruds user/*.cruds';
const lab = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

let login: LoginServer;
let clientId: string;

beforeAll(async () => {
  login = await startLoginServer();
  clientId = await registerApp(login, 'Growth chart', scopes);
  const person = (id: string, links: readonly string[], more: object = {}) => ({
    resourceType: 'Person',
    id,
    link: links.map((reference) => ({ target: { reference } })),
    ...more,
  });
  const patient = (id: string, given: string, birthDate: string, more: object = {}) => ({
    resourceType: 'Patient',
    id,
    name: [{ use: 'official', family: 'Chalmers', given: [given] }],
    birthDate,
    gender: 'female',
    identifier: [{ system: 'urn:mrn', value: `MRN-${id}` }],
    ...more,
  });
  const relative = (id: string, of: string, more: object = {}) => ({
    resourceType: 'RelatedPerson',
    id,
    patient: { reference: `Patient/${of}` },
    ...more,
  });
  await store(
    login,
    patient('p1', 'Anna', '1974-12-25'),
    patient('p2', 'Bertha', '1980-01-02'),
    patient('child', 'Clara', '2015-06-07'),
    patient('ward', 'Dora', '1940-06-07'),
    patient('former', 'Emma', '1940-06-08'),
    { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Hart' }] },
    relative('mother', 'child'),
    relative('guardian', 'ward'),
    relative('ended', 'former', { period: { end: '2020-01-01' } }),
    relative('inactive', 'former', { active: false }),
    relative('lapsed', 'former', { period: { end: '2020-01-01' } }),
    person('anna', ['Patient/p1', 'RelatedPerson/mother', 'RelatedPerson/ended', 'RelatedPerson/inactive']),
    person('past', ['Patient/p1', 'Patient/p2'], { active: false }),
    {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { code: 'AMB', display: 'ambulatory' },
      subject: { reference: 'Patient/p2' },
      period: { start: '2024-05-06', end: '2024-05-06' },
    },
  );
  await addUser(login, { name: 'doctor', grants: 'user/*.cruds', fhirUser: 'Practitioner/dr' });
  await addUser(login, { name: 'reader', grants: 'user/Patient.rs user/Observation.rs' });
  await addUser(login, { name: 'nobody', grants: 'user/Organization.rs' });
  await addUser(login, { name: 'anna', grants: 'user/*.cruds', fhirUser: 'Patient/p1' });
  await addUser(login, { name: 'bertha', grants: 'user/*.rs', fhirUser: 'Patient/p2' });
  await addUser(login, { name: 'guardian', grants: 'user/*.rs', fhirUser: 'RelatedPerson/guardian' });
  await addUser(login, { name: 'person', grants: 'user/*.rs', fhirUser: 'Person/anna' });
  await addUser(login, { name: 'past', grants: 'user/*.rs', fhirUser: 'RelatedPerson/lapsed' });
});
afterAll(() => login.close());

const { begin, beginAs, arrive, allow } = loginsOf(() => ({ login, clientId }));

describe('a login', () => {
  it('asks who it is, whose record, and what may be shared; in fewer than twelve requests', async () => {
    const begun = await beginAs(
      'doctor',
      'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs',
    );
    expect(begun.page.title).toBe('Choose a patient');
    const consent = await begun.browser.submit(begun.page, '/patient', { patient: 'p2' });
    expect(consent.title).toBe('Share data with Growth chart?');
    expect(consent.text).toContain('Bertha Chalmers');
    const tokens = await allow({ ...begun, page: consent });
    expect(tokens).toMatchObject({ patient: 'p2', token_type: 'Bearer' });
    expect(tokens['refresh_token']).toBeTypeOf('string');
    expect(scopesOf(tokens)).toEqual(
      [
        'fhirUser',
        'launch/patient',
        'offline_access',
        'openid',
        'patient/Observation.rs',
        'patient/Patient.rs',
      ].toSorted(),
    );
    // Beside these, the app asks for discovery and for its tokens.
    expect(begun.browser.requests).toBeLessThan(12);
  });

  it('says one thing for a wrong name, a wrong password and a disabled account', async () => {
    await addUser(login, { name: 'gone', grants: 'user/*.rs' });
    await accountsOf(login).disable('gone');
    const { browser, page } = await begin('launch/patient patient/Patient.rs');
    const texts = [];
    for (const [name, password] of [
      ['doctor', 'wrong'],
      ['no-such-user', smartPassword],
      ['gone', smartPassword],
    ] as const) {
      const answer = await browser.submit(page, '/login', { name, password });
      expect(answer.answer.status).toBe(422);
      expect(answer.text).toContain('href="#name"');
      // Who hears the page is told by its title, and stands at what is wrong.
      expect(answer.title).toBe('That did not work – Sign in');
      expect(answer.text).toContain('role="alert" tabindex="-1" autofocus');
      texts.push(answer.text.replaceAll(name, 'NAME'));
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toContain(smartPassword);
  });

  it('slows guessing down, and says how long to wait', async () => {
    await addUser(login, { name: 'guessed', grants: 'user/*.rs' });
    const { browser, page } = await begin('launch/patient patient/Patient.rs');
    for (let i = 0; i < 10; i++) await browser.submit(page, '/login', { name: 'guessed', password: `guess ${i}` });
    const stopped = await browser.submit(page, '/login', { name: 'guessed', password: smartPassword });
    expect(stopped.answer.status).toBe(422);
    expect(stopped.text).toMatch(/too many failed attempts\. Wait 1[0-5] minutes/);
  });

  it('is asked for again by another user, who finds nothing of the one before', async () => {
    const { browser, app, page } = await beginAs('doctor', 'launch/patient patient/Patient.rs');
    const consent = await browser.submit(page, '/patient', { patient: 'p2' });
    const again = await browser.submit(consent, '/switch');
    expect(again.title).toBe('Sign in');
    const other = await browser.submit(again, '/login', { name: 'guardian', password: smartPassword });
    expect(other.text).toContain('Dora Chalmers');
    expect(await allow({ browser, app, page: other })).toMatchObject({ patient: 'ward' });
  });

  it('is remembered by the browser, and its session is a new one', async () => {
    const first = await beginAs('doctor', 'openid user/Patient.rs');
    await allow(first);
    const before = first.browser.cookiesFor(new URL(`${login.issuer}/authorize`));
    expect(before).toContain('lanyard_session=');
    const second = await begin('openid user/Patient.rs', {}, first.browser);
    expect(second.page.title).toBe('Share data with Growth chart?');
    expect(second.page.text).toContain('doctor');
    const third = await begin('openid user/Patient.rs', { prompt: 'login' }, first.browser);
    expect(third.page.title).toBe('Sign in');
    await allow({
      ...third,
      page: await third.browser.submit(third.page, '/login', { name: 'reader', password: smartPassword }),
    });
    expect(first.browser.cookiesFor(new URL(`${login.issuer}/authorize`))).not.toBe(before);
  });

  it('tells users without any of the rights so, and sends them back', async () => {
    const { browser, page } = await beginAs('nobody', 'launch/patient patient/Observation.rs');
    expect(page.title).toBe('Nothing to share');
    const arrival = await arrive({ browser }, await browser.submit(page, '/cancel'));
    expect(arrival.get('error')).toBe('access_denied');
    expect(arrival.get('code')).toBeNull();
  });

  it('can be cancelled before anybody logs in', async () => {
    const { browser, app, page } = await begin('launch/patient patient/Patient.rs');
    const arrival = await arrive({ browser }, await browser.submit(page, '/cancel'));
    expect(Object.fromEntries(arrival)).toMatchObject({ error: 'access_denied', state: app.state });
  });
});

describe('the patient picker', () => {
  it.each([
    [{ name: 'bertha chalmers' }, ['p2']],
    [{ name: 'BERT' }, ['p2']],
    [{ birthdate: '1974-12-25' }, ['p1']],
    [{ identifier: 'MRN-child' }, ['child']],
    [{ name: 'chalmers', birthdate: '1940-06-07' }, ['ward']],
    [{ name: 'nobody' }, []],
    [{ name: 'chalmers,bertha|$' }, []],
  ])('finds by %j', async (query, ids) => {
    const { browser, page } = await beginAs('doctor', 'launch/patient patient/Patient.rs');
    const found = await browser.submit(page, '/patients', query);
    expect(found.values('patient')).toEqual(ids);
    if (ids.length === 0) expect(found.text).toContain('No patient was found');
  });

  it('explains a birth date that is none', async () => {
    const { browser, page } = await beginAs('doctor', 'launch/patient patient/Patient.rs');
    const found = await browser.submit(page, '/patients', { birthdate: 'yesterday' });
    expect(found.text).toContain('role="alert"');
    expect(found.values('patient')).toEqual([]);
  });

  it.each(['anna', 'person'])(
    'lets %s choose herself and the child of whom she is the mother, and nobody else',
    async (name) => {
      const { browser, app, page } = await beginAs(name, 'launch/patient patient/Patient.rs patient/Observation.rs');
      expect(page.title).toBe('Whose record?');
      expect(page.values('patient').toSorted()).toEqual(['child', 'p1']);
      for (const patient of ['p2', 'ward', 'former', 'unknown', '', '../p2']) {
        const refused = await browser.submit(page, '/patient', { patient });
        expect(refused.answer.status).toBe(422);
        expect(refused.title).toBe('That did not work – Whose record?');
      }
      const consent = await browser.submit(page, '/patient', { patient: 'child' });
      expect(await allow({ browser, app, page: consent })).toMatchObject({ patient: 'child' });
    },
  );

  it.each([
    ['bertha', 'p2'],
    ['guardian', 'ward'],
  ])('is skipped for %s, who has one record to choose', async (name, patient) => {
    const begun = await beginAs(name, 'launch/patient patient/Patient.rs');
    expect(begun.page.title).toBe('Share data with Growth chart?');
    expect(await allow(begun)).toMatchObject({ patient });
  });

  it('ends for relatives whose time is over', async () => {
    const { page } = await beginAs('past', 'launch/patient patient/Patient.rs');
    expect(page.title).toBe('No record');
  });

  it('cannot be made wider by patients themselves: a Person is not theirs to write', async () => {
    const { access_token: token } = (await login.server
      .call('POST', 'login', {
        body: { user: 'anna', password: smartPassword },
        headers: { 'content-type': 'application/json' },
      })
      .then(({ body }) => body)) as { access_token: string };
    const person = {
      resourceType: 'Person',
      link: ['Patient/p1', 'Patient/p2'].map((reference) => ({ target: { reference } })),
    };
    const created = await login.server.call('POST', 'Person', { token, body: person });
    expect(created.status).toBe(403);
    const changed = await login.server.call('PUT', 'Person/anna', { token, body: { ...person, id: 'anna' } });
    expect(changed.status).toBe(403);
    expect((await login.server.call('GET', 'Person/anna', { token })).status).toBe(200);
  });

  it('offers the encounters of the patient', async () => {
    const { browser, app, page } = await beginAs('doctor', 'launch/patient launch/encounter patient/Encounter.rs');
    const visits = await browser.submit(page, '/patient', { patient: 'p2' });
    expect(visits.title).toBe('Choose a visit');
    expect(visits.values('encounter')).toEqual(['e1', '']);
    const consent = await browser.submit(visits, '/encounter', { encounter: 'e1' });
    expect(await allow({ browser, app, page: consent })).toMatchObject({ patient: 'p2', encounter: 'e1' });
  });

  it('takes no encounter of another patient', async () => {
    const { browser, page } = await beginAs('doctor', 'launch/patient launch/encounter patient/Encounter.rs');
    const consent = await browser.submit(page, '/patient', { patient: 'p1' });
    expect(consent.title).toBe('Share data with Growth chart?');
    const forged = await browser.post(new URL(`${consent.url.href}/encounter`), {
      ...consent.forms[0]!.fields,
      encounter: 'e1',
    });
    const refused = await browser.submit(forged, '/consent', { decision: 'allow' });
    expect(refused.answer.status).toBe(400);
    expect(refused.text).toContain('not one of that patient');
  });
});

describe('the consent', () => {
  it('names the types of a wildcard that are left', async () => {
    const begun = await beginAs('bertha', 'launch/patient patient/*.rs');
    const keep = begun.page.values('keep').filter((scope) => scope !== 'patient/Condition.rs');
    expect(keep.length).toBeGreaterThan(50);
    const granted = scopesOf(await allow(begun, { keep }));
    expect(granted).toContain('patient/Observation.rs');
    expect(granted).not.toContain('patient/Condition.rs');
    expect(granted).not.toContain('patient/*.rs');
  });

  it('narrows a type to the kinds that were chosen', async () => {
    const begun = await beginAs('bertha', 'launch/patient patient/Observation.rs patient/Patient.rs');
    const only = [`patient/Observation.rs?${lab}`];
    expect(begun.page.values('only')).toContain(only[0]);
    expect(scopesOf(await allow(begun, { only }))).toEqual(['launch/patient', only[0], 'patient/Patient.rs']);
  });

  it('keeps reading and refuses writing, identity and access while away', async () => {
    const begun = await beginAs('anna', 'openid fhirUser launch/patient offline_access patient/Observation.cruds');
    const consent = await begun.browser.submit(begun.page, '/patient', { patient: 'p1' });
    expect(consent.text).toContain('Add or change');
    const tokens = await allow({ ...begun, page: consent }, { keep: ['patient/Observation.rs'] });
    expect(scopesOf(tokens)).toEqual(['launch/patient', 'patient/Observation.rs']);
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(tokens).not.toHaveProperty('id_token');
  });

  it('does not tell whose record it was when none of it is shared', async () => {
    const begun = await beginAs('bertha', 'openid launch/patient patient/Patient.rs');
    const tokens = await allow(begun, { keep: ['identity'] });
    expect(scopesOf(tokens)).toEqual(['openid']);
    expect(tokens).not.toHaveProperty('patient');
  });

  it('is asked again when nothing is ticked', async () => {
    const { browser, page } = await beginAs('bertha', 'launch/patient patient/Patient.rs');
    const again = await browser.submit(page, '/consent', { keep: [], decision: 'allow' });
    expect(again.answer.status).toBe(422);
    expect(again.text).toContain('Nothing is ticked');
  });

  it('gives nothing that was not offered, whatever the form says', async () => {
    const begun = await beginAs('reader', 'launch/patient patient/Observation.rs');
    const consent = await begun.browser.submit(begun.page, '/patient', { patient: 'p1' });
    const keep = ['patient/Observation.rs', 'patient/*.cruds', 'user/*.rs', 'offline'];
    expect(scopesOf(await allow({ ...begun, page: consent }, { keep }))).toEqual([
      'launch/patient',
      'patient/Observation.rs',
    ]);
  });

  it('is refusal when it is not permission', async () => {
    const { browser, page } = await beginAs('bertha', 'launch/patient patient/Patient.rs');
    const arrival = await arrive({ browser }, await browser.submit(page, '/consent', { decision: 'deny' }));
    expect(arrival.get('error')).toBe('access_denied');
  });
});

describe('the pages', () => {
  it('may not be framed, stored or scripted by others, and tell no other site where the user was', async () => {
    const { browser, page } = await begin('launch/patient patient/Patient.rs');
    const failed = await browser.submit(page, '/login', { name: 'x', password: 'y' });
    const lost = await browser.open(`${login.issuer}/interaction/unknown`);
    const apps = await browser.open(`${login.issuer}/apps`);
    for (const { answer } of [page, failed, lost, apps]) {
      const { headers } = answer;
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-type')).toContain('text/html');
    }
    expect(lost.answer.status).toBe(400);
  });

  it('take no form without their token, of another login, or from another site', async () => {
    const { browser, page } = await begin('launch/patient patient/Patient.rs');
    const other = await begin('launch/patient patient/Patient.rs', {}, browser);
    const target = new URL(`${page.url.href}/login`);
    const right = { name: 'doctor', password: smartPassword };
    const token = String(page.forms[0]!.fields['form_token']);
    const foreign = String(other.page.forms[0]!.fields['form_token']);
    expect(token).not.toBe(foreign);
    for (const form_token of ['', 'x', foreign, `${token}x`]) {
      expect((await browser.post(target, { ...right, form_token })).answer.status).toBe(403);
    }
    for (const site of ['cross-site', 'same-site', 'none']) {
      const headers = { 'sec-fetch-site': site };
      expect((await browser.post(target, { ...right, form_token: token }, headers)).answer.status).toBe(403);
    }
    const stranger = new FormBrowser();
    expect((await stranger.post(target, { ...right, form_token: token })).answer.status).toBe(400);
    expect((await browser.post(target, { ...right, form_token: token })).title).toBe('Choose a patient');
  });

  it('decide nothing by an address alone', async () => {
    const { browser, page } = await beginAs('bertha', 'launch/patient patient/Patient.rs');
    const before = login.arrivals.length;
    for (const action of ['consent', 'cancel', 'patient', 'login']) {
      expect((await browser.open(`${page.url.href}/${action}`)).answer.status).toBe(404);
    }
    const resumed = await browser.open(page.url.href.replace('/interaction/', '/authorize/'));
    expect(resumed.title).toBe('Sign in');
    expect(login.arrivals).toHaveLength(before);
  });

  it('name the request when they fail', async () => {
    const lost = await new FormBrowser().open(`${login.issuer}/interaction/unknown`);
    expect(lost.text).toContain(lost.answer.headers.get('x-request-id')!);
    expect(lost.text).toContain('start');
  });
});

describe('a launch by another system', () => {
  it('is for its user alone, and skips the picker', async () => {
    const launches = login.server.app.get(Launches);
    const prepared = { clientId, user: 'doctor', context: { patient: 'p2' } };
    const scope = 'launch patient/Patient.rs';
    const wrong = await begin(scope, { launch: await launches.create(prepared) });
    const refused = await wrong.browser.submit(wrong.page, '/login', { name: 'reader', password: smartPassword });
    expect(refused.title).toBe('Another user is expected');
    expect(refused.text).not.toContain('doctor');
    const again = await wrong.browser.submit(refused, '/switch');
    const right = await wrong.browser.submit(again, '/login', { name: 'doctor', password: smartPassword });
    expect(right.text).toContain('Bertha Chalmers');
    expect(await allow({ ...wrong, page: right })).toMatchObject({ patient: 'p2' });
  });

  it('cannot be about a patient whom its user may not see', async () => {
    const launch = await login.server.app
      .get(Launches)
      .create({ clientId, user: 'bertha', context: { patient: 'p1' } });
    const { browser, page } = await begin('launch patient/Patient.rs', { launch });
    const refused = await browser.submit(page, '/login', { name: 'bertha', password: smartPassword });
    expect(refused.title).toBe('Not your patient');
    expect(refused.text).not.toContain('Anna');
  });
});

describe('a request that cannot be told to the app', () => {
  it.each([
    [{ client_id: 'unknown' }, 'This app is not known here'],
    [{ redirect_uri: 'https://evil.example/cb' }, 'The app is set up differently'],
  ])('is explained to the person: %j', async (change, title) => {
    const { browser, page } = await begin('launch/patient patient/Patient.rs', change);
    expect(page.answer.status).toBe(400);
    expect(page.title).toBe(title);
    expect(page.url.href).toContain(login.issuer);
    expect(page.text).not.toContain('evil.example');
    expect(page.text).toContain(page.answer.headers.get('x-request-id')!);
    expect(page.answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(browser.requests).toBe(1);
  });
});

describe('two servers on one database', () => {
  it('serve the pages of one login by turns', async () => {
    const other = await startServer({ PUBLIC_URL: login.url }, [], login.server.database);
    try {
      await other.app.listen(0, 'localhost');
      const { port } = other.app.getHttpServer().address() as AddressInfo;
      const servers = [new URL(login.url).port, String(port)];
      const turns = new Map(servers.map((one) => [one, 0]));
      let turn = 0;
      const browser = new FormBrowser((url) => {
        if (url.port !== servers[0]) return url;
        const next = servers[turn++ % 2]!;
        turns.set(next, turns.get(next)! + 1);
        const routed = new URL(url);
        routed.port = next;
        return routed;
      });
      const { app, page } = await begin('openid launch/patient patient/Patient.rs', {}, browser);
      const patients = await browser.submit(page, '/login', { name: 'doctor', password: smartPassword });
      const consent = await browser.submit(patients, '/patient', { patient: 'p2' });
      expect(await allow({ browser, app, page: consent })).toMatchObject({ patient: 'p2' });
      for (const requests of turns.values()) expect(requests).toBeGreaterThan(3);
    } finally {
      await other.app.close();
      await other.issuer.close();
    }
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormBrowser, type FormFields, type ShownPage } from '../support/form-browser.js';
import { anObservation } from '../support/resources.js';
import {
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
  store,
} from '../support/smart-login.js';

// What certification asks of the user's decision: forms that are really sent, tokens that are really used.

const condition = 'http://terminology.hl7.org/CodeSystem/condition-category';
const observation = 'http://terminology.hl7.org/CodeSystem/observation-category';
const everything = 'openid fhirUser launch/patient offline_access patient/*.cruds patient/*.rs';

let login: LoginServer;
let client: string;

beforeAll(async () => {
  login = await startLoginServer();
  client = await registerApp(login, 'Growth chart', everything);
  const about = { subject: { reference: 'Patient/p1' } };
  const of = (system: string, code: string) => ({ category: [{ coding: [{ system, code }] }] });
  await store(
    login,
    { resourceType: 'Patient', id: 'p1', name: [{ family: 'Chalmers' }] },
    { resourceType: 'Patient', id: 'p2', name: [{ family: 'Other' }] },
    { ...anObservation('Patient/p1'), id: 'lab' },
    { ...anObservation('Patient/p1'), id: 'vital', ...of(observation, 'vital-signs') },
    { resourceType: 'Condition', id: 'problem', ...about, ...of(condition, 'problem-list-item') },
    { resourceType: 'Condition', id: 'diagnosis', ...about, ...of(condition, 'encounter-diagnosis') },
  );
  await addUser(login, { name: 'pia', grants: 'user/*.rs', fhirUser: 'Patient/p1' });
});
afterAll(() => login.close());

interface Arrived {
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly requests: number;
}

/** Logs in, lets `decide` fill in the consent as it stands, and takes the tokens. */
async function launch(scope: string, decide: (page: ShownPage) => FormFields): Promise<Arrived> {
  const [browser, app] = [new FormBrowser(), new AppLogin(login, client)];
  const first = await browser.open(app.address(scope));
  const consent = await browser.submit(first, '/login', { name: 'pia', password: smartPassword });
  expect(consent.title).toBe('Share data with Growth chart?');
  const last = await browser.submit(consent, '/consent', { ...decide(consent), decision: 'allow' });
  await browser.open(last.forward!);
  return { tokens: await app.redeem(login.arrivals.at(-1)), requests: browser.requests };
}

const scopesOf = ({ tokens }: Arrived): readonly string[] => String(tokens['scope']).split(' ').toSorted();

const statusOf = async (address: string, { tokens }: Arrived): Promise<number> =>
  (
    await fetch(`${login.fhirBase}/${address}`, {
      headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
    })
  ).status;

describe('limited access', () => {
  const types = [
    'AllergyIntolerance',
    'CarePlan',
    'CareTeam',
    'Condition',
    'Device',
    'DiagnosticReport',
    'DocumentReference',
  ];
  const more = ['Encounter', 'Goal', 'Immunization', 'MedicationRequest', 'Observation', 'Procedure', 'ServiceRequest'];
  const kept = ['Condition', 'Observation'];

  it.each([
    ['a wildcard', 'launch/patient patient/*.rs', 'rs'],
    ['a wildcard of SMART 1', 'launch/patient patient/*.read', 'read'],
    [
      'a scope for each type',
      `launch/patient ${['Patient', ...types, ...more].map((type) => `patient/${type}.rs`).join(' ')}`,
      'rs',
    ],
  ])('gives of %s the types that were kept, and refuses every other', async (_, scope, letters) => {
    const keep = ['Patient', ...kept].map((type) => `patient/${type}.${letters}`);
    const arrived = await launch(scope, (page) => {
      for (const one of keep) expect(page.values('keep')).toContain(one);
      return { keep };
    });
    expect(scopesOf(arrived)).toEqual(['launch/patient', ...keep].toSorted());
    expect(await statusOf('Patient/p1', arrived)).toBe(200);
    for (const type of [...types, ...more]) {
      const status = await statusOf(`${type}?patient=p1`, arrived);
      expect([type, status]).toEqual([type, kept.includes(type) ? 200 : 403]);
    }
  });
});

describe('granular selection', () => {
  it('turns a whole type that was asked into the kinds that the user chose', async () => {
    const only = [
      `patient/Condition.rs?category=${condition}|problem-list-item`,
      `patient/Observation.rs?category=${observation}|laboratory`,
    ];
    const arrived = await launch(
      'launch/patient patient/Condition.rs patient/Observation.rs patient/Patient.rs',
      (page) => {
        for (const one of only) expect(page.values('only')).toContain(one);
        return { only };
      },
    );
    expect(scopesOf(arrived)).toEqual(['launch/patient', 'patient/Patient.rs', ...only].toSorted());
    const statuses = await Promise.all(
      ['Patient/p1', 'Observation/lab', 'Condition/problem', 'Observation/vital', 'Condition/diagnosis'].map(
        (address) => statusOf(address, arrived),
      ),
    );
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    for (const status of statuses.slice(3)) expect([403, 404]).toContain(status);
  });

  it('never gives more than was asked, whatever the form names', async () => {
    const form = [
      'patient/*.cruds',
      'patient/Observation.cruds',
      'patient/Condition.rs',
      'user/Observation.rs',
      'system/*.cruds',
      `patient/Condition.rs?category=${condition}|problem-list-item`,
      `patient/Observation.rs?category=${observation}|vital-signs`,
      `patient/Observation.rs?code=1`,
      'identity',
      'offline',
      'offline_access',
    ];
    const lab = `patient/Observation.rs?category=${observation}|laboratory`;
    const arrived = await launch(`launch/patient patient/Patient.rs ${lab}`, () => ({
      keep: [...form, lab, 'patient/Patient.rs'],
      only: form,
    }));
    expect(scopesOf(arrived)).toEqual(['launch/patient', 'patient/Patient.rs', lab].toSorted());
    expect(arrived.tokens).not.toHaveProperty('refresh_token');
    expect([403, 404]).toContain(await statusOf('Observation/vital', arrived));
  });
});

describe('a standalone launch', () => {
  it('needs fewer than twelve HTTP requests, from discovery to the tokens', async () => {
    let asked = 0;
    const get = async (url: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> => {
      asked++;
      return (await (await fetch(url, init)).json()) as Readonly<Record<string, unknown>>;
    };
    await addUser(login, { name: 'doctor', grants: 'user/*.rs' });
    const configuration = await get(`${login.fhirBase}/.well-known/smart-configuration`);
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: login.appUrl,
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      state: 's',
      aud: login.fhirBase,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const browser = new FormBrowser();
    const start = await browser.open(`${String(configuration['authorization_endpoint'])}?${query.toString()}`);
    const picker = await browser.submit(start, '/login', { name: 'doctor', password: smartPassword });
    expect(picker.title).toBe('Choose a patient');
    const consent = await browser.submit(picker, '/patient', { patient: 'p1' });
    const last = await browser.submit(consent, '/consent', { decision: 'allow' });
    await browser.open(last.forward!);
    const code = login.arrivals.at(-1)!.get('code')!;
    const tokens = await get(String(configuration['token_endpoint']), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: login.appUrl,
        client_id: client,
        code_verifier: verifier,
      }),
    });
    expect(tokens).toMatchObject({ patient: 'p1' });
    // All but the last, which is the home page of the app, where its redirect address leads.
    expect(browser.requests - 1 + asked).toBeLessThan(12);
  });
});

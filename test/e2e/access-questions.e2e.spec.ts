import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostOfType } from '../../src/fhir/operations/sight/record-sight.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { type AdminApi, adminApi, logIn } from '../support/admin-api.js';
import { aConsent, aLabel, labelled, ofClass } from '../support/consents.js';
import {
  authorize,
  basic,
  createUser,
  exchange,
  type OauthServer,
  post,
  registerClient,
  startOauthServer,
} from '../support/oauth-server.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';

/** Administrators ask what another user or client may do, and what they would be shown of a patient (docs/adr/0140). */
let server: OauthServer;
let admin: AdminApi;
/** Reads everything, and may ask. */
let auditor: string;
let machine: { readonly id: string; readonly secret: string };
let app: string;

const password = 'correct horse';
const rights = 'admin/User.r admin/Client.r admin/Policy.r admin/Audit.rs';
const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

const users = {
  clinician: { grants: 'user/*.rs', fhirUser: 'Practitioner/pr1' },
  laboratory: { grants: `user/Patient.rs user/Observation.rs?category=${laboratory}` },
  reader: { grants: 'user/Patient.r user/Observation.r' },
  limited: { grants: 'user/*.rs' },
  patient: { grants: 'user/*.rs', fhirUser: 'Patient/p1' },
  other: { grants: 'user/*.rs', fhirUser: 'Patient/p2' },
  cleared: { grants: 'user/*.rs', clearance: 'V' },
  exempt: { grants: 'user/*.rs', consentExempt: true },
  nothing: { grants: '' },
} as const;

const observation = (id: string, changes: JsonObject = {}) => ({
  ...anObservation('Patient/p1', changes),
  id,
});
const categorized = (code: string) => ({ category: [{ coding: [{ system: laboratory.split('|')[0]!, code }] }] });
const [inLaboratory, vital] = [categorized('laboratory'), categorized('vital-signs')];

beforeAll(async () => {
  server = await startOauthServer();
  admin = await adminApi(server);
  const body = aBundle(
    'transaction',
    ...[
      { ...aPatient(), id: 'p1' },
      { ...aPatient(), id: 'p2' },
      { resourceType: 'Practitioner', id: 'pr1' },
      observation('o1', inLaboratory),
      observation('o2', inLaboratory),
      observation('o3', vital),
      observation('o4', { ...vital, status: 'preliminary' }),
      observation('o5', { ...vital, ...labelled(aLabel('V')) }),
      { ...anObservation('Patient/p2'), id: 'o9' },
      { resourceType: 'Condition', id: 'c1', subject: { reference: 'Patient/p1' }, code: { text: 'c1' } },
      { ...aConsent('Patient/p1', { class: [ofClass('Condition')] }), id: 'consent' },
    ].map(putting),
  );
  const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const stored = await server.call('POST', '', { token, body });
  if (stored.status !== 200) throw new Error(stored.text);
  for (const [name, account] of Object.entries(users)) await createUser(server, { name, clearance: 'R', ...account });
  const all = { grants: `user/*.rs ${rights}`, clearance: 'V', consentExempt: true } as const;
  await createUser(server, { name: 'auditor', ...all });
  auditor = await logIn(server, 'auditor', password);
  const policy = {
    description: 'Final results only',
    assignedTo: { users: ['limited'] },
    rules: [{ types: ['Observation'], constrain: 'status=final' }],
  };
  const put = await admin.call('PUT', 'policies/final-only', policy);
  if (put.status !== 200) throw new Error(put.text);
  const made = await registerClient(server, {
    kind: 'confidential-symmetric',
    grantTypes: ['client_credentials'],
    redirectUris: [],
    scopes: ['system/Observation.rs', 'system/Patient.r'],
    clearance: 'R',
  });
  machine = { id: made.client.id, secret: made.secret! };
  app = (await registerClient(server)).client.id;
});
afterAll(() => server?.close());

const ask = (path: string, token = auditor) => admin.call('GET', path, undefined, token);
const enc = encodeURIComponent;
const told = (answer: { readonly body: unknown }): string =>
  (answer.body as { readonly error_description: string }).error_description;

/** What `$my-access` says, but for the second in which a token ends. */
function rulesOf({ parameter }: { readonly parameter: readonly { readonly name: string }[] }) {
  return parameter.filter(({ name }) => name !== 'expires');
}
const own = async (token: string) => {
  const answer = await server.call('GET', '$my-access', { token });
  expect(answer.status, answer.text).toBe(200);
  return rulesOf(answer.body);
};

describe('the access of another user', () => {
  it.each(Object.keys(users))('is what $my-access tells %s after a login', async (name) => {
    const answer = await ask(`users/${name}/access`);
    expect(answer.status, answer.text).toBe(200);
    if (name === 'nothing') {
      expect(rulesOf(answer.body).map((one) => one.name)).not.toContain('access');
      return;
    }
    expect(rulesOf(answer.body)).toEqual(await own(await logIn(server, name, password)));
  });

  it('with a part of the scopes is that of such a login', async () => {
    const scope = 'user/Observation.rs';
    const answer = await ask(`users/clinician/access?scope=${enc(`${scope} admin/User.r`)}`);
    const [ignored] = rulesOf(answer.body).filter(({ name }) => name === 'ignored');
    expect(JSON.stringify(ignored)).toContain('"admin/User.r"');
    expect(rulesOf(answer.body).filter((one) => one !== ignored)).toEqual(
      await own(await logIn(server, 'clinician', password, scope)),
    );
  });

  it('through a client is what a token of that client has', async () => {
    const scope = 'user/Observation.rs user/Patient.cruds patient/*.rs launch/patient';
    const query = `client=${app}&scope=${enc(scope)}`;
    const answer = await ask(`users/admin/access?${query}`);
    const { body } = await exchange(server, app, await authorize(server, app, { scope }));
    const [patient] = (await own(body.access_token)).filter(({ name }) => name === 'patient');
    const { reference } = (patient as unknown as { readonly valueReference: { readonly reference: string } })
      .valueReference;
    // Without a launch a patient stands for those whom the user may choose.
    const here = JSON.parse(
      JSON.stringify(rulesOf(answer.body)).replaceAll('Patient/the-patient-in-context', reference),
    );
    expect(here).toEqual(await own(body.access_token));
  });

  it('tells scopes that the client or the user has not', async () => {
    const answer = await ask(
      `users/laboratory/access?client=${app}&scope=${enc('user/Condition.rs system/*.rs user/X.r')}`,
    );
    const ignored = rulesOf(answer.body).filter(({ name }) => name === 'ignored');
    const text = JSON.stringify(ignored);
    expect(text).toContain('the user is not granted it');
    expect(text).toContain('it is for machines, and the token would be of a user');
    expect(ignored).toHaveLength(3);
    const beyond = await ask(`users/admin/access?client=${app}&scope=${enc('user/Patient.r admin/User.r')}`);
    expect(beyond.text).toContain('it is not registered for the client');
    expect(rulesOf(beyond.body).map(({ name }) => name)).not.toContain('administers');
  });
});

describe('the access of a client', () => {
  it('is what its own token has', async () => {
    const answer = await ask(`clients/${machine.id}/access`);
    const parameters = { grant_type: 'client_credentials', scope: 'system/Observation.rs system/Patient.r' };
    const { body } = await post(`${server.oauth}/token`, parameters, basic(machine.id, machine.secret));
    expect(rulesOf(answer.body)).toEqual(await own(body.access_token));
  });

  it('is refused, with the way to ask, where it gets no token of its own', async () => {
    const answer = await ask(`clients/${app}/access`);
    expect([answer.status, told(answer)]).toEqual([400, expect.stringContaining(`users/<name>/access?client=${app}`)]);
    const others = await ask(`users/clinician/access?client=${machine.id}`);
    expect([others.status, told(others)]).toEqual([400, expect.stringContaining(`clients/${machine.id}/access`)]);
  });
});

interface Row {
  readonly type: string;
  readonly yours: number;
  readonly shown: number;
  readonly withheld: object;
  readonly words: string;
}
interface Sight {
  readonly types: readonly Row[];
  readonly untold: readonly string[];
}

async function sightOf(path: string, token = auditor): Promise<Sight> {
  const answer = await ask(path, token);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Sight;
}
const rowOf = ({ types }: Sight, type: string): Row => types.find((one) => one.type === type)!;
const brief = ({ shown, yours, withheld }: Row) => ({ shown, yours, withheld });

describe('what a user would be shown of a patient', () => {
  const ofUser = (name: string, patient = 'p1') => `users/${name}/access/patients/${patient}`;

  it.each(Object.keys(users).filter((name) => !['nothing', 'reader'].includes(name)))(
    'is what a search of %s finds',
    async (name) => {
      const token = await logIn(server, name, password);
      const sight = await sightOf(ofUser(name));
      expect(sight.types.map(({ type }) => type)).toEqual(['Condition', 'Consent', 'Observation', 'Patient']);
      for (const { type, shown } of sight.types) {
        const by = type === 'Patient' ? '_id=p1' : 'patient=Patient/p1';
        const found = await server.call('GET', `${type}?${by}&_summary=count`, { token });
        expect([type, shown], found.text).toEqual([type, found.status === 200 ? found.body.total : 0]);
      }
    },
  );

  it.each([
    ['clinician', 'Observation', { shown: 4, yours: 5, withheld: { labels: 1 } }],
    ['clinician', 'Condition', { shown: 0, yours: 1, withheld: { consents: 1 } }],
    ['laboratory', 'Observation', { shown: 2, yours: 5, withheld: { scopes: 3 } }],
    ['laboratory', 'Condition', { shown: 0, yours: 1, withheld: { scopes: 1 } }],
    ['limited', 'Observation', { shown: 3, yours: 5, withheld: { labels: 1, policies: 1 } }],
    ['cleared', 'Observation', { shown: 5, yours: 5, withheld: {} }],
    ['exempt', 'Condition', { shown: 1, yours: 1, withheld: {} }],
    ['patient', 'Condition', { shown: 1, yours: 1, withheld: {} }],
    ['other', 'Patient', { shown: 0, yours: 1, withheld: { scopes: 1 } }],
    ['reader', 'Observation', { shown: 4, yours: 5, withheld: { labels: 1 } }],
    ['nothing', 'Patient', { shown: 0, yours: 1, withheld: { scopes: 1 } }],
  ])('%s: %s, and what keeps the others back', async (name, type, expected) => {
    expect(brief(rowOf(await sightOf(ofUser(name)), type))).toEqual(expected);
  });

  it('is told in words, with the scopes and policies that decide', async () => {
    const row = rowOf(await sightOf(ofUser('limited')), 'Observation');
    expect(row.words).toBe(
      'Shown are 3 of 5 that you see. Labels above the clearance keep back 1, policies keep back 1.',
    );
    expect(row).toMatchObject({ scopes: ['user/*.rs'], policies: [expect.stringContaining('final-only (constrain)')] });
    expect(rowOf(await sightOf(ofUser('reader')), 'Observation').words).toContain('by id only');
    expect(rowOf(await sightOf(ofUser('laboratory')), 'Condition').words).toContain('Condition');
  });

  it('by an app is that of the patient in context', async () => {
    const scope = enc('launch/patient patient/Observation.rs');
    const sight = await sightOf(`${ofUser('clinician')}?client=${app}&scope=${scope}`);
    expect(sight).toMatchObject({ inContext: true, patient: 'Patient/p1', user: 'clinician', client: app });
    expect(brief(rowOf(sight, 'Observation'))).toMatchObject({ shown: 4, yours: 5 });
    expect(rowOf(sight, 'Condition').shown).toBe(0);
    // Who may not see a patient cannot open an app with them.
    const stranger = await sightOf(`${ofUser('other')}?client=${app}&scope=${scope}`);
    expect(stranger).not.toHaveProperty('inContext');
    expect(rowOf(stranger, 'Observation').shown).toBe(0);
  });

  it('looks at so many rows of a type, and says so', async () => {
    const many = Array.from({ length: mostOfType + 1 }, (_, n) => ({
      ...anObservation('Patient/many'),
      id: `many-${n}`,
    }));
    const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    const body = aBundle('transaction', ...[{ ...aPatient(), id: 'many' }, ...many].map(putting));
    expect((await server.call('POST', '', { token, body })).status).toBe(200);
    const row = rowOf(await sightOf(ofUser('clinician', 'many')), 'Observation');
    expect(row).toMatchObject({ yours: mostOfType, shown: mostOfType, isPart: true });
    expect(row.words).toBe(`Shown are ${mostOfType} of the first ${mostOfType} that you see.`);
  });

  it('of a client that acts for itself', async () => {
    const sight = await sightOf(`clients/${machine.id}/access/patients/p1`);
    expect(brief(rowOf(sight, 'Observation'))).toEqual({ shown: 4, yours: 5, withheld: { labels: 1 } });
    expect(rowOf(sight, 'Condition').shown).toBe(0);
  });
});

describe('an answer tells nothing of what the administrator may not read', () => {
  const path = 'users/cleared/access/patients/p1';
  const tokenOf = async (name: string, account: object): Promise<string> => {
    await createUser(server, { name, ...account });
    return logIn(server, name, password);
  };

  it('counts only rows that the administrator is shown', async () => {
    const sight = await sightOf(path, await tokenOf('low', { grants: `user/*.rs ${rights}`, clearance: 'R' }));
    expect(brief(rowOf(sight, 'Observation'))).toEqual({ shown: 4, yours: 4, withheld: {} });
    expect(sight.types.map(({ type }) => type)).not.toContain('Condition');
  });

  it('names types that the administrator may not search and read, without a number', async () => {
    const sight = await sightOf(
      path,
      await tokenOf('some', { grants: `user/Patient.rs user/Observation.s ${rights}` }),
    );
    expect(sight.types.map(({ type }) => type)).toEqual(['Patient']);
    expect(sight.untold).toEqual(expect.arrayContaining(['Condition', 'Observation']));
  });

  it('tells Consents apart from labels only to who may search Consents', async () => {
    const grants = `user/Patient.rs user/Condition.rs ${rights}`;
    const token = await tokenOf('no-consents', { grants, consentExempt: true });
    const sight = await sightOf('users/clinician/access/patients/p1', token);
    expect(brief(rowOf(sight, 'Condition'))).toEqual({ shown: 0, yours: 1, withheld: { 'labels-or-consents': 1 } });
  });

  it('is 404 for a patient whom the administrator may not read, as for one that there is not', async () => {
    const token = await tokenOf('blind', { grants: `user/Observation.rs ${rights}` });
    const hidden = await ask(path, token);
    const absent = await ask('users/cleared/access/patients/nobody', token);
    expect([hidden.status, absent.status]).toEqual([404, 404]);
    expect(told(hidden).replace('p1', 'nobody')).toBe(told(absent));
    expect((await ask('users/cleared/access/patients/nobody')).status).toBe(404);
    expect((await ask(`users/cleared/access/patients/${enc('../p1')}`)).status).toBe(404);
  });
});

describe('a question is refused', () => {
  it.each([
    ['users/clinician/access', 'admin/Client.r admin/Policy.r admin/Audit.r', ['admin/User.r']],
    ['users/clinician/access', 'admin/User.r admin/Client.r', ['admin/Policy.r']],
    ['users/clinician/access?client=app', 'admin/User.r admin/Policy.r', ['admin/Client.r']],
    ['users/nobody/access?client=app', 'admin/User.r', ['admin/Client.r', 'admin/Policy.r']],
    ['clients/nobody/access', 'admin/User.r admin/Policy.r', ['admin/Client.r']],
    ['users/clinician/access/patients/p1', 'admin/User.r admin/Policy.r admin/Client.r', ['admin/Audit.r']],
    ['users/nobody/access/patients/nobody', 'admin/User.r', ['admin/Policy.r', 'admin/Audit.r']],
    ['clients/nobody/access/patients/p1', 'admin/Client.r admin/Audit.r', ['admin/Policy.r']],
  ])('%s with %s: %s is missing, whether there is such a user or not', async (path, grants, missing) => {
    const name = `asks-${Math.random().toString(36).slice(2)}`;
    await createUser(server, { name, grants: `user/*.rs ${grants}` });
    const answer = await ask(path, await logIn(server, name, password));
    expect(answer.status).toBe(403);
    for (const right of missing) expect(told(answer)).toContain(`does not carry ${right}`);
    expect(told(answer).match(/administrator-needed/g)).toHaveLength(missing.length);
  });

  it('without a token, and with a token of a machine', async () => {
    expect((await ask('users/clinician/access', '')).status).toBe(401);
    const token = server.token(`system/*.cruds ${rights}`, { sub: 'm', client_id: 'm' });
    expect((await ask('users/clinician/access', token)).status).toBe(403);
  });

  it('in words for users and clients that there are not, that are disabled, and for what is no question', async () => {
    for (const path of ['users/nobody/access', 'users/nobody/access/patients/p1', `users/clinician/access?client=none`])
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    expect((await ask('clients/none/access')).status).toBe(404);
    await createUser(server, { name: 'gone' });
    await admin.call('PATCH', 'users/gone', { disabled: true });
    const disabled = await ask('users/gone/access');
    expect([disabled.status, told(disabled)]).toEqual([400, expect.stringContaining('is disabled')]);
    const unknown = await ask('users/clinician/access?scopes=x');
    expect([unknown.status, told(unknown)]).toEqual([400, expect.stringContaining('client and scope')]);
    expect((await ask('users/clinician/access?scope=a&scope=b')).status).toBe(400);
    expect((await ask(`clients/${machine.id}/access?client=x`)).status).toBe(400);
    const beyond = await ask('users/laboratory/access?scope=user/Condition.rs');
    expect([beyond.status, told(beyond)]).toEqual([400, expect.stringContaining('Ask for a part of')]);
  });
});

describe('the audit', () => {
  interface Event {
    readonly subtype: readonly { readonly code: string }[];
    readonly outcome: string;
    readonly agent: readonly { readonly who?: { readonly identifier?: { readonly value?: string } } }[];
    readonly entity: readonly { readonly what?: { readonly reference?: string }; readonly name?: string }[];
  }
  const eventsOf = async (patient: string): Promise<readonly Event[]> => {
    const found = await server.call('GET', `AuditEvent?patient=Patient/${patient}&_count=100`, { token: admin.token });
    return (found.body.entry ?? []).map((entry: { readonly resource: Event }) => entry.resource);
  };

  it('names who asked, about which user and which patient, also where the answer was a refusal', async () => {
    const before = (await eventsOf('p2')).length;
    await sightOf('users/limited/access/patients/p2');
    expect((await ask('users/nobody/access/patients/p2')).status).toBe(404);
    const events = (await eventsOf('p2')).slice(0);
    expect(events.length - before).toBe(2);
    const asked = events.filter(({ entity }) => entity.some(({ name }) => name?.startsWith('access of') === true));
    expect(asked.map(({ outcome }) => outcome).toSorted()).toEqual(['0', '4']);
    expect(JSON.stringify(asked)).toContain('"access of limited"');
    expect(JSON.stringify(asked)).toContain('"access of nobody"');
    for (const one of asked) expect(JSON.stringify(one.agent)).toContain('auditor');
  });

  it('has the question about a user without a patient', async () => {
    await ask('users/exempt/access');
    const found = await server.call('GET', 'AuditEvent?_count=200&_sort=-date', { token: admin.token });
    expect(found.text).toContain('access of exempt');
  });
});

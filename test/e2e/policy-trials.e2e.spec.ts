import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrialSummary } from '../../src/scope/trials/trial-report.js';
import { type AdminApi, adminApi, logIn } from '../support/admin-api.js';
import { rowsOf } from '../support/connection.js';
import { isFull } from '../support/full.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { PolicyTrials } from '../../src/fhir/operations/caller/policy-trials.js';
import { AccessShapes, writtenBetweenLooks } from '../../src/fhir/storage/policies/access-shapes.js';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { startServer, type TestServer } from '../support/server.js';

/** Policies are tried on the shapes of what was decided lately, before they count (docs/adr/0101). */
let server: TestServer;
let admin: AdminApi;
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startServer({ ACCESS_SHAPES_DAYS: '30' }, [], database);
  admin = await adminApi(server);
  const body = aBundle(
    'transaction',
    putting({ ...aPatient(), id: 'secret-patient' }),
    putting({ ...anObservation('Patient/secret-patient'), id: 'secret-observation' }),
  );
  await server.call('POST', '', { token: admin.token, body });
});
afterAll(() => server.close());

interface Trial extends TrialSummary {
  readonly lockedOut?: string;
}

async function tried(body: object): Promise<Trial> {
  const answer = await admin.call('POST', 'policy-trials', body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Trial;
}

const everyone = { everyone: true };
const policy = (name: string, rule: object, assignedTo: object = everyone) => ({
  name,
  description: `About ${name}.`,
  assignedTo,
  rules: [rule],
});
const shapes = (): Promise<readonly { caller: string; request: string; seen: string }[]> =>
  rowsOf(database.connection, 'SELECT caller, request, seen::text FROM access_shape');
const mine = ({ examples }: Trial, client: string) => examples.filter((example) => example.client === client);

describe('what is kept', () => {
  it('is who asked for what of which type, once for each shape, without ids of patients, criteria and values of claims', async () => {
    const token = server.token('launch/patient patient/*.rs', {
      client_id: 'kept-app',
      patient: 'secret-patient',
      fhirUser: 'Patient/secret-patient',
      sub: 'secret-login',
      mrn: 'secret-mrn',
    });
    for (const path of ['Patient/secret-patient', 'Observation?code=secret-code', 'Observation?status=final'])
      expect((await server.call('GET', path, { token })).status).toBe(200);
    // Another patient is refused by the record, whatever policies say.
    expect((await server.call('GET', 'Patient/secret-other', { token })).status).toBe(403);
    await tried({ policies: [policy('nothing', { types: ['Basic'], deny: 'No.' })] });
    const found = (await shapes()).filter(({ caller }) => caller.includes('kept-app'));
    expect(found.map(({ request, seen }) => [JSON.parse(request), seen])).toEqual(
      expect.arrayContaining([
        [{ kind: 'read', type: 'Patient', hasId: true }, '1'],
        [{ kind: 'search-type', type: 'Observation' }, '2'],
      ]),
    );
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).toContain('mrn');
    expect(JSON.stringify(await shapes())).not.toContain('secret');
  });

  it('are the entries of a batch as requests of their own', async () => {
    const token = server.token('user/Patient.rs', { client_id: 'batch-app' });
    const body = aBundle('batch', { request: { method: 'GET', url: 'Patient/secret-patient' } });
    expect((await server.call('POST', '', { token, body })).status).toBe(200);
    const trial = await tried({
      policies: [policy('no-batch', { types: ['Patient'], deny: 'No.' }, { clients: ['batch-app'] })],
    });
    expect(mine(trial, 'batch-app').map(({ request }) => request)).toEqual(['read Patient']);
  });

  it('is nothing of a refusal that no policy made', async () => {
    const token = server.token('user/Patient.rs', { client_id: 'refused-app' });
    expect((await server.call('GET', 'Observation', { token })).status).toBe(403);
    await tried({ remove: [], policies: [policy('nothing', { types: ['Basic'], deny: 'No.' })] });
    expect(JSON.stringify(await shapes())).not.toContain('refused-app');
  });
});

describe('a trial', () => {
  const clients = { clients: ['tried-app'] };
  const ask = async (client: string, path: string, claims: object = {}) =>
    (await server.call('GET', path, { token: server.token('user/*.rs', { client_id: client, ...claims }) })).status;

  it('tells what would be refused, with the reason and how often it was asked for; nothing is stored', async () => {
    for (let i = 0; i < 3; i++) expect(await ask('tried-app', 'Patient')).toBe(200);
    const trial = await tried({ policies: [policy('closed', { types: ['Patient'], deny: 'Closed.' }, clients)] });
    expect(trial.changes.refused).toEqual({ shapes: 1, requests: 3 });
    const [example] = mine(trial, 'tried-app');
    expect(example).toMatchObject({ effect: 'refused', request: 'search Patient', types: ['Patient'], seen: 3 });
    expect(example!.reasons.join(' ')).toContain('Closed. (policy closed: denied)');
    expect(example!.words).toContain(
      'by tried-app, search Patient, seen 3 times: is permitted now and would be refused.',
    );
    expect(await ask('tried-app', 'Patient')).toBe(200);
    expect((await admin.call('GET', 'policies')).body).toEqual({ policies: [] });
  });

  it('tells what would be permitted by the end of a policy, and what reaches less, more or other rows', async () => {
    const put = (name: string, rule: object) => admin.call('PUT', `policies/${name}`, policy(name, rule, clients));
    expect((await put('closed', { types: ['Observation'], deny: 'Closed.' })).status).toBe(200);
    expect((await put('some', { types: ['Patient'], constrain: 'active=true' })).status).toBe(200);
    expect(await ask('tried-app', 'Observation')).toBe(403);
    const removed = await tried({ remove: ['closed', 'some'] });
    expect(
      mine(removed, 'tried-app')
        .map(({ effect, request }) => `${effect} ${request}`)
        .toSorted(),
    ).toEqual(['more search Patient', 'permitted search Observation']);
    const both = policy('some', { types: ['Patient'], constrain: 'active=true&gender=female' }, clients);
    expect((await tried({ policies: [both] })).changes.fewer).toMatchObject({ shapes: 1 });
    const other = policy('some', { types: ['Patient'], constrain: 'gender=female' }, clients);
    expect((await tried({ policies: [other] })).changes.other).toMatchObject({ shapes: 1 });
    const masked = policy('hidden', { mask: ['Patient.telecom'] }, clients);
    expect((await tried({ policies: [masked] })).changes.fewer).toMatchObject({ shapes: 1 });
    for (const name of ['closed', 'some']) expect((await admin.call('DELETE', `policies/${name}`)).status).toBe(204);
  });

  it('puts stand-ins of claims in place: who has the claim reaches less, who has it not is refused', async () => {
    expect(await ask('claim-app', 'Encounter', { since: '2024-01-01' })).toBe(200);
    expect(await ask('claimless-app', 'Encounter')).toBe(200);
    const rule = { types: ['Encounter'], constrain: 'date=ge{{user.since}}' };
    const trial = await tried({ policies: [policy('since', rule)] });
    expect(mine(trial, 'claim-app').map(({ effect }) => effect)).toEqual(['fewer']);
    expect(mine(trial, 'claimless-app').map(({ effect }) => effect)).toEqual(['refused']);
  });

  it('goes by groups, stored ones and those of the trial', async () => {
    await admin.call('POST', 'users', { name: 'dr-jane', password: 'password of jane', grants: 'user/*.rs' });
    const token = await logIn(server, 'dr-jane', 'password of jane');
    expect((await server.call('GET', 'Condition', { token })).status).toBe(200);
    const policies = [policy('ward', { types: ['Condition'], deny: 'No.' }, { groups: ['ward'] })];
    expect((await tried({ policies })).changes.refused.shapes).toBe(0);
    const trial = await tried({ policies, groups: [{ name: 'ward', members: ['dr-jane'] }] });
    expect(trial.examples.map(({ user, request }) => [user, request])).toEqual([['dr-jane', 'search Condition']]);
  });

  it('decides an operation by what it declares', async () => {
    const machine = { client_id: 'exporter', sub: 'exporter' };
    const token = server.token('system/*.rs', machine);
    const started = await server.call('GET', '$export', { token, headers: { prefer: 'respond-async' } });
    expect(started.status, started.text).toBe(202);
    const rule = { types: ['Observation'], constrain: 'status=final' };
    const trial = await tried({ policies: [policy('some', rule, { clients: ['exporter'] })] });
    expect(mine(trial, 'exporter').map(({ effect, request }) => `${effect} ${request}`)).toEqual(['fewer $export']);
  });
});

describe('a trial is refused', () => {
  it('to whom may not change policies', async () => {
    await admin.call('POST', 'users', { name: 'reader', password: 'password of reader', grants: 'admin/Policy.rs' });
    const token = await logIn(server, 'reader', 'password of reader');
    const body = { policies: [policy('nothing', { types: ['Basic'], deny: 'No.' })] };
    const answer = await admin.call('POST', 'policy-trials', body, token);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('admin/Policy.u')]);
    expect((await admin.call('POST', 'policy-trials', body, '')).status).toBe(401);
  });

  it('with everything that is wrong, and what there is', async () => {
    const wrong = async (body: object) => {
      const { status, text } = await admin.call('POST', 'policy-trials', body);
      expect(status, text).toBe(400);
      return text;
    };
    expect(await wrong({})).toContain('give policies, groups or remove');
    expect(await wrong({ polices: [] })).toContain('polices');
    expect(await wrong({ policies: [policy('typo', { types: ['Pateint'], deny: 'No.' })] })).toContain(
      'Did you mean Patient?',
    );
    expect(await wrong({ remove: ['unknown'] })).toContain('Policies of this server: none.');
    expect(await wrong({ remove: Array.from({ length: 101 }, () => 'one') })).toContain('remove');
  });
});

describe('a policy that nobody could take back', () => {
  it('is refused, and a trial says so; with an administrator whom it leaves alone it is stored', async () => {
    const open = policy('all', { types: ['Patient'], constrain: 'active=true' });
    expect((await tried({ policies: [open] })).lockedOut).toContain('nobody could take it back');
    const put = await admin.call('PUT', 'policies/all', open);
    expect([put.status, put.text]).toEqual([
      403,
      expect.stringContaining('The policy all would limit every user who may change policies'),
    ]);
    const group = policy('ward-only', { types: ['Patient'], constrain: 'active=true' }, { groups: ['wards'] });
    expect((await admin.call('PUT', 'policies/ward-only', group)).status).toBe(200);
    expect((await admin.call('PUT', 'policy-groups/wards', { members: ['admin'] })).status).toBe(403);
    await admin.call('POST', 'users', {
      name: 'officer',
      password: 'password of officer',
      grants: 'admin/Policy.cruds',
    });
    expect((await tried({ policies: [open] })).lockedOut).toBeUndefined();
    expect((await admin.call('PUT', 'policies/all', open)).status).toBe(200);
    const officer = await logIn(server, 'officer', 'password of officer');
    for (const name of ['all', 'ward-only'])
      expect((await admin.call('DELETE', `policies/${name}`, undefined, officer)).status).toBe(204);
  });
});

it('a server writes what it has counted when it stops, and two count the same shape together', async () => {
  const kept = { ...database, drop: () => Promise.resolve() };
  const other = await startServer({ ACCESS_SHAPES_DAYS: '30' }, [], kept);
  for (const one of [server, other])
    expect((await one.call('GET', 'Device?status=active', { token: admin.token })).status).toBe(200);
  await other.close();
  await tried({ policies: [policy('nothing', { types: ['Basic'], deny: 'No.' })] });
  const found = (await shapes()).filter(({ request }) => request.includes('"Device"'));
  expect(found.map(({ seen }) => seen)).toEqual(['2']);
});

it('of more shapes than are kept takes those seen last, says so, and the rest is removed after many writes', async () => {
  const [kept, trials] = [server.app.get(AccessShapes), server.app.get(PolicyTrials)];
  if (!isFull) {
    Object.assign(kept, { most: 1_000 });
    Object.assign(trials, { mostAccesses: 5_000 });
  }
  const { most } = kept;
  const many = most + 100;
  await rowsOf(
    database.connection,
    `INSERT INTO access_shape (tenant, key, caller, request, seen, last_seen)
     SELECT tenant, 'copy' || n, jsonb_set(caller::jsonb, '{subject}', to_jsonb('copy' || n % 500))::text,
       '{"kind":"search-type","type":"Patient"}', 1, now() - make_interval(secs => 3600 + n)
     FROM (SELECT * FROM access_shape LIMIT 1) AS one, generate_series(1, ${many}) AS n`,
  );
  const body = { policies: [policy('all-of-it', { types: ['Basic'], deny: 'No.' })] };
  expect((await tried(body)).tried).toMatchObject({ shapes: most, failed: 0, isFull: true });
  expect((await shapes()).length).toBeGreaterThan(most);
  await rowsOf(
    database.connection,
    `UPDATE access_shape SET request = '{"kind":"history-system"}' WHERE key LIKE 'copy%'`,
  );
  const bounded = (await tried(body)).tried;
  expect(bounded.shapes).toBeGreaterThan(trials.mostAccesses / 1_000);
  expect(bounded.shapes + bounded.leftOut!).toBe(most);
  // Each type is read and searched by each client.
  const types = [...resourceTypes].slice(0, 100);
  const entry = types.flatMap((type) =>
    [`${type}/x`, `${type}?_summary=count`].map((url) => ({ request: { method: 'GET', url } })),
  );
  for (let n = 0; n < writtenBetweenLooks; n += entry.length) {
    const token = server.token('user/*.rs', { client_id: `writing-${n}` });
    const { status, text } = await server.call('POST', '', { token, body: aBundle('batch', ...entry) });
    expect(status, text).toBe(200);
  }
  await kept.list();
  expect((await shapes()).length).toBeLessThanOrEqual(most);
});

it('nothing is kept with ACCESS_SHAPES_DAYS=0', async () => {
  const silent = await freshDatabase();
  const other = await startServer({ ACCESS_SHAPES_DAYS: '0' }, [], silent);
  const own = await adminApi(other);
  expect((await other.call('GET', 'Patient', { token: own.token })).status).toBe(200);
  const body = { policies: [policy('nothing', { types: ['Patient'], deny: 'No.' })] };
  const answer = await own.call('POST', 'policy-trials', body);
  expect(answer.body).toMatchObject({ tried: { shapes: 0 }, examples: [] });
  expect(await rowsOf(silent.connection, 'SELECT FROM access_shape')).toEqual([]);
  await other.close();
});

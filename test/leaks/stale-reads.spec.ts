import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { readClient } from '../../src/oauth2/clients/read-client.js';
import { aConsent } from '../support/consents.js';
import { DatabasePair } from '../support/database-pair.js';
import { shareOf } from '../support/full.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { compartmentLimits } from './compartment-limits.js';
import type { Limit } from './limit.js';
import { policyLimits } from './policy-limits.js';
import { scopeLimits } from './scope-limits.js';
import { withheldLimits } from './withheld-limits.js';

/** The path to a standby: whoever is limited on a type is judged by what the primary has now, whatever they accept. */
let pair: DatabasePair;
let server: TestServer;
const limits = [...scopeLimits, ...compartmentLimits, ...policyLimits, ...withheldLimits];

const exempt = { consent_exempt: true };
const asMachine = (id: string, claims: JsonObject = exempt) =>
  server.token('system/*.cruds', { ...asClient(id), ...claims });
const asClient = (id: string): JsonObject => ({ sub: id, client_id: id });
async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: asMachine('loader'), body });
  expect(status, text).toBe(200);
}

const headers = { 'cache-control': 'max-stale=60' };
const get = (token: string, path: string): Promise<Answer> => server.call('GET', path, { token, headers });

async function ask(token: string, type: string): Promise<readonly Answer[]> {
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const id = type === 'Patient' ? 'p1' : 'o1';
  const paths = [`${type}/${id}`, `${type}/${id}/_history/1`, `${type}/${id}/_history`, `${type}/_history`, type];
  return [
    ...(await Promise.all([...paths, `${type}?_id=${id}&_summary=count`, '_history'].map((path) => get(token, path)))),
    await server.call('POST', `${type}/_search`, { token, headers: form, body: `_id=${id}` }),
  ];
}

beforeAll(async () => {
  pair = await DatabasePair.start();
  const settings = { DATABASE_REPLICA_URLS: pair.standbyUrl, CONSENT: 'all' };
  const features = limits.flatMap((limit) => limit.features ?? []);
  server = await startServer(settings, features, pair.database);
  await store({ ...aPatient(), id: 'p1' }, { ...anObservation('Patient/p1'), id: 'o1' });
});
afterAll(async () => {
  await server.close();
  await pair.stop();
});

/** The standby answers whom nothing limits, or the rest would prove nothing. */
const expectOfStandby = (answer: () => Promise<Answer>): Promise<Answer> =>
  vi.waitFor(
    async () => {
      const found = await answer();
      expect(found.status, found.text).toBe(200);
      expect(found.headers['age'], found.text).toMatch(/^\d+$/);
      return found;
    },
    { timeout: 30_000, interval: 100 },
  );

function expectOfPrimary(answers: readonly Answer[]): void {
  for (const { headers: told, text } of answers) expect(told['age'], text).toBeUndefined();
}

describe('a read that accepts staleness', () => {
  it('is answered by the standby where nothing limits the caller', async () => {
    for (const path of ['Patient/p1', 'Observation', 'Observation/o1/_history'])
      await expectOfStandby(() => get(asMachine('any'), path));
  });

  const unlimited = ({ name }: Limit): boolean => name.includes('without limits');
  const limiting = limits.filter((limit) => !unlimited(limit));
  it.each(shareOf(limiting, 4).map((limit) => [limit.name, limit] as const))(
    'is answered by the primary under the limit: %s',
    async (_name, { scope, claims = {}, type, stored }) => {
      if (stored) await server.app.get(AccessPolicies).put(stored, 'loader');
      expectOfPrimary(await ask(server.token(scope, claims), type));
    },
  );

  it.each<readonly [string, string, JsonObject]>([
    ['a granular scope', 'system/Observation.rs?category=laboratory', { ...asClient('app'), ...exempt }],
    ['a policy', 'system/Observation.rs', { ...asClient('limited-app'), ...exempt }],
    ['a policy with a chain', 'system/*.rs', { ...asClient('team-app'), ...exempt }],
    ['a mask', 'system/Observation.rs', { ...asClient('mask-app'), ...exempt }],
    ['labels', 'system/Observation.rs', { ...asClient('app'), ...exempt, clearance: 'N' }],
    ['Consents', 'system/Observation.rs', asClient('app')],
    ['a scope for users beside', 'system/Observation.rs user/Patient.rs', { ...asClient('app'), ...exempt }],
  ])('is answered by the primary for a machine under %s', async (_name, scope, claims) => {
    await expectOfStandby(() => get(asMachine('any'), 'Observation/o1'));
    expectOfPrimary(await ask(server.token(scope, claims), 'Observation'));
  });

  it.each([
    'Observation?_include=Observation:subject',
    'Observation?subject:Patient.gender=male',
    'Patient?_has:Observation:subject:status=final',
    'Observation?_id=o1&_include=*',
  ])('is answered by the primary where it leads to a type that is limited: %s', async (path) => {
    const scope = 'system/Observation.rs system/Patient.rs?gender=female,male,other,unknown';
    await expectOfStandby(() => get(asMachine('any'), path));
    const answer = await get(server.token(scope, { ...asClient('app'), ...exempt }), path);
    expect(answer.status, answer.text).toBe(200);
    expectOfPrimary([answer]);
  });

  it('shows nothing any more of what a Consent withholds, at once', async () => {
    const token = asMachine('app', {});
    await expectOfStandby(() => get(asMachine('any'), 'Observation/o1'));
    await pair.pauseReplay();
    expect((await get(token, 'Observation/o1')).status).toBe(200);
    await store({ ...aConsent('Patient/p1'), id: 'denial' });
    const [read, , , , found] = await ask(token, 'Observation');
    expect([read!.status, found!.body.entry]).toEqual([404, undefined]);
    await pair.resumeReplay();
  });

  it('knows a policy of after the time of the standby', async () => {
    const token = asMachine('narrowed');
    await expectOfStandby(() => get(token, 'Observation/o1'));
    await pair.pauseReplay();
    const policy = {
      name: 'narrowed',
      description: 'only what was amended',
      assignedTo: { clients: ['narrowed'] },
      rules: [{ types: ['Observation'], constrain: 'status=amended' }],
    };
    await server.app.get(AccessPolicies).put(policy, 'loader');
    expect((await get(token, 'Observation/o1')).status).toBe(404);
    await pair.resumeReplay();
  });

  it('goes on with no page of before that the caller would not be given now', async () => {
    await store({ ...anObservation('Patient/p1'), id: 'o2' }, { ...anObservation('Patient/p1'), id: 'o3' });
    const token = asMachine('paging');
    const first = await expectOfStandby(() => get(token, 'Observation?_count=1&_sort=_id'));
    const link = (first.body.link as readonly { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    );
    const next = link!.url.slice(link!.url.indexOf('Observation?'));
    await pair.pauseReplay();
    const policy = {
      name: 'paging',
      description: 'only what was amended',
      assignedTo: { clients: ['paging'] },
      rules: [{ types: ['Observation'], constrain: 'status=amended' }],
    };
    await server.app.get(AccessPolicies).put(policy, 'loader');
    const answer = await get(token, next);
    expect([answer.status, answer.headers['age']]).toEqual([403, undefined]);
    expect(answer.text).toContain('cursor-foreign');
    expect(answer.text).not.toContain('"Observation"');
    await pair.resumeReplay();
  });

  it('is refused at once to a machine whose tokens were ended or that is disabled, whatever the standby has', async () => {
    const clients = server.app.get(OauthClientStore);
    const form = { name: 'Nightly', kind: 'confidential-symmetric', scopes: 'system/*.rs', consentExempt: true };
    const { client, secret } = await clients.create(readClient(form), { createdBy: 'admin' });
    const basic = Buffer.from(`${client.id}:${secret}`).toString('base64');
    const granted = await server.call('POST', '/oauth2/token', {
      body: 'grant_type=client_credentials&scope=system/*.rs',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(granted.status, granted.text).toBe(200);
    const token = granted.body.access_token as string;
    await expectOfStandby(() => get(token, 'Observation/o1'));
    await pair.pauseReplay();
    await clients.replace(client.id, readClient({ ...form, disabled: true }));
    for (const path of ['Observation/o1', 'Observation', 'Patient/p1/_history']) {
      const answer = await get(token, path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.text).toContain('token-revoked');
      expect(answer.headers['age']).toBeUndefined();
    }
    await pair.resumeReplay();
  });
});

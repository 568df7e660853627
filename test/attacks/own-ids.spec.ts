// docs/adr/0044: who loads data chooses ids although Consents deny something, and sees nothing more by it
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { aConsent } from '../support/consents.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { adminPassword, base, startServer, type TestServer } from '../support/server.js';

const practitioner = { fhirUser: `${base}/Practitioner/pr1` };
const machine = { sub: 'loader', client_id: 'loader' };
const stored = [
  { ...aPatient(), id: 'p1' },
  { ...aPatient(), id: 'p2' },
  { ...anObservation('Patient/p2'), id: 'hidden' },
  { ...aConsent('Patient/p2'), id: 'denial' },
];

async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startServer(settings);
  const token = server.token('system/*.cruds', { ...machine, consent_exempt: true });
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...stored.map(putting)),
  });
  expect(status, text).toBe(200);
  return server;
}

let made = 0;
const newId = (): string => `new-${made++}`;

function using(server: TestServer, token: string) {
  const body = (id: string) => ({ ...anObservation('Patient/p1'), id });
  return {
    put: async (id: string) => server.call('PUT', `Observation/${id}`, { token, body: body(id) }),
    status: async (method: string, path: string) => (await server.call(method, path, { token })).status,
    makes: async () => {
      const id = newId();
      return (await server.call('PUT', `Observation/${id}`, { token, body: body(id) })).status === 201;
    },
  };
}

describe('with CONSENT=users', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.close());

  const as = (scope: string, claims: object = {}) => using(server, server.token(scope, { ...practitioner, ...claims }));

  it('tells everybody else what to do, whether the id is hidden or new', async () => {
    const clinician = as('user/*.cruds');
    const [hidden, unknown] = [await clinician.put('hidden'), await clinician.put('unknown')];
    expect([hidden.status, hidden.text]).toEqual([404, unknown.text.replaceAll('unknown', 'hidden')]);
    expect(hidden.text).toMatch(/send POST.*--own-ids.*--consent-exempt/);
    const limited = await as('user/Observation.cruds?status=final').put('unknown');
    expect([limited.status, limited.text]).toEqual([404, expect.stringContaining('send POST')]);
    expect(limited.text).not.toContain('--own-ids');
  });

  it.each(['entry', 'batch'] as const)('tells the same of a bundle: %s', async (kind) => {
    const token = server.token('user/*.cruds', practitioner);
    const body = aBundle(
      kind === 'entry' ? 'transaction' : 'batch',
      putting({ ...anObservation('Patient/p1'), id: newId() }),
    );
    expect((await server.call('POST', '', { token, body })).text).toMatch(/send POST.*--own-ids/);
  });

  it('gives who loads data an id of their own, and nothing that is withheld', async () => {
    const loader = as('user/*.cruds', { own_ids: true });
    expect(await loader.makes()).toBe(true);
    expect((await loader.put('hidden')).status).toBe(404);
    for (const path of ['Observation/hidden', 'Observation/hidden/_history', 'Patient/p2'])
      expect(await loader.status('GET', path), path).toBe(404);
    expect(await loader.status('DELETE', 'Observation/hidden')).toBe(404);
  });

  it.each([
    ['a patient', 'patient/*.cruds', { patient: 'p1', fhirUser: `${base}/Patient/p1` }],
    ['criteria', 'user/Observation.cruds?status=final', {}],
    ['a clearance', 'user/*.cruds', { clearance: 'N' }],
  ])('is nothing to whom more limits than Consents: %s', async (_limit, scope, claims) => {
    expect(await as(scope, { ...claims, own_ids: true }).makes()).toBe(false);
  });

  it('is said by $my-access and written down with each request', async () => {
    const token = server.token('user/*.cruds', { ...practitioner, own_ids: true });
    const mine = await server.call('GET', '$my-access', { token });
    expect(mine.text).toContain('an administrator lets the caller load data');
    const { headers } = await server.call('GET', 'Patient/p1', { token });
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const { text } = await server.call('GET', `AuditEvent?entity:identifier=${headers['x-request-id']}`, {
      token: auditor,
    });
    expect(text).toContain('urn:lanyard:exempt:ids');
  });

  it('has the first user, until it is taken away', async () => {
    const login = async () => {
      const headers = { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` };
      const { body } = await server.call('POST', 'login', { headers });
      return using(server, body.access_token as string);
    };
    const admin = await login();
    expect([await admin.makes(), await admin.status('GET', 'Observation/hidden')]).toEqual([true, 404]);
    await server.app.get(LocalAccounts).change('admin', { ownIds: false });
    expect(await (await login()).makes()).toBe(false);
  });
});

describe('with CONSENT=all', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ CONSENT: 'all' });
  });
  afterAll(() => server.close());

  const as = (scope: string, claims: object = {}) => using(server, server.token(scope, { ...machine, ...claims }));

  it('machines that may write everything load data, and read nothing that is withheld', async () => {
    const loader = as('system/*.cruds');
    expect([await loader.makes(), await loader.status('GET', 'Observation/hidden')]).toEqual([true, 404]);
    expect(await as('system/*.c system/*.u').makes()).toBe(true);
  });

  it.each(['system/Observation.cruds', 'system/*.cruds?_id=x', 'system/*.u', 'system/*.rs system/Observation.cu'])(
    'other machines need the right: %s',
    async (scope) => {
      expect(await as(scope).makes()).toBe(false);
      if (!scope.includes('?')) expect(await as(scope, { own_ids: true }).makes()).toBe(true);
    },
  );
});

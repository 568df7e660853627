// What a tenant answers does not depend on what another one holds, and nothing of one opens anything at another (docs/adr/0068). With
// TENANTS=host in the environment, tenants are at hosts of their own instead of paths; on Citus they are read at the nodes that hold them (0128).
import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../support/connection.js';
import { aParameter, aValueSet, packagesFolder, writePackage } from '../support/fhir-package.js';
import { loadAnimals, ofAnimals } from './loaded-animals.js';
import { collectStatements } from '../support/statements.js';
import { visible } from './visible-answer.js';
import {
  type Login,
  request,
  startTenants,
  type TenantAnswer,
  type TenantsServer,
  type TestTenant,
  until,
} from '../support/tenants.js';

const readsAtHolders = process.env['DATABASE_NODES'] === 'holders' ? 20 : 0;
let server: TenantsServer;
let a: TestTenant;
let b: TestTenant;
let packages: string;
const logins = new Map<TestTenant, Login>();
const callback = 'http://127.0.0.1:9/callback';
beforeAll(async () => {
  packages = await packagesFolder();
  await writePackage(packages, { name: 'guide.leak', version: '1.0.0', resources: [aValueSet, aParameter] });
  server = await startTenants({ INTERACTION_AUTOPILOT: 'on', REGISTRATION: 'token', PACKAGES: packages });
  [a, b] = [await server.create('north'), await server.create('south')];
  for (const tenant of [a, b]) logins.set(tenant, await tenant.logIn());
  await fill(a, 'of-a');
});
afterAll(async () => {
  await server.close();
  await rm(packages, { recursive: true });
});

/** RFC 9728 3.1: inserted between the host and the path of the resource. */
const metadataOf = ({ fhirBase }: TestTenant): string => {
  const { origin, pathname } = new URL(fhirBase);
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
};

const tokenOf = (tenant: TestTenant): string => logins.get(tenant)!.access_token;
const as = (tenant: TestTenant) => ({ token: tokenOf(tenant) });

/** The same ids, identifiers, users, clients, policies, urls and keys in each tenant, with content of its own. */
async function fill(tenant: TestTenant, mark: string): Promise<void> {
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await tenant.call('PUT', path, { ...as(tenant), body });
    expect(answer.status, answer.text).toBeLessThan(300);
  };
  const identifier = [{ system: 'http://example.org/mrn', value: 'same' }];
  await put('Patient/p1', { resourceType: 'Patient', id: 'p1', identifier, name: [{ family: mark, given: ['Jane'] }] });
  await put('Patient/p1', {
    resourceType: 'Patient',
    id: 'p1',
    identifier,
    name: [{ family: mark, given: ['Jane'] }],
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">words ${mark}</div>` },
  });
  for (const n of [1, 2, 3])
    await put(`Observation/o${n}`, {
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: { text: mark, coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/p1' },
      valueString: mark,
    });
  await loadAnimals(tenant, { server, folder: packages, token: tokenOf(tenant), mark });
  const once = { ...as(tenant), headers: { 'idempotency-key': 'the-same-key' } };
  const made = await tenant.call('POST', 'Basic', {
    ...once,
    body: { resourceType: 'Basic', code: { text: mark }, identifier: [{ value: 'once' }] },
  });
  expect(made.status, made.text).toBe(201);
  const body = { name: 'guide.leak', version: '1.0.0' };
  expect((await tenant.call('POST', '/admin/packages', { ...as(tenant), body })).status).toBe(201);
  expect((await tenant.call('GET', '/admin/packages', as(tenant))).body.packages).toHaveLength(1);
  expect((await tenant.call('GET', `ValueSet?url=${aValueSet.url}`, as(tenant))).body.total).toBe(1);
  const rule = { code: 'dom-6', reason: mark, until: '2027-12-31' };
  expect((await tenant.call('PUT', '/admin/suppression-rules/one', { ...as(tenant), body: rule })).status).toBe(200);
  const user = { name: 'jane', grants: 'user/*.rs', password: `password of jane ${mark}` };
  expect((await tenant.call('POST', '/oauth2/users', { ...as(tenant), body: user })).status).toBe(201);
  const client = await tenant.call('POST', '/oauth2/clients', {
    ...as(tenant),
    body: {
      id: 'the-app',
      name: `App ${mark}`,
      kind: 'confidential-symmetric',
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [callback],
      scopes: 'user/*.rs offline_access launch/patient',
    },
  });
  expect(client.status, client.text).toBe(201);
  secrets.set(tenant, (client.body as { secret: string }).secret);
}
const secrets = new Map<TestTenant, string>();

const reads: readonly string[] = [
  ...ofAnimals,
  'Patient/p1',
  'Patient/p1/_history',
  'Patient/p1/_history/1',
  'Patient/_history',
  'Observation?_sort=_id&_total=accurate',
  'Observation?_count=1&_sort=_id',
  'Observation?subject=Patient/p1&_include=Observation:subject&_total=accurate',
  'Patient?_has:Observation:patient:code=8867-4&_revinclude=Observation:subject',
  'Observation?patient.identifier=http://example.org/mrn%7Csame&_sort=_id',
  'Patient?identifier=http://example.org/mrn%7Csame',
  'Patient?family=of-b',
  'Patient?family:contains=of-&_summary=count',
  'Patient?_text=of-b',
  'Patient?_content=words',
  'Observation?code=8867-4&_summary=count',
  'Observation?value-string=of-b',
  'Patient/p1/$everything',
  'Patient/p1/Observation?_sort=_id',
  'Basic?_summary=count',
  '?_type=Patient,Observation&_sort=_id',
  'ValueSet?_summary=count',
  'SearchParameter?_summary=count',
  'ValueSet?url=http://guide.example/ValueSet/pulse&_total=accurate&_elements=url',
  'Observation?code:in=http://guide.example/ValueSet/pulse&_summary=count',
  '/admin/packages',
  '/admin/packages/guide.leak/1.0.0',
  '/admin/suppression-rules',
  'AuditEvent?agent-name=nobody',
  'metadata?_elements=rest',
  '.well-known/smart-configuration',
  '$my-access',
  '/oauth2/jwks',
  '/oauth2/.well-known/openid-configuration',
  '/oauth2/users',
  '/oauth2/clients',
  '/oauth2/policies',
  '/oauth2/clients/the-app',
  '/oauth2/users/jane/access?client=the-app',
  '/oauth2/users/jane/access/patients/p1',
  '/openapi.json',
  '/docs/access',
  '/',
];

const inserted = (tenant: TestTenant): readonly string[] =>
  [
    'oauth-protected-resource/t/NAME/fhir/r4',
    'oauth-authorization-server/t/NAME/oauth2',
    'openid-configuration/t/NAME/oauth2',
  ].map((path) => `${server.url}/.well-known/${path.replace('NAME', tenant.name)}`);

/** What a client sees of all of them, byte for byte, but for the id and the time of each answer. */
async function seen(tenant: TestTenant): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for (const path of reads) found[path] = visible(await tenant.call('GET', path, as(tenant)));
  for (const url of inserted(tenant)) found[url] = visible(await request('GET', url));
  for (const path of ['Patient/nobody', 'Patient/p1', '$my-access'])
    found[`nobody asks for ${path}`] = visible(await tenant.call('GET', path));
  return found;
}

describe('the answers of a tenant', () => {
  it('are the same, byte for byte, whatever another one holds', async () => {
    const before = await seen(a);
    expect(await seen(a)).toEqual(before);
    await fill(b, 'of-b');
    for (const path of ['Patient/p1', 'Patient/p1/_history/1'])
      expect((await b.call('GET', path, as(b))).body.name[0].family, path).toBe('of-b');
    await fillWithMore(b);
    for (const path of ofAnimals)
      expect((await b.call('GET', path, as(b))).text, path).toMatch(/of-b|"valueBoolean":true|subsumes|"total":1/);
    const sent = collectStatements();
    const after = await seen(a);
    sent.stop();
    const { port: coordinator } = server.database.connection;
    expect(sent.statements.filter(({ port }) => port !== coordinator).length).toBeGreaterThanOrEqual(readsAtHolders);
    for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
    expect(JSON.stringify(after)).not.toMatch(/south|"of-b"|words of-b/);
    const theirs = await seen(b);
    expect(JSON.stringify(theirs)).not.toMatch(/north|"of-a"|words of-a/);
  });

  it('to writes are the same whatever another one holds', async () => {
    const twice = { ...as(a), headers: { 'idempotency-key': 'the-same-key' } };
    const body = { resourceType: 'Basic', code: { text: 'of-a' }, identifier: [{ value: 'once' }] };
    const again = await a.call('POST', 'Basic', { ...twice, body });
    expect([again.status, (await a.call('GET', 'Basic?_summary=count', as(a))).body.total]).toEqual([201, 1]);
    const exists = await a.call('POST', 'Basic', { ...as(a), body, headers: { 'if-none-exist': 'identifier=once' } });
    expect(exists.status).toBe(200);
    const only = await a.call('POST', 'Basic', {
      ...as(a),
      body: { ...body, identifier: [{ value: 'only-in-b' }] },
      headers: { 'if-none-exist': 'identifier=only-in-b' },
    });
    expect(only.status, 'a match in another tenant is none').toBe(201);
    expect((await a.call('DELETE', 'Basic?identifier=only-in-b', as(a))).status).toBe(204);
    expect((await b.call('GET', 'Basic?identifier=only-in-b&_summary=count', as(b))).body.total).toBe(1);
    const stale = await a.call('PUT', 'Patient/p1', {
      ...as(a),
      headers: { 'if-match': 'W/"3"' },
      body: { resourceType: 'Patient', id: 'p1' },
    });
    expect(stale.status, 'the version of another tenant is not the version here').toBe(412);
  });

  it('to trials of policies are about requests of its own', async () => {
    expect((await b.call('GET', 'Slot?status=free', as(b))).status).toBe(200);
    const rules = [{ types: ['Slot'], deny: 'No.' }];
    const body = { policies: [{ name: 'tried', description: 'd', assignedTo: { everyone: true }, rules }] };
    const refused = async (tenant: TestTenant) =>
      (await tenant.call('POST', '/oauth2/policy-trials', { ...as(tenant), body })).body.changes?.refused.shapes;
    expect([await refused(b), await refused(a)]).toEqual([1, 0]);
  });

  it('show no event of another one', async () => {
    for (const [own, other] of [
      [a, 'of-b'],
      [b, 'of-a'],
    ] as const) {
      const { body, text } = await own.call('GET', 'AuditEvent?_count=1000', as(own));
      expect(body.entry.length).toBeGreaterThan(3);
      expect(text).not.toContain(other);
      expect(text).not.toMatch(own === a ? /\/(?:t\/|\/)south/ : /\/(?:t\/|\/)north/);
    }
    const chains = await rowsOf<{ tenant: number }>(
      server.database.connection,
      'SELECT tenant FROM audit_chain WHERE position > 0 ORDER BY tenant',
    );
    expect(chains.map(({ tenant }) => tenant)).toEqual([1, 2, 3]);
  });
});

/** What could show beyond equal names: more rows, definitions, rules, versions. */
async function fillWithMore(tenant: TestTenant): Promise<void> {
  const send = async (method: string, path: string, body: object): Promise<void> => {
    const answer = await tenant.call(method, path, { ...as(tenant), body });
    expect(answer.status, answer.text).toBeLessThan(300);
  };
  await send('PUT', 'Patient/p1', {
    resourceType: 'Patient',
    id: 'p1',
    name: [{ family: 'of-b' }],
    identifier: [{ system: 'http://example.org/mrn', value: 'same' }],
  });
  await send('PUT', 'Patient/p2', { resourceType: 'Patient', id: 'p2', name: [{ family: 'of-b' }] });
  await send('PUT', 'Observation/o9', {
    resourceType: 'Observation',
    id: 'o9',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'Patient/p1' },
  });
  await send('POST', 'Basic', { resourceType: 'Basic', code: { text: 'of-b' }, identifier: [{ value: 'only-in-b' }] });
  await send('PUT', 'SearchParameter/shoe', {
    resourceType: 'SearchParameter',
    id: 'shoe',
    url: 'http://example.org/SearchParameter/shoe',
    name: 'shoe',
    status: 'active',
    description: 'of-b',
    code: 'shoe',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name.family',
  });
  await send('PUT', 'ValueSet/v1', {
    resourceType: 'ValueSet',
    id: 'v1',
    url: 'http://example.org/ValueSet/v1',
    status: 'active',
  });
  await send('PUT', 'Consent/c1', {
    resourceType: 'Consent',
    id: 'c1',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: 'Patient/p1' },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: { type: 'deny' },
  });
  await send('PUT', '/oauth2/policies/no-basics', {
    description: 'of-b',
    assignedTo: { users: ['jane'] },
    rules: [{ deny: 'r', types: ['Basic'] }],
  });
}

describe('what is given at one tenant', () => {
  it('a token: is refused at another one, which says where tokens for it come from and nothing of the other', async () => {
    const { status, text, headers, body } = await b.call('GET', 'Patient/p1', as(a));
    expect(status).toBe(401);
    expect(body.issue[0].details.coding[0].code).toBe('iss-untrusted');
    expect(text).toContain(`${b.fhirBase}/login`);
    expect(headers.get('www-authenticate')).toContain(`resource_metadata="${metadataOf(b)}"`);
    // What the token says itself is said back, and no more: one of a tenant that there is not is answered alike.
    const [header, claims, signature] = tokenOf(a).split('.');
    const forged = Buffer.from(
      Buffer.from(claims!, 'base64url').toString().replaceAll(a.url, a.url.replace('north', 'nowhere')),
    ).toString('base64url');
    const other = await b.call('GET', 'Patient/p1', { token: `${header}.${forged}.${signature}` });
    expect([other.status, other.text.replaceAll('nowhere', 'north')]).toEqual([status, text]);
    expect((await b.call('GET', '$my-access', as(b))).status).toBe(200);
    expect((await server.own.call('GET', 'Patient/p1', as(a))).status).toBe(401);
    expect((await a.call('GET', 'Patient/p1', { token: server.operator })).status).toBe(401);
  });

  it('a password: opens nothing at another one', async () => {
    const login = (tenant: TestTenant, password: string) =>
      tenant.call('POST', 'login', { body: { user: 'jane', password } });
    expect((await login(a, 'password of jane of-a')).status).toBe(200);
    expect((await login(b, 'password of jane of-a')).status).toBe(401);
    expect((await login(b, 'password of jane of-b')).status).toBe(200);
  });

  it('a refresh token and a session: count at their own tenant', async () => {
    const { refresh_token } = await a.logIn();
    expect((await b.call('POST', 'refresh', { body: { refresh_token }, headers: json })).status).toBe(401);
    expect((await b.call('POST', 'logout', { body: { refresh_token }, headers: json })).status).not.toBe(200);
    expect((await a.call('POST', 'refresh', { body: { refresh_token }, headers: json })).status).toBe(200);
  });

  it('failed logins: do not keep the user of the same name out elsewhere', async () => {
    const fail = () => b.call('POST', 'login', { body: { user: 'jane', password: 'wrong' } });
    for (let attempt = 0; attempt < 12; attempt++) await fail();
    expect((await fail()).status).toBe(429);
    const mine = await a.call('POST', 'login', { body: { user: 'jane', password: 'password of jane of-a' } });
    expect(mine.status).toBe(200);
  });

  it('a page link: is no link of another one', async () => {
    const page = await a.call('GET', 'Observation?_count=1&_sort=_id', as(a));
    const next = page.body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string;
    expect(next).toContain(a.fhirBase);
    expect((await request('GET', next, bearer(a))).status).toBe(200);
    const moved = await request('GET', next.replace(a.url, b.url), bearer(b));
    expect(moved.status, moved.text).toBe(403);
    const own = await b.call('GET', 'Observation?_count=1&_sort=_id', as(b));
    const unknown = next.replace(/_cursor=[\w-]+/, `_cursor=${randomBytes(60).toString('base64url')}`);
    expect(own.status).toBe(200);
    const forged = await request('GET', unknown.replace(a.url, b.url), bearer(b));
    expect(diagnosticsOf(moved)).toBe(diagnosticsOf(forged));
  });

  it('a client secret, a code and its tokens: count at their own tenant', async () => {
    const { code, verifier } = await codeOf(a);
    const redeem = (tenant: TestTenant, secret: string) =>
      tenant.call('POST', '/oauth2/token', {
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: callback,
          code_verifier: verifier,
        }),
        headers: { authorization: `Basic ${Buffer.from(`the-app:${secret}`).toString('base64')}` },
      });
    const foreignSecret = await redeem(b, secrets.get(a)!);
    expect([foreignSecret.status, foreignSecret.body.error]).toEqual([401, 'invalid_client']);
    const foreignCode = await redeem(b, secrets.get(b)!);
    expect([foreignCode.status, foreignCode.body.error]).toEqual([400, 'invalid_grant']);
    const own = await redeem(a, secrets.get(a)!);
    expect(own.status, own.text).toBe(200);
    const { access_token, refresh_token } = own.body;
    expect((await a.call('GET', 'Patient/p1', { token: access_token })).status).toBe(200);
    expect((await b.call('GET', 'Patient/p1', { token: access_token })).status).toBe(401);
    const refreshed = await b.call('POST', '/oauth2/token', {
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
      headers: { authorization: `Basic ${Buffer.from(`the-app:${secrets.get(b)!}`).toString('base64')}` },
    });
    expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('a token for registration: registers nothing at another one', async () => {
    const made = await a.call('POST', '/oauth2/registration-tokens', { ...as(a), body: { scopes: ['patient/*.rs'] } });
    const token = (made.body as { token?: string; value?: string }).token ?? made.body.value;
    const form = {
      redirect_uris: [callback],
      client_name: 'x',
      scope: 'patient/*.rs',
      token_endpoint_auth_method: 'none',
    };
    expect((await b.call('POST', '/oauth2/register', { token, body: form })).status).toBe(401);
    const own = await a.call('POST', '/oauth2/register', { token, body: form });
    expect(own.status, own.text).toBe(201);
  });

  it('a job: is not found at another one', async () => {
    const started = await a.call('POST', '$reindex', {
      ...as(a),
      body: { resourceType: 'Parameters' },
    });
    const place = started.headers.get('content-location') ?? '';
    expect(place, started.text).toContain(a.url);
    expect((await request('GET', place, bearer(a))).status).toBeLessThan(300);
    const moved = await request('GET', place.replace(a.url, b.url), bearer(b));
    const unknown = await request('GET', place.replace(a.url, b.url).replace(/job=\d+/, 'job=999999'), bearer(b));
    expect([moved.status, unknown.status]).toEqual([404, 404]);
  });

  it('a revocation: ends nothing at another one', async () => {
    const [mine, theirs] = [await a.logIn(), await b.logIn()];
    const { refresh_token } = mine;
    const ended = await a.call('POST', 'logout', { body: { refresh_token }, headers: json });
    expect(ended.status, ended.text).toBeLessThan(300);
    expect((await a.call('GET', '$my-access', { token: mine.access_token })).status).toBe(401);
    expect((await b.call('GET', '$my-access', { token: theirs.access_token })).status).toBe(200);
  });
});

describe('limits of a tenant', () => {
  it('change nothing that another one answers', async () => {
    const answer = async () => {
      const { status, text } = await a.call('PUT', 'Patient/p1', {
        ...as(a),
        body: { resourceType: 'Patient', id: 'p1', name: [{ family: 'of-a' }] },
      });
      return [status, text.replace(/"(?:versionId|lastUpdated)":"[^"]*"/g, '')];
    };
    const before = await answer();
    const limit = (limits: object) =>
      server.own.call('PATCH', '/admin/tenants/south', { token: server.operator, body: { limits } });
    await limit({ requests: 1, resources: 1, bytes: 1, jobs: 1 });
    await until(async () => (await b.call('GET', 'metadata')).status === 429);
    const during = await Promise.all(Array.from({ length: 5 }, answer));
    expect(during).toEqual(during.map(() => before));
    expect(
      (await a.call('POST', 'Basic', { ...as(a), body: { resourceType: 'Basic', code: { text: 'of-a' } } })).status,
    ).toBe(201);
    await limit({ requests: null, resources: null, bytes: null, jobs: null });
    const room = { ...as(b), body: { resourceType: 'Basic', id: 'room', code: { text: 'room' } } };
    await until(async () => (await b.call('PUT', 'Basic/room', room)).status === 201);
  });
});

describe('the operator', () => {
  it('is not somebody whom a tenant knows, and its administrators know of no others', async () => {
    const list = await a.call('GET', '/admin/tenants', as(a));
    expect(list.status).toBe(404);
    const grants = await a.call('POST', '/oauth2/users', {
      ...as(a),
      body: { name: 'usurper', grants: 'operator/*.cruds', password: 'long enough' },
    });
    expect(grants.status, grants.text).toBe(403);
    expect((await server.own.call('GET', 'Patient/p1', { token: server.operator })).status).toBe(404);
  });

  it('has rights of its own, which those of administrators do not include', async () => {
    await server.own.call('POST', '/oauth2/users', {
      token: server.operator,
      body: { name: 'plain', grants: 'admin/*.cruds', password: 'long enough' },
    });
    const { access_token: token } = await server.own.logIn('plain', 'long enough');
    const refused = await server.own.call('GET', '/admin/tenants', { token });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('operator/Tenant.s');
    const more = { name: 'more', grants: 'operator/Tenant.s', password: 'long enough' };
    expect((await server.own.call('POST', '/oauth2/users', { token, body: more })).status).toBe(403);
  });
});

const json = { 'content-type': 'application/json' };
const bearer = (tenant: TestTenant): RequestInit => ({ headers: { authorization: `Bearer ${tokenOf(tenant)}` } });
const diagnosticsOf = ({ body }: TenantAnswer): string => body.issue[0].diagnostics as string;

/** A code of the app, by the autopilot, which logs `admin` in. */
async function codeOf(tenant: TestTenant): Promise<{ readonly code: string; readonly verifier: string }> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'the-app',
    redirect_uri: callback,
    scope: 'user/*.rs offline_access',
    state: randomBytes(16).toString('base64url'),
    aud: tenant.fhirBase,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let place = `${tenant.issuer}/authorize?${query.toString()}`;
  const cookies = new Map<string, string>();
  for (let step = 0; step < 10; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await request('GET', place, { headers: { cookie } });
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      expect(one).toContain(`path=${new URL(tenant.issuer).pathname}`);
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (next === null) throw new Error(answer.text);
    if (next.startsWith(callback)) return { code: new URL(next).searchParams.get('code') ?? '', verifier };
    place = new URL(next, place).href;
  }
  throw new Error('The autopilot did not arrive.');
}

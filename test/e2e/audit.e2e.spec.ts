import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { adminPassword, type Answer, startServer, type TestServer } from '../support/server.js';

/** docs/adr/0025: every access is written down, and only who is granted AuditEvent by name reads it. */

// eslint-disable-next-line typescript/no-explicit-any -- tests look into AuditEvents of any shape
type Event = any;

let server: TestServer;
let auditor: string;
let user: string;

beforeAll(async () => {
  server = await startServer();
  auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
  user = server.token('user/*.cruds', { sub: 'alice', client_id: 'app1', jti: 'token-of-alice' });
  for (const id of ['p1', 'p2']) {
    await call('PUT', `Patient/${id}`, { resourceType: 'Patient', id, name: [{ family: 'Aal' }] });
    await call('PUT', `Observation/o-${id}`, {
      resourceType: 'Observation',
      id: `o-${id}`,
      status: 'final',
      code: { text: 'pulse' },
      subject: { reference: `Patient/${id}` },
    });
  }
});

afterAll(() => server.close());

/** A request with an id of its own. */
async function call(method: string, path: string, body?: object, token = user): Promise<Answer & { id: string }> {
  const id = randomUUID();
  const answer = await server.call(method, path, {
    token,
    headers: { 'x-request-id': id },
    ...(body !== undefined && { body }),
  });
  return { ...answer, id };
}

/** The AuditEvents of one request. */
async function eventsOf(id: string): Promise<Event[]> {
  const answer = await server.call('GET', `AuditEvent?entity:identifier=${id}`, { token: auditor });
  expect(answer.status).toBe(200);
  return answer.body.entry?.map((entry: { resource: object }) => entry.resource) ?? [];
}

async function eventOf(id: string): Promise<Event> {
  const events = await eventsOf(id);
  expect(events).toHaveLength(1);
  return events[0];
}

const references = (event: Event): string[] =>
  event.entity.flatMap((entity: Event) => entity.what?.reference ?? []).toSorted();

const queryIn = (event: Event): string =>
  Buffer.from(event.entity.find((entity: Event) => entity.query).query, 'base64').toString();

describe('the AuditEvent of a request', () => {
  it('says who read what of whom, with which token, and never the token', async () => {
    const { id } = await call('GET', 'Observation/o-p1');
    const event = await eventOf(id);
    expect(event).toMatchObject({
      type: { code: 'rest' },
      subtype: [{ code: 'read' }],
      action: 'R',
      outcome: '0',
      agent: [
        { who: { identifier: { system: server.issuer.url, value: 'alice' } }, policy: ['urn:jti:token-of-alice'] },
        { who: { identifier: { value: 'app1' } }, network: { address: '127.0.0.1' } },
        { who: { display: 'Lanyard' } },
      ],
    });
    expect(references(event)).toEqual(['Observation/o-p1/_history/1', 'Patient/p1']);
    expect(queryIn(event)).toBe('GET http://localhost:3000/fhir/r4/Observation/o-p1');
    expect(JSON.stringify(event)).not.toContain(user.split('.')[2]);
  });

  it('names the version that stays where an update changes nothing, however often', async () => {
    const same = { resourceType: 'Organization', id: 'same', name: 'Same' };
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await call('PUT', 'Organization/same', same)).id);
    for (const id of ids) {
      const event = await eventOf(id);
      expect(event).toMatchObject({ subtype: [{ code: 'update' }], outcome: '0' });
      expect(references(event)).toEqual(['Organization/same/_history/1']);
    }
  });

  it('names its own caller, token and network, whoever did the same just before', async () => {
    const others = [
      user,
      server.token('user/*.cruds', { sub: 'bob', client_id: 'app1', jti: 'token-of-bob' }),
      server.token('user/*.cruds', { sub: 'bob', client_id: 'app2', jti: 'second-of-bob' }),
    ];
    const asked = await Promise.all(others.map((token) => call('GET', 'Observation/o-p1', undefined, token)));
    const agents = await Promise.all(asked.map(async ({ id }) => (await eventOf(id)).agent));
    expect(agents.map(([person, client]) => [person.name, person.policy, client.who.identifier.value])).toEqual([
      ['alice', ['urn:jti:token-of-alice'], 'app1'],
      ['bob', ['urn:jti:token-of-bob'], 'app1'],
      ['bob', ['urn:jti:second-of-bob'], 'app2'],
    ]);
  });

  it('is one for a search, with every patient and what was included', async () => {
    const { id } = await call('GET', 'Observation?code:text=pulse&_include=Observation:subject');
    expect(references(await eventOf(id))).toEqual([
      'Observation/o-p1/_history/1',
      'Observation/o-p2/_history/1',
      'Patient/p1',
      'Patient/p1/_history/1',
      'Patient/p2',
      'Patient/p2/_history/1',
    ]);
  });

  it('names the version that was shown, whatever version a resource within claims', async () => {
    const inner = { resourceType: 'Patient', id: 'inner', meta: { versionId: '99999999999' } };
    const entry = [{ fullUrl: 'http://t.example/Patient/inner', resource: inner }];
    const meta = { tag: [{ code: 'odd' }] };
    const stored = await call('PUT', 'Bundle/odd', {
      resourceType: 'Bundle',
      id: 'odd',
      type: 'collection',
      entry,
      meta,
    });
    expect(stored.status, stored.text).toBe(201);
    const { id, status } = await call('GET', 'Bundle?_id=odd');
    expect(status).toBe(200);
    expect(references(await eventOf(id))).toEqual(['Bundle/odd/_history/1']);
  });

  it('tells of a search that found nothing, with its criteria', async () => {
    const { id } = await call('GET', 'Patient?family=Nobody');
    const event = await eventOf(id);
    expect(queryIn(event)).toBe('GET http://localhost:3000/fhir/r4/Patient?family=Nobody');
    expect(references(event)).toEqual([]);
  });

  it.each([
    ['POST', 'Patient', 'create', 'C'],
    ['PUT', 'Patient/p9', 'update', 'U'],
  ])('is stored with a change by %s', async (method, path, subtype, action) => {
    const { id, body } = await call(method, path, { resourceType: 'Patient', ...(method === 'PUT' && { id: 'p9' }) });
    const event = await eventOf(id);
    expect(event).toMatchObject({ subtype: [{ code: subtype }], action, outcome: '0' });
    expect(references(event)).toEqual([`Patient/${body.id}`, `Patient/${body.id}/_history/1`]);
  });

  it('tells of a deletion whose record it was', async () => {
    await call('PUT', 'Patient/p8', { resourceType: 'Patient', id: 'p8' });
    const { id } = await call('DELETE', 'Patient/p8');
    expect(references(await eventOf(id))).toEqual(['Patient/p8', 'Patient/p8/_history/2']);
  });

  it('is one for a transaction with what it wrote and read', async () => {
    const { id } = await call('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: { resourceType: 'Patient', id: 'p7' }, request: { method: 'PUT', url: 'Patient/p7' } },
        { request: { method: 'GET', url: 'Observation/o-p2' } },
      ],
    });
    const event = await eventOf(id);
    expect(event.subtype[0].code).toBe('transaction');
    expect(references(event)).toEqual([
      'Observation/o-p2/_history/1',
      'Patient/p2',
      'Patient/p7',
      'Patient/p7/_history/1',
    ]);
  });

  it('comes with each write of a batch, and once for what the batch read and was refused', async () => {
    const reader = server.token('user/Patient.cruds user/Observation.rs', { sub: 'bob', client_id: 'app1' });
    const entry = [
      { resource: { resourceType: 'Patient', id: 'b1' }, request: { method: 'PUT', url: 'Patient/b1' } },
      { request: { method: 'GET', url: 'Observation/o-p1' } },
      { request: { method: 'GET', url: 'Encounter/e1' } },
    ];
    const { id } = await call('POST', '', { resourceType: 'Bundle', type: 'batch', entry }, reader);
    const events = await eventsOf(id);
    expect(events.map(references).toSorted((one, other) => String(one).localeCompare(String(other)))).toEqual([
      ['Observation/o-p1/_history/1', 'Patient/p1'],
      ['Patient/b1', 'Patient/b1/_history/1'],
    ]);
    expect(events.flatMap(({ subtype }) => subtype.map(({ code }: Event) => code))).toContain('scope-insufficient');
  });

  it('tells of histories, versions and operations', async () => {
    for (const path of ['Observation/o-p1/_history', 'Observation/o-p1/_history/1', 'Observation/o-p1/$meta']) {
      const { id, status } = await call('GET', path);
      expect([path, status, references(await eventOf(id))]).toEqual([
        path,
        200,
        ['Observation/o-p1/_history/1', 'Patient/p1'],
      ]);
    }
  });

  it('is given for every refusal, with its reasons', async () => {
    const { id, status } = await call('GET', 'Patient/p1', undefined, server.token('user/Observation.rs'));
    const event = await eventOf(id);
    expect([status, event.outcome, references(event)]).toEqual([403, '4', []]);
    expect(event.subtype.map(({ code }: Event) => code)).toEqual(['read', 'scope-insufficient']);
    expect(event.outcomeDesc).toContain('No scope of the token permits read of Patient');
    const unknown = await call('GET', 'Patient/p1', undefined, 'nonsense');
    expect([unknown.status, (await eventOf(unknown.id)).outcome]).toEqual([401, '8']);
  });

  it('is given for a refusal before anything is asked of the request, whatever its status', async () => {
    const basic = `Basic ${Buffer.from('jane:secret').toString('base64')}`;
    const tries: readonly (readonly [string, Record<string, string>])[] = [
      ['Patient/p1?access_token=x', { authorization: `Bearer ${user}` }],
      ['Patient/p1', { authorization: `Bearer ${user}, Bearer ${user}` }],
      ['Patient/p1', { authorization: `${basic}, Bearer ${user}` }],
    ];
    for (const [path, headers] of tries) {
      const id = randomUUID();
      const { status } = await server.call('GET', path, { headers: { ...headers, 'x-request-id': id } });
      const event = await eventOf(id);
      const codes = event.subtype.map(({ code }: Event) => code);
      const expected = path.includes('?') || !headers['authorization']!.startsWith('Basic');
      expect([status, codes[1]]).toEqual(expected ? [400, 'multiple-credentials'] : [401, 'scheme-unsupported']);
      expect(queryIn(event)).toMatch(/^GET .*\/Patient\/p1$/);
    }
  });

  it('has no credential, wherever the client put one', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const opaque = 'opaque-0123456789';
    const basic = Buffer.from('jane:very-secret').toString('base64');
    const asked: readonly (readonly [string, string, (string | undefined)?, Record<string, string>?])[] = [
      ...['access_token', 'token', 'ACCESS_TOKEN', 'id_token', 'client_secret', 'password', 'name', '_content'].map(
        (name) => ['GET', `Patient?${name}=${user}`] as const,
      ),
      ['GET', `Patient?token=${opaque}`],
      ['GET', `Patient?authorization=Bearer%20${opaque}`],
      ['GET', `Patient?name=Bearer+${opaque}`],
      ['GET', `Patient?name=Basic+${basic}`],
      ['GET', `Patient?name=${user.replaceAll('.', '%252E')}`],
      ['GET', `Patient/${user}`],
      ['GET', `Patient?${user}`],
      ['POST', 'Patient/_search', `name=${user}`, form],
      ['POST', 'Patient/_search', `token=${opaque}&assertion=${opaque}`, form],
      ['GET', 'Patient/p1', undefined, { authorization: user }],
      ['GET', 'Patient/p1', undefined, { authorization: `Basic ${Buffer.from(`${user}:`).toString('base64')}` }],
      ['GET', 'Patient/p1', undefined, { 'x-purpose-of-use': `BTG; reason="${user}"` }],
      ['GET', `Patient/${user}`, undefined, { authorization: 'Bearer nonsense' }],
    ];
    const [, claims = '', signature = ''] = user.split('.');
    for (const [method, path, body, headers = {}] of asked) {
      const id = randomUUID();
      const options = { headers: { authorization: `Bearer ${user}`, 'x-request-id': id, ...headers } };
      await server.call(method, path, { ...options, ...(body !== undefined && { body }) });
      for (const event of await eventsOf(id)) {
        const queries = event.entity.flatMap(({ query }: Event) =>
          query === undefined ? [] : [decodeURIComponent(Buffer.from(query, 'base64').toString())],
        );
        const told = JSON.stringify([event, queries]);
        for (const secret of [claims, signature, opaque, basic])
          expect(told, `${method} ${path}`).not.toContain(secret);
      }
    }
  });

  it('names who logged in, and who tried', async () => {
    const id = randomUUID();
    const body = { user: 'admin', password: adminPassword };
    const headers = { 'content-type': 'application/json', 'x-request-id': id };
    expect((await server.call('POST', 'login', { body, headers })).status).toBe(200);
    expect(await eventOf(id)).toMatchObject({
      type: { code: '110114' },
      subtype: [{ code: '110122' }],
      outcome: '0',
      agent: [{ name: 'admin' }, {}, {}],
    });
    const failed = { 'content-type': 'application/json', 'x-request-id': randomUUID() };
    expect((await server.call('POST', 'login', { body: { ...body, password: 'x' }, headers: failed })).status).toBe(
      401,
    );
    const event = await eventOf(failed['x-request-id']);
    expect(event).toMatchObject({ outcome: '8', agent: [{ name: 'admin' }, {}, {}] });
    expect(event.subtype[1].code).toBe('login-failed');
    expect(JSON.stringify(event)).not.toContain(adminPassword);
  });
});

describe('AuditEvents', () => {
  it.each([
    ['patient=Patient/p1', true],
    ['agent:identifier=alice', true],
    ['agent:identifier=nobody', false],
    ['outcome=0', true],
    ['entity=Observation/o-p1', true],
    ['subtype=read', true],
    ['action=R', true],
    ['date=gt2020-01-01', true],
    ['date=lt2020-01-01', false],
    ['address=127.0.0.1', true],
    ['agent-name=alice', true],
    ['entity-role=1', true],
    ['policy=urn:jti:token-of-alice', true],
    ['agent:identifier=urn:other|alice', false],
    ['type=http://terminology.hl7.org/CodeSystem/audit-event-type|', true],
    ['action:not=R&subtype=read', false],
    ['patient=Patient/p1&action=R&type=rest', true],
    ['patient=Patient/p1&action=D&subtype=read', false],
    ['patient=Patient/p1&subtype=read,vread&outcome=0&entity-role=1', true],
  ])('are found by %s: %s', async (query, found) => {
    const answer = await server.call('GET', `AuditEvent?${query}&_count=1`, { token: auditor });
    expect([answer.status, answer.body.entry?.length ?? 0]).toEqual([200, found ? 1 : 0]);
  });

  it.each([
    ['R', true],
    ['D', false],
  ])('lead from action %s to the patient of a read: %s', async (action, found) => {
    const token = server.token('user/*.rs user/AuditEvent.rs');
    const query = `_id=p1&_has:AuditEvent:patient:action=${action}&_has:AuditEvent:patient:subtype=read`;
    const { status, body } = await server.call('GET', `Patient?${query}`, { token });
    expect([status, body.entry?.length ?? 0]).toEqual([200, found ? 1 : 0]);
  });

  it('are read, searched in the compartment of a patient, and listed by a search of the system that names them', async () => {
    const [event] = (await server.call('GET', 'Patient/p1/AuditEvent', { token: auditor })).body.entry;
    expect((await server.call('GET', `AuditEvent/${event.resource.id}`, { token: auditor })).body).toEqual(
      event.resource,
    );
    const both = server.token('user/*.rs user/AuditEvent.rs');
    const typesIn = async (path: string) =>
      new Set(
        (await server.call('GET', path, { token: both })).body.entry.map((one: Event) => one.resource?.resourceType),
      );
    expect(await typesIn('?_type=AuditEvent,Patient&_count=1000')).toEqual(new Set(['AuditEvent', 'Patient']));
    expect(await typesIn('?_lastUpdated=gt2020-01-01&_count=1000')).not.toContain('AuditEvent');
    expect(await typesIn('_history?_count=1000')).not.toContain('AuditEvent');
  });

  it('are valid resources', async () => {
    const { body } = await server.call('GET', 'AuditEvent?_count=200', { token: auditor });
    for (const { resource } of body.entry) {
      const checked = await server.call('POST', 'AuditEvent/$validate', {
        token: server.token('system/AuditEvent.cruds system/*.cruds', { sub: 'loader', client_id: 'loader' }),
        body: resource,
      });
      const errors = checked.body.issue?.filter(({ severity }: Event) => severity === 'error' || severity === 'fatal');
      expect([resource.subtype, checked.status, errors]).toEqual([resource.subtype, 200, []]);
    }
  });

  it('are read-only to every client, in a transaction too', async () => {
    const writer = server.token('system/AuditEvent.cruds system/*.cruds', { sub: 'loader', client_id: 'loader' });
    const { body } = await server.call('GET', 'AuditEvent?_count=1', { token: auditor });
    const { resource } = body.entry[0];
    const statuses = [
      await call('PUT', `AuditEvent/${resource.id}`, { ...resource, outcome: '0' }, writer),
      await call('DELETE', `AuditEvent/${resource.id}`, undefined, writer),
      await call('POST', `AuditEvent/${resource.id}/$meta-add`, { resourceType: 'Parameters' }, writer),
      await call(
        'POST',
        '',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ resource, request: { method: 'POST', url: 'AuditEvent' } }],
        },
        writer,
      ),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 403, 403, 403]);
  });
});

it('tells the operator when no AuditEvents can be made', async () => {
  const [sealer, session] = [server.app.get(AuditSealer), server.app.get(SqlSession)];
  await sealer.catchUp();
  await sealer['look']();
  expect(sealer.lateSeconds).toBe(0);
  const told = vi.spyOn(sealer['logger'], 'error').mockImplementation(() => undefined);
  const broken = JSON.stringify({ id: 'broken', recorded: 'never', event: 'read', outcome: '0' });
  await session.count({ text: 'INSERT INTO audit_record (tenant, entry) VALUES (1, $1)', values: [broken] });
  await vi.waitFor(() => expect(sealer['watch']?.seen?.state).toMatch(/./), { timeout: 10_000, interval: 50 });
  await sealer['look']();
  await delay(20);
  await sealer['look']();
  const late = sealer.lateSeconds;
  await session.count({ text: 'DELETE FROM audit_record WHERE entry = $1', values: [broken] });
  await sealer['look']();
  expect(told.mock.calls[0]?.[0]).toContain('No AuditEvents can be made');
  expect(late).toBeGreaterThanOrEqual(0.02);
  expect(sealer.lateSeconds).toBe(0);
});

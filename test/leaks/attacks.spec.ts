import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBinary, aBundle, aDocument, anObservation, aPatient, aProvenance, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import { linkOf } from './reading-paths.js';
import { runSql } from './world.js';

let server: TestServer;
let admin: string;
beforeAll(async () => {
  server = await startServer();
  admin = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  await store(
    ...['p1', 'p2'].map((id) => ({ ...aPatient(), id })),
    { ...anObservation('Patient/p1'), id: 'of-p1' },
    { ...anObservation('Patient/p2'), id: 'of-p2' },
    { resourceType: 'RelatedPerson', id: 'rp', patient: { reference: 'Patient/p1' } },
  );
});
afterAll(() => server.close());

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  expect((await server.call('POST', '', { token: admin, body })).status).toBe(200);
}

const ofP1 = (scope = 'patient/*.cruds') => server.token(scope, { patient: 'p1' });
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

/** The same request about two ids: one of somebody else, one of nobody. */
async function expectAlike(ask: (id: string) => Promise<Answer>, foreign: string, status: number): Promise<void> {
  const [hidden, unknown] = [await ask(foreign), await ask('of-nobody')];
  expect(hidden.status).toBe(status);
  expect(unknown.status).toBe(status);
  expect(hidden.text.replaceAll(foreign, 'ID')).toBe(unknown.text.replaceAll('of-nobody', 'ID'));
}

describe('a RelatedPerson', () => {
  it.each(['PUT', 'transaction', 'batch'])('cannot take the record of another patient by %s', async (how) => {
    const token = server.token('user/*.cruds', { fhirUser: `${base}/RelatedPerson/rp` });
    const moved = { resourceType: 'RelatedPerson', id: 'rp', patient: { reference: 'Patient/p2' } };
    const request =
      how === 'PUT'
        ? server.call('PUT', 'RelatedPerson/rp', { token, body: moved })
        : server.call('POST', '', { token, body: aBundle(how as 'batch', putting(moved)) });
    expect((await request).text).toContain('forbidden');
    expect((await server.call('GET', 'Observation/of-p2', { token })).status).toBe(404);
    expect((await server.call('GET', 'Observation/of-p1', { token })).status).toBe(200);
    expect((await server.call('DELETE', 'RelatedPerson/rp', { token })).status).toBe(403);
  });

  it('sees on the next page what the person may see by then', async () => {
    await store(...['a', 'b', 'c'].map((id) => ({ ...anObservation('Patient/p3'), id: `page-${id}` })), {
      resourceType: 'RelatedPerson',
      id: 'fickle',
      patient: { reference: 'Patient/p3' },
    });
    const token = server.token('user/*.rs', { fhirUser: `${base}/RelatedPerson/fickle` });
    const first = await server.call('GET', 'Observation?_count=1', { token });
    expect(first.text).toContain('page-a');
    await store({ resourceType: 'RelatedPerson', id: 'fickle', patient: { reference: 'Patient/p4' } });
    const next = await server.call('GET', linkOf(first.body, 'next')!.slice(base.length + 1), { token });
    expect(next.body.entry).toBeUndefined();
  });
});

describe('a Binary of somebody else', () => {
  beforeAll(() =>
    store(
      { ...aBinary({ securityContext: { reference: 'Patient/p2' } }), id: 'secured' },
      { ...aBinary(), id: 'pointed-at' },
      { ...aDocument('Patient/p2', 'Binary/pointed-at'), id: 'their-document' },
      { ...aBinary(), id: 'alone' },
    ),
  );

  it.each(['secured', 'pointed-at', 'alone'])(
    'is not opened by a document of ours that points at it: %s',
    async (id) => {
      const token = ofP1();
      const document = (binary: string) => aDocument('Patient/p1', `Binary/${binary}`);
      await expectAlike((one) => server.call('POST', 'DocumentReference', { token, body: document(one) }), id, 403);
      const entry = { request: { method: 'POST', url: 'DocumentReference' }, resource: document(id) };
      await server.call('POST', '', { token, body: aBundle('batch', entry) });
      await server.call('POST', '', { token, body: aBundle('transaction', entry) });
      const absolute = { ...entry, resource: aDocument('Patient/p1', `${base}/Binary/${id}/_history/1`) };
      await server.call('POST', '', { token, body: aBundle('batch', absolute) });
      await expectAlike((one) => server.call('GET', `Binary/${one}`, { token }), id, 404);
    },
  );

  it('stays closed when the document is made first and the Binary gets its id later', async () => {
    const token = ofP1();
    const early = await server.call('POST', 'DocumentReference', {
      token,
      body: aDocument('Patient/p1', 'Binary/later'),
    });
    expect(early.status).toBe(403);
    await store({ ...aBinary(), id: 'later' });
    expect((await server.call('GET', 'Binary/later', { token })).status).toBe(404);
  });

  it('stays closed when an old document of ours is changed to point at it', async () => {
    const token = ofP1();
    const own = await server.call('POST', 'Binary', {
      token,
      body: aBinary({ securityContext: { reference: 'Patient/p1' } }),
    });
    const written = await server.call('POST', 'DocumentReference', {
      token,
      body: aDocument('Patient/p1', `Binary/${own.body.id}`),
    });
    expect(statuses([own, written])).toEqual([201, 201]);
    const { id } = written.body;
    const put = (binary: string) =>
      server.call('PUT', `DocumentReference/${id}`, {
        token,
        body: { ...aDocument('Patient/p1', `Binary/${binary}`), id },
      });
    expect(statuses([await put('alone'), await put(own.body.id)])).toEqual([403, 200]);
    expect((await server.call('GET', 'Binary/alone', { token })).status).toBe(404);
  });

  it('of our own record that a granular scope hides is not opened either', async () => {
    const typed = (code: string) => ({ type: { coding: [{ system: 'urn:x', code }] } });
    await store(
      { ...aBinary(), id: 'sensitive' },
      { ...aDocument('Patient/p1', 'Binary/sensitive', typed('b')), id: 'b' },
    );
    const token = ofP1('patient/Binary.rs patient/DocumentReference.cruds?type=a');
    await expectAlike(
      (id) =>
        server.call('POST', 'DocumentReference', { token, body: aDocument('Patient/p1', `Binary/${id}`, typed('a')) }),
      'sensitive',
      403,
    );
    expect((await server.call('GET', 'Binary/sensitive', { token })).status).toBe(404);
    expect((await server.call('GET', 'Binary/sensitive', { token: ofP1('patient/*.rs') })).status).toBe(200);
  });

  it('can be ours when it is sent together with the document', async () => {
    const token = ofP1();
    const urn = 'urn:uuid:0f0e2b0a-4b34-4a8e-9a63-8f1c3a8a6c11';
    const entries = [
      { fullUrl: urn, request: { method: 'POST', url: 'Binary' }, resource: aBinary() },
      { request: { method: 'POST', url: 'DocumentReference' }, resource: aDocument('Patient/p1', urn) },
    ];
    const { status, body } = await server.call('POST', '', { token, body: aBundle('transaction', ...entries) });
    expect(status).toBe(200);
    const [location] = body.entry[0].response.location.split('/_history');
    expect((await server.call('GET', location, { token })).status).toBe(200);
  });
});

describe('writing what is derived', () => {
  it('does not tell whether a hidden resource exists', async () => {
    await store({ ...anObservation('Patient/p1', { status: 'amended' }), id: 'amended' });
    const granular = ofP1('patient/Observation.cruds?status=final patient/Provenance.cruds patient/Binary.cruds');
    for (const token of [ofP1(), granular]) {
      const foreign = token === granular ? 'amended' : 'of-p2';
      const provenance = (id: string) => aProvenance(`Observation/${id}`);
      const binary = (id: string) => aBinary({ securityContext: { reference: `Observation/${id}` } });
      await expectAlike((id) => server.call('POST', 'Provenance', { token, body: provenance(id) }), foreign, 403);
      await expectAlike((id) => server.call('POST', 'Binary', { token, body: binary(id) }), foreign, 403);
      expect((await server.call('POST', 'Provenance', { token, body: provenance('of-p1') })).status).toBe(201);
    }
  });
});

describe('a resource of another tenant', () => {
  it('does not lend its visibility to ours of the same id', async () => {
    await store({ ...anObservation('Patient/p1'), id: 'twin' });
    await runSql(server, `UPDATE resource SET tenant = 2 WHERE id = 'twin'`);
    await store({ ...anObservation('Patient/p2'), id: 'twin' });
    const body = { ...anObservation('Patient/p1'), id: 'twin' };
    expect((await server.call('PUT', 'Observation/twin', { token: ofP1(), body })).status).toBe(404);
    expect((await server.call('DELETE', 'Observation/twin', { token: ofP1() })).status).toBe(404);
    const read = await server.call('GET', 'Observation/twin', { token: admin });
    expect(read.body.subject.reference).toBe('Patient/p2');
  });
});

describe('AuditEvent', () => {
  it.each(['POST', 'PUT', 'DELETE'])('is not written by %s, whatever the scope', async (method) => {
    const token = server.token('system/AuditEvent.cruds', { sub: 'loader', client_id: 'loader' });
    const address = method === 'POST' ? 'AuditEvent' : 'AuditEvent/a1';
    const body = { resourceType: 'AuditEvent', id: 'a1' };
    const alone = await server.call(method, address, { token, body });
    expect(alone.status).toBe(403);
    expect(alone.text).toContain('policy-refused');
    const entry = { request: { method, url: address }, ...(method !== 'DELETE' && { resource: body }) };
    expect((await server.call('POST', '', { token, body: aBundle('transaction', entry) })).status).toBe(403);
    expect((await server.call('GET', 'AuditEvent', { token })).status).toBe(200);
    expect((await server.call('GET', 'AuditEvent', { token: admin })).status).toBe(403);
  });
});

describe('another tenant', () => {
  it('neither blocks an id nor is touched by writes to it', async () => {
    await store({ ...anObservation('Patient/p1'), id: 'shared-id' });
    await runSql(server, `UPDATE resource SET tenant = 2 WHERE id = 'shared-id'`);
    const body = { ...anObservation('Patient/p2'), id: 'shared-id' };
    const created = await server.call('PUT', 'Observation/shared-id', { token: admin, body });
    expect(created.status).toBe(201);
    expect(created.headers['etag']).toBe('W/"1"');
    expect((await server.call('PUT', 'Observation/shared-id', { token: admin, body })).status).toBe(200);
    expect((await server.call('DELETE', 'Observation/shared-id', { token: admin })).status).toBe(204);
    await runSql(
      server,
      `DO $$ BEGIN ASSERT (SELECT count(*) FROM resource WHERE id = 'shared-id' AND tenant = 2 AND version = 1 AND NOT deleted) = 1; END $$`,
    );
  });
});

describe('a page link of somebody else', () => {
  it.each([
    'Observation?_count=1',
    'Observation/of-p1/_history?_count=1',
    'Observation/_history?_count=1',
    '_history?_count=1',
  ])('is refused: %s', async (query) => {
    await store({ ...anObservation('Patient/p1', { identifier: [{ value: query }] }), id: 'of-p1' });
    const next = linkOf((await server.call('GET', query, { token: admin })).body, 'next')!.slice(base.length + 1);
    expect((await server.call('GET', next, { token: admin })).status).toBe(200);
    for (const token of [ofP1(), ofP1('patient/Observation.rs?status=final')]) {
      const { status, text } = await server.call('GET', next, { token });
      expect(status).toBe(403);
      expect(text).toContain('cursor-foreign');
    }
  });

  it('but of the same access is taken, whatever the token', async () => {
    await store({ ...anObservation('Patient/p1'), id: 'of-p1-too' });
    const first = await server.call('GET', 'Observation?_count=1', { token: ofP1('patient/Observation.rs') });
    const next = linkOf(first.body, 'next')!.slice(base.length + 1);
    expect((await server.call('GET', next, { token: ofP1('patient/*.read') })).status).toBe(200);
  });
});

describe('nobody', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'])('gets nothing by %s without a token', async (method) => {
    for (const path of [
      'Observation/of-p1',
      'Observation/of-nobody',
      'Observation/of-p1/_history/1',
      '',
      'Observation',
    ]) {
      const { status, text } = await server.call(method, path);
      expect(status, `${method} ${path}`).toBe(401);
      expect(text).not.toContain('8867-4');
    }
  });
});

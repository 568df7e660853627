// Large content lies beside the resource, in a table that carries no predicate: it is reached through a judged row only.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { aBinary, aDocument, aPatient } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

const size = partSize + 10;
const secret = 'secret-'.repeat(Math.ceil(size / 7)).slice(0, size);
const own = 'own----'.repeat(Math.ceil(size / 7)).slice(0, size);

let server: TestServer;
let admin: string;
let ofP1: string;
beforeAll(async () => {
  server = await startServer();
  admin = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  ofP1 = server.token('patient/*.cruds', { patient: 'p1' });
  for (const id of ['p1', 'p2']) {
    await server.call('PUT', `Patient/${id}`, { token: admin, body: { ...aPatient(), id } });
  }
});
afterAll(() => server.close());

async function put(id: string, body: string, patient: string, token = admin) {
  const headers = { 'content-type': 'text/plain', 'x-security-context': `Patient/${patient}` };
  return server.call('PUT', `Binary/${id}`, { token, body, headers });
}

const asks = ['*/*', 'application/fhir+json', 'application/fhir+xml'].flatMap((accept) => [
  ['GET', { accept }],
  ['GET', { accept, range: 'bytes=0-5' }],
  ['GET', { accept, 'if-none-match': '*' }],
  ['HEAD', { accept }],
]) as readonly [string, Readonly<Record<string, string>>][];

describe('Binary content beside the resource', () => {
  it('of somebody else is as if it was not there', async () => {
    expect((await put('of-p2', secret, 'p2')).status).toBe(201);
    for (const [method, headers] of asks) {
      for (const version of ['', '/_history/1']) {
        const [hidden, unknown] = await Promise.all(
          ['of-p2', 'of-no'].map((id) => server.call(method, `Binary/${id}${version}`, { token: ofP1, headers })),
        );
        expect(hidden!.status).toBe(404);
        expect(hidden!.text.replaceAll('of-p2', 'of-no')).toBe(unknown!.text);
      }
    }
    for (const patient of ['p1', 'p2']) expect((await put('of-p2', own, patient, ofP1)).status).toBe(404);
    expect((await server.call('GET', 'Binary/of-p2', { token: admin })).text).toBe(secret);
  });

  it('of a version that was not within reach stays hidden when a later one is', async () => {
    await put('moved', secret, 'p2');
    await put('moved', own, 'p1');
    for (const [method, headers] of asks) {
      for (const version of ['', '/_history/2']) {
        const { status, text } = await server.call(method, `Binary/moved${version}`, { token: ofP1, headers });
        expect([200, 206, 304]).toContain(status);
        expect(text).not.toContain('secret');
        expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 40));
      }
      expect((await server.call(method, 'Binary/moved/_history/1', { token: ofP1, headers })).status).toBe(404);
    }
    expect((await server.call('GET', 'Binary/moved', { token: ofP1 })).text).toBe(own);
  });

  it('is read by who sees what points at it, until that is gone', async () => {
    await server.call('PUT', 'Binary/shared', {
      token: admin,
      body: secret,
      headers: { 'content-type': 'text/plain' },
    });
    const get = () => server.call('GET', 'Binary/shared', { token: ofP1 });
    expect((await get()).status).toBe(404);
    const body = { ...aDocument('Patient/p1', 'Binary/shared'), id: 'to-shared' };
    await server.call('PUT', 'DocumentReference/to-shared', { token: admin, body });
    expect((await get()).text).toBe(secret);
    await server.call('DELETE', 'DocumentReference/to-shared', { token: admin });
    expect((await get()).status).toBe(404);
  });

  it('does not come back with a Binary that says nothing of it', async () => {
    await put('emptied', secret, 'p2');
    const body = { ...aBinary({ securityContext: { reference: 'Patient/p1' } }), id: 'emptied', data: undefined };
    expect((await server.call('PUT', 'Binary/emptied', { token: admin, body })).status).toBe(200);
    expect(await server.call('GET', 'Binary/emptied', { token: ofP1 })).toMatchObject({ status: 200, text: '' });
  });
});

describe('a Binary that a document points at', () => {
  it('is of the record of that document, whatever other documents the caller may read', async () => {
    const scope = 'patient/Binary.rs patient/DocumentReference.rs user/DocumentReference.rs';
    const token = server.token(scope, { patient: 'p1', fhirUser: `${base}/Practitioner/dr` });
    for (const patient of ['p1', 'p2']) {
      const stored: readonly [string, JsonObject][] = [
        [`Binary/shown-${patient}`, aBinary()],
        [`DocumentReference/document-${patient}`, aDocument(`Patient/${patient}`, `Binary/shown-${patient}`)],
      ];
      for (const [address, resource] of stored) {
        const body = { ...resource, id: address.split('/')[1]! };
        expect((await server.call('PUT', address, { token: admin, body })).status).toBe(201);
      }
      expect((await server.call('GET', `DocumentReference/document-${patient}`, { token })).status).toBe(200);
    }
    expect((await server.call('GET', 'Binary/shown-p1', { token })).status).toBe(200);
    expect((await server.call('GET', 'Binary/shown-p2', { token })).status).toBe(404);
    const found = await server.call('GET', 'Binary?_id=shown-p1,shown-p2', { token });
    expect(found.body.entry.map((entry: { resource: { id: string } }) => entry.resource.id)).toEqual(['shown-p1']);
  });
});

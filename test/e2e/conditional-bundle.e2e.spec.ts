// https://hl7.org/fhir/R4/http.html#trules: conditions in transactions and batches
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

let made = 0;
const system = 'http://example.org/ids';
const fresh = (): string => `b${++made}`;
const named = (value: string, changes: JsonObject = {}): JsonObject =>
  aPatient({ identifier: [{ system, value }], ...changes });
const condition = (value: string): string => `identifier=${system}|${value}`;
const reference = (value: string): string => `Patient?${condition(value)}`;

type Request = Readonly<Record<string, string>>;
const entry = (request: Request, resource?: JsonObject, fullUrl?: string) =>
  ({ request, ...(resource && { resource }), ...(fullUrl !== undefined && { fullUrl }) }) as never;
const post = (resource: JsonObject, more: Request = {}, fullUrl?: string) =>
  entry({ method: 'POST', url: resource['resourceType'] as string, ...more }, resource, fullUrl);
const call = (kind: 'batch' | 'transaction', entries: readonly never[], token = all, headers = {}): Promise<Answer> =>
  server.call('POST', '', { token, body: aBundle(kind, ...entries), headers });
const transaction = (...entries: readonly never[]) => call('transaction', entries);
const get = async (path: string) => (await server.call('GET', path, { token: all })).body;
const create = async (value: string): Promise<string> =>
  (await server.call('POST', 'Patient', { token: all, body: named(value) })).body.id;
const statusesOf = ({ body }: Answer): readonly string[] =>
  body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));
const placesOf = ({ body }: Answer) => body.issue.map(({ expression }: { expression: string[] }) => expression[0]);

describe('a conditional create in a transaction', () => {
  it('creates or takes the match, to which references to its fullUrl then go', async () => {
    const [known, unknown] = [fresh(), fresh()];
    const id = await create(known);
    const [one, other] = [`urn:uuid:${randomUUID()}`, `urn:uuid:${randomUUID()}`];
    const answer = await transaction(
      post(named(known), { ifNoneExist: condition(known) }, one),
      post(named(unknown), { ifNoneExist: condition(unknown) }, other),
      post(anObservation(one)),
      post(anObservation(other)),
    );
    expect(statusesOf(answer)).toEqual(['200', '201', '201', '201']);
    const locations = answer.body.entry.map(({ response }: { response: { location: string } }) => response.location);
    expect(locations[0]).toBe(`Patient/${id}/_history/1`);
    const [first, second] = await Promise.all(locations.slice(2).map((path: string) => get(path)));
    expect(first.subject.reference).toBe(`Patient/${id}`);
    expect(second.subject.reference).toBe(locations[1].replace('/_history/1', ''));
  });

  it('shows a match to who may read it, with its content on request', async () => {
    const value = fresh();
    const id = await create(value);
    const entries = [post(named(value), { ifNoneExist: condition(value) })];
    const shown = await call('transaction', entries, all, { prefer: 'return=representation' });
    expect(shown.body.entry[0]).toMatchObject({ resource: { id }, response: { status: '200 OK', etag: 'W/"1"' } });
    const blind = await call('transaction', entries, server.token('user/Patient.cs'));
    expect(blind.body.entry).toEqual([{ response: { status: '200 OK' } }]);
    expectOutcome(await call('transaction', entries, server.token('user/Patient.c')), 403, /Patient\.s/);
  });

  it('fails with 412 when several match, and names the entry', async () => {
    const value = fresh();
    await create(value);
    await create(value);
    const answer = await transaction(post(aPatient()), post(named(value), { ifNoneExist: condition(value) }));
    expectOutcome(answer, 412, /More than one/);
    expect(placesOf(answer)).toEqual(['Bundle.entry[1]']);
  });

  it.each([
    ['PUT', 'Patient/x'],
    ['DELETE', 'Patient/x'],
    ['GET', 'Patient/x'],
  ])('belongs to POST: %s', async (method, url) => {
    const resource = method === 'PUT' ? named('x', { id: 'x' }) : undefined;
    expectOutcome(await transaction(entry({ method, url, ifNoneExist: 'identifier=1' }, resource)), 400, /ifNoneExist/);
  });
});

describe('conditional update, patch and delete in a transaction', () => {
  it('are resolved against the state before it', async () => {
    const [updated, patched, deleted, absent] = [fresh(), fresh(), fresh(), fresh()];
    const ids = await Promise.all([create(updated), create(patched), create(deleted)]);
    const patch = {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64'),
    };
    const answer = await transaction(
      entry({ method: 'PUT', url: reference(updated) }, named(updated, { active: true })),
      entry({ method: 'PATCH', url: reference(patched) }, patch),
      entry({ method: 'DELETE', url: reference(deleted) }),
      entry({ method: 'PUT', url: reference(absent) }, named(absent)),
      entry({ method: 'DELETE', url: reference(fresh()) }),
    );
    expect(statusesOf(answer)).toEqual(['200', '200', '204', '201', '204']);
    expect((await get(`Patient/${ids[0]}`)).active).toBe(true);
    expect((await get(`Patient/${ids[1]}`)).active).toBe(true);
    expect((await get(`Patient/${ids[2]}`)).resourceType).toBe('OperationOutcome');
  });

  it('fail as a whole, with all entries named', async () => {
    const [several, absent] = [fresh(), fresh()];
    await create(several);
    await create(several);
    const answer = await transaction(
      post(named(absent)),
      entry({ method: 'PUT', url: reference(several) }, named(several)),
      entry({ method: 'DELETE', url: reference(several) }),
    );
    expectOutcome(answer, 400, /Two entries have the condition/);
    expect(placesOf(answer)).toEqual(['Bundle.entry[1]', 'Bundle.entry[2]']);
    const patch = { resourceType: 'Parameters' };
    const other = await transaction(
      entry({ method: 'PUT', url: reference(several) }, named(several)),
      entry({ method: 'PATCH', url: reference(absent) }, patch),
    );
    expectOutcome(other, 404);
    expect(other.body.issue.map(({ code }: { code: string }) => code)).toEqual(['multiple-matches', 'not-found']);
    expect(placesOf(other)).toEqual(['Bundle.entry[0]', 'Bundle.entry[1]']);
    expect((await get(reference(absent))).entry).toBeUndefined();
  });
});

describe('a conflict inside one bundle', () => {
  it('is two entries with one condition, in whatever spelling', async () => {
    const value = fresh();
    const answer = await transaction(
      post(named(value), { ifNoneExist: `${condition(value)}&birthdate=2000` }),
      post(named(value), { ifNoneExist: `birthdate=eq2000&identifier=${encodeURIComponent(`${system}|${value}`)}` }),
    );
    expectOutcome(answer, 400, /Two entries have the condition/);
    expect(placesOf(answer)).toEqual(['Bundle.entry[0]', 'Bundle.entry[1]']);
  });

  it('is two entries that come to one resource', async () => {
    const value = fresh();
    const id = await create(value);
    const answer = await transaction(
      entry({ method: 'PUT', url: `Patient?_id=${id}` }, named(value)),
      entry({ method: 'PUT', url: reference(value) }, named(value)),
    );
    expectOutcome(answer, 400, new RegExp(`Patient/${id} is changed twice`));
    const deleted = await transaction(
      post(named(value), { ifNoneExist: condition(value) }),
      entry({ method: 'DELETE', url: `Patient/${id}` }),
    );
    expectOutcome(deleted, 400, /deletes/);
    expect(placesOf(deleted).toSorted()).toEqual(['Bundle.entry[0]', 'Bundle.entry[1]']);
    expect((await get(`Patient/${id}`)).meta.versionId).toBe('1');
  });
});

describe('conditional references', () => {
  it('become the one match, wherever they stand', async () => {
    const value = fresh();
    const id = await create(value);
    const answer = await transaction(
      post(
        anObservation(reference(value), {
          extension: [{ url: 'http://example.org/x', valueReference: { reference: reference(value) } }],
          focus: [{ reference: `Patient?identifier=${encodeURIComponent(`${system}|${value}`)}` }],
        }),
      ),
    );
    const stored = await get(answer.body.entry[0].response.location);
    const target = `Patient/${id}`;
    expect([stored.subject.reference, stored.focus[0].reference]).toEqual([target, target]);
    expect(stored.extension[0].valueReference.reference).toBe(target);
  });

  it('fail with 412 for none and for several, naming entry and expression', async () => {
    const [none, several] = [fresh(), fresh()];
    await create(several);
    await create(several);
    const answer = await transaction(
      post(aPatient()),
      post(anObservation(reference(none))),
      post(anObservation(reference(several))),
    );
    expectOutcome(answer, 412);
    expect(placesOf(answer)).toEqual([1, 2].map((at) => `Bundle.entry[${at}].resource.subject.reference`));
    expect(answer.body.issue.map(({ code }: { code: string }) => code)).toEqual(['not-found', 'multiple-matches']);
  });

  it.each([
    ['Patient?', /needs a search criterion/],
    ['Patient?identifer=1', /identifer/],
    ['Patient?_count=1', /_count/],
    ['Patent?identifier=1', /Patent/],
  ])('are refused unless they are understood: %s', async (text, fact) => {
    const answer = await transaction(post(aPatient()), post(anObservation(text)));
    expectOutcome(answer, 400, fact);
    expect(placesOf(answer)).toEqual(['Bundle.entry[1].resource.subject.reference']);
  });

  it('need s on their type, and find only what is within reach', async () => {
    const value = fresh();
    await create(value);
    const entries = [post(anObservation(reference(value)))];
    const refused = await call('transaction', entries, server.token('user/Observation.c'));
    expectOutcome(refused, 403, /Patient\.s/);
    const own = { patient: 'p1' };
    const hidden = await call('transaction', entries, server.token('patient/*.cruds', own));
    const absent = await call(
      'transaction',
      [post(anObservation(reference('nobody')))],
      server.token('patient/*.cruds', own),
    );
    expectOutcome(hidden, 412);
    const textOf = ({ body }: Answer, name: string) => JSON.stringify(body.issue).replaceAll(name, 'NAME');
    expect(textOf(hidden, value)).toBe(textOf(absent, 'nobody'));
  });

  it('and conditional creates are resolved in hundreds at once', async () => {
    const values = Array.from({ length: 600 }, fresh);
    const loaded = await transaction(...values.map((value) => post(named(value), { ifNoneExist: condition(value) })));
    expect(new Set(statusesOf(loaded))).toEqual(new Set(['201']));
    const referring = Array.from({ length: 1200 }, (_, n) => post(anObservation(reference(values[n % 600]!))));
    expect(new Set(statusesOf(await transaction(...referring)))).toEqual(new Set(['201']));
    const again = await transaction(...values.map((value) => post(named(value), { ifNoneExist: condition(value) })));
    expect(new Set(statusesOf(again))).toEqual(new Set(['200']));
  });
});

describe('a batch', () => {
  it('resolves the condition of each entry alone', async () => {
    const value = fresh();
    const conditional = post(named(value), { ifNoneExist: condition(value) });
    const answer = await call('batch', [
      conditional,
      conditional,
      entry({ method: 'PUT', url: reference(value) }, named(value, { active: true })),
      entry({ method: 'PATCH', url: reference(value) }, { resourceType: 'Parameters' }),
      entry({ method: 'DELETE', url: reference(value) }),
      entry({ method: 'DELETE', url: reference(value) }),
      entry({ method: 'PATCH', url: reference(value) }, { resourceType: 'Parameters' }),
      entry({ method: 'PUT', url: 'Patient?_count=1' }, named(value)),
    ]);
    expect(statusesOf(answer)).toEqual(['201', '200', '200', '200', '204', '204', '404', '400']);
  });

  it('refuses conditional references, and says where they are resolved', async () => {
    const value = fresh();
    await call('transaction', [post(named(value))]);
    const referring = named(fresh(), { link: [{ other: { reference: reference(value) }, type: 'seealso' }] });
    const answer = await call('batch', [post(referring)]);
    expect(statusesOf(answer)).toEqual(['400']);
    const [issue] = answer.body.entry[0].response.outcome.issue;
    expect(issue.diagnostics).toMatch(/conditional reference.*transactions only/);
    expect(issue.expression).toEqual([expect.stringContaining('link[0].other')]);
    expect(statusesOf(await call('transaction', [post(referring)]))).toEqual(['201']);
  });
});

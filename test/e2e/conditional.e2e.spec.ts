// https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1 (conditional delete), #patch
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aPatient, anObservation } from '../support/resources.js';
import { statementsOf } from '../support/statements.js';
import { type CallOptions, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let several: TestServer;
let all: string;
beforeAll(async () => {
  [server, several] = await Promise.all([
    startServer(),
    startServer({ CONDITIONAL_DELETE: 'multiple', CONDITIONAL_DELETE_MAX: '3' }),
  ]);
  all = server.token('user/*.cruds');
});
afterAll(async () => {
  await Promise.all([server.close(), several.close()]);
});

let made = 0;
const system = 'http://example.org/ids';
/** An identifier that no other test has. */
const fresh = (): string => `n${++made}`;
const named = (value: string, changes: JsonObject = {}): JsonObject =>
  aPatient({ identifier: [{ system, value }], ...changes });
const condition = (value: string): string => `identifier=${system}|${value}`;
const send = (method: string, path: string, options: Omit<CallOptions, 'token'> = {}, token = all) =>
  server.call(method, path, { ...options, token });
const create = async (value: string): Promise<string> =>
  (await send('POST', 'Patient', { body: named(value) })).body.id;
const ifNoneExist = (value: string, more: Readonly<Record<string, string>> = {}) => ({
  'if-none-exist': condition(value),
  ...more,
});
const countOf = async (value: string): Promise<number> =>
  ((await send('GET', `Patient?${condition(value)}`)).body.entry ?? []).length;

describe('conditional create', () => {
  it('creates when nothing matches', async () => {
    const value = fresh();
    const answer = await send('POST', 'Patient', { body: named(value), headers: ifNoneExist(value) });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toMatch(/\/Patient\/[0-9a-f-]{36}\/_history\/1$/);
  });

  it('answers 200 with the one match, its Location and ETag, and stores nothing', async () => {
    const value = fresh();
    const id = await create(value);
    const sent = { body: named(value, { active: true }), headers: ifNoneExist(value) };
    const answer = await send('POST', 'Patient', sent);
    expect(answer.status).toBe(200);
    expect(answer.headers['location']).toBe(`http://localhost:3000/fhir/r4/Patient/${id}/_history/1`);
    expect(answer.headers['etag']).toBe('W/"1"');
    expect(answer.body).toMatchObject({ id, meta: { versionId: '1' } });
    expect(answer.body.active).toBeUndefined();
    expect(await countOf(value)).toBe(1);
    const minimal = await send('POST', 'Patient', {
      ...sent,
      headers: ifNoneExist(value, { prefer: 'return=minimal' }),
    });
    expect([minimal.status, minimal.text]).toEqual([200, '']);
    const told = { ...sent, headers: ifNoneExist(value, { prefer: 'return=OperationOutcome' }) };
    expect((await send('POST', 'Patient', told)).text).toMatch(/there already/);
  });

  it('answers 412 when several match', async () => {
    const value = fresh();
    await create(value);
    await create(value);
    const answer = await send('POST', 'Patient', { body: named(value), headers: ifNoneExist(value) });
    expectOutcome(answer, 412, /More than one resource matches/);
    expect(answer.body.issue[0].code).toBe('multiple-matches');
  });

  it.each([
    ['', /needs a search criterion/],
    ['?', /needs a search criterion/],
    ['_count=1', /_count is no criterion/],
    ['identifier=x&_sort=name', /_sort is no criterion/],
    ['identifer=x', /Did you mean identifier/],
    ['birthdate=soon', /birthdate/],
  ])('never ignores a part of the condition: "%s"', async (text, fact) => {
    const headers = { 'if-none-exist': text, prefer: 'handling=lenient' };
    expectOutcome(await send('POST', 'Patient', { body: named(fresh()), headers }), 400, fact);
  });

  it('needs s beside c, and shows a match only to who has r', async () => {
    const value = fresh();
    await create(value);
    const options = { body: named(value), headers: ifNoneExist(value) };
    const refused = await send('POST', 'Patient', options, server.token('user/Patient.c'));
    expectOutcome(refused, 403);
    expect(refused.text).toMatch(/Patient\.s/);
    const blind = await send('POST', 'Patient', options, server.token('user/Patient.cs'));
    expect([blind.status, blind.text]).toEqual([200, '']);
    expect(blind.headers['location']).toBeUndefined();
    expect(blind.headers['etag']).toBeUndefined();
  });

  it('takes what is hidden for absent', async () => {
    const code = fresh();
    const coded = (subject: string) => anObservation(subject, { identifier: [{ system, value: code }] });
    await send('POST', 'Observation', { body: coded('Patient/p2') });
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const options = { body: coded('Patient/p1'), headers: ifNoneExist(code) };
    expect((await send('POST', 'Observation', options, token)).status).toBe(201);
    expect((await send('POST', 'Observation', options, token)).status).toBe(200);
    const foreign = { ...options, headers: { 'if-none-exist': `patient=p2` } };
    expect(reasonsOf(await send('POST', 'Observation', foreign, token))).toEqual(['patient-context-mismatch']);
  });
});

describe('conditional update', () => {
  it('creates with an id of the server when nothing matches and the body has none', async () => {
    const value = fresh();
    const answer = await send('PUT', `Patient?${condition(value)}`, { body: named(value) });
    expect(answer.status).toBe(201);
    expect(answer.body.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('creates with the id of the body when nothing matches', async () => {
    const value = fresh();
    const answer = await send('PUT', `Patient?${condition(value)}`, { body: named(value, { id: `mine-${value}` }) });
    expect([answer.status, answer.body.id]).toEqual([201, `mine-${value}`]);
  });

  it('replaces nothing that the condition does not match: 409 where the id of the body is in use', async () => {
    const value = fresh();
    const id = await create(value);
    const path = `Patient?${condition(fresh())}`;
    const body = named(fresh(), { id });
    const cure = new RegExp(`Patient/${id} exists.*Patient/${id}.*leave the id out`);
    const answer = await send('PUT', path, { body });
    expectOutcome(answer, 409, cure);
    expect(answer.body.issue[0].code).toBe('conflict');
    expectOutcome(await send('PUT', path, { body, headers: { 'if-match': 'W/"1"' } }), 409, cure);
    expectOutcome(await send('PUT', path, { body, headers: { 'if-match': 'W/"7"' } }), 412, /version 7/);
    for (const type of ['batch', 'transaction']) {
      const other = named(fresh(), { id: `beside-${id}` });
      const entry = [
        { resource: other, request: { method: 'PUT', url: `Patient/beside-${id}` } },
        { resource: body, request: { method: 'PUT', url: path } },
      ];
      const bundle = await send('POST', '', { body: { resourceType: 'Bundle', type, entry } as JsonObject });
      expect(bundle.text).toMatch(cure);
      expect(type === 'batch' ? bundle.body.entry[1].response.status : `${bundle.status} Conflict`).toBe(
        '409 Conflict',
      );
    }
    expect((await send('GET', `Patient/${id}`)).body).toMatchObject({
      meta: { versionId: '1' },
      identifier: [{ value }],
    });
    await send('DELETE', `Patient/${id}`);
    expect((await send('PUT', path, { body })).status).toBe(201);
  });

  it('updates the one match, whose id the body may have', async () => {
    const value = fresh();
    const id = await create(value);
    const path = `Patient?${condition(value)}`;
    const first = await send('PUT', path, { body: named(value, { active: true }) });
    expect([first.status, first.body.id, first.headers['etag']]).toEqual([200, id, 'W/"2"']);
    const second = await send('PUT', `${path}&_format=json`, { body: named(value, { id, active: false }) });
    expect([second.status, second.headers['etag']]).toEqual([200, 'W/"3"']);
    const other = await send('PUT', path, { body: named(value, { id: 'another' }) });
    expectOutcome(other, 400, new RegExp(`Patient/${id}.*another id`));
  });

  it('answers 412 when several match, and heeds If-Match', async () => {
    const value = fresh();
    await create(value);
    const path = `Patient?${condition(value)}`;
    const body = named(value, { active: true });
    expectOutcome(await send('PUT', path, { body, headers: { 'if-match': 'W/"7"' } }), 412, /version 7/);
    expect((await send('PUT', path, { body, headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
    await create(value);
    expectOutcome(await send('PUT', path, { body }), 412, /More than one/);
    const nothing = await send('PUT', `Patient?${condition(fresh())}`, { body, headers: { 'if-match': 'W/"1"' } });
    expectOutcome(nothing, 412, /no resource matches/);
  });

  it('refuses a condition without criteria', async () => {
    expectOutcome(await send('PUT', 'Patient', { body: aPatient() }), 400, /needs a search criterion/);
    expectOutcome(await send('PUT', 'Patient?_summary=true', { body: aPatient() }), 400, /_summary is no criterion/);
  });

  it('needs u and s, and c where it creates', async () => {
    const value = fresh();
    const path = `Patient?${condition(value)}`;
    const options = { body: named(value) };
    expectOutcome(await send('PUT', path, options, server.token('user/Patient.u')), 403, /Patient\.s/);
    expectOutcome(await send('PUT', path, options, server.token('user/Patient.us')), 403, /Patient\.c/);
    expect((await send('PUT', path, options, server.token('user/Patient.cus'))).status).toBe(201);
    expect((await send('PUT', path, options, server.token('user/Patient.us'))).status).toBe(200);
  });

  it('never touches what is hidden', async () => {
    const value = fresh();
    const body = (subject: string, id?: string) =>
      anObservation(subject, { identifier: [{ system, value }], ...(id && { id }) });
    const { body: foreign } = await send('POST', 'Observation', { body: body('Patient/p2') });
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const path = `Observation?${condition(value)}`;
    for (const id of [foreign.id, `unknown-${value}`]) {
      const answer = await send('PUT', path, { body: body('Patient/p1', id) }, token);
      expectOutcome(answer, 404, new RegExp(`Observation/${id} was not found`));
    }
    expect((await send('PUT', path, { body: body('Patient/p1') }, token)).status).toBe(201);
    expect((await send('GET', `Observation/${foreign.id}`)).body.meta.versionId).toBe('1');
  });
});

describe('conditional patch', () => {
  const headers = { 'content-type': 'application/json-patch+json' };
  const body = [{ op: 'add', path: '/active', value: true }];

  it('patches the one match', async () => {
    const value = fresh();
    const id = await create(value);
    const answer = await send('PATCH', `Patient?${condition(value)}`, { body, headers });
    expect([answer.status, answer.body.id, answer.body.active]).toEqual([200, id, true]);
  });

  it('answers 404 when nothing matches and 412 when several do', async () => {
    const value = fresh();
    const path = `Patient?${condition(value)}`;
    expectOutcome(await send('PATCH', path, { body, headers }), 404, /No resource matches/);
    await create(value);
    await create(value);
    expectOutcome(await send('PATCH', path, { body, headers }), 412, /More than one/);
  });
});

describe('a conditional write with one match', () => {
  const machine = (): string => server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  /** About resources; its account and its session are looked up, too. */
  const sentBy = async (work: () => Promise<{ readonly status: number }>): Promise<readonly string[]> => {
    const sent = await statementsOf(async () => expect((await work()).status).toBe(200));
    return sent
      .map(({ text }) => text)
      .filter((text) => /\b(?:resource_(?:patient|history)|INTO resource)\b/.test(text));
  };

  // Rows that Citus spreads are changed in a transaction (docs/adr/0093).
  const isSpread = inject('postgres').nodes !== undefined;

  it.skipIf(isSpread).each(['PUT', 'PATCH'])(
    'is two statements without a transaction, with its audit record: %s',
    async (method) => {
      const value = fresh();
      const id = await create(value);
      const ways = {
        PUT: { body: named(value, { active: true }) },
        PATCH: {
          body: [{ op: 'add', path: '/active', value: true }],
          headers: { 'content-type': 'application/json-patch+json' },
        },
      };
      const sent = await sentBy(() =>
        send(method, `Patient?${condition(value)}`, ways[method as keyof typeof ways], machine()),
      );
      expect(sent).toHaveLength(2);
      expect(sent[0]).not.toMatch(/FOR (?:NO KEY )?UPDATE|pg_advisory|json_to_recordset/);
      expect(sent[1]).toMatch(/INSERT INTO resource_history_patient .*INSERT INTO audit_record/);
      expect((await send('GET', `Patient/${id}/_history`)).body.entry).toHaveLength(2);
    },
  );

  it.skipIf(isSpread).each([
    [1, 'POST', 'a create'],
    [1, 'PUT', 'an update'],
    [2, 'PATCH', 'an edit'],
    [2, 'PUT', 'an update of what matches'],
  ] as const)(
    'of a user while no Consent denies anything %i with the answer: %s, %s',
    async (statements, method, what) => {
      const value = fresh();
      const id = await create(value);
      const isPatch = method === 'PATCH';
      const options = {
        body: isPatch
          ? [{ op: 'add', path: '/active', value: true }]
          : named(value, { active: true, ...(what === 'an update' && { id }) }),
        ...(isPatch && { headers: { 'content-type': 'application/json-patch+json' } }),
      };
      const path =
        method === 'POST' ? 'Patient' : what.endsWith('matches') ? `Patient?${condition(value)}` : `Patient/${id}`;
      let answer: Awaited<ReturnType<typeof send>> | undefined;
      const sent = await sentBy(async () => {
        answer = await send(method, path, options);
        return { status: answer.status === 201 ? 200 : answer.status };
      });
      expect(answer?.body).toMatchObject({ resourceType: 'Patient', active: true });
      expect(sent).toHaveLength(statements);
      expect(sent.join(' ')).not.toContain('lanyard_consent_denies');
    },
  );

  it.each(['PUT', 'PATCH'])('counts only what is within reach: %s', async (method) => {
    const value = fresh();
    const of = (subject: string) => anObservation(subject, { identifier: [{ system, value }] });
    const mine = await send('POST', 'Observation', { body: of('Patient/p1') });
    await send('POST', 'Observation', { body: of('Patient/p2') });
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const options =
      method === 'PUT'
        ? { body: { ...of('Patient/p1'), status: 'amended' } }
        : {
            body: [{ op: 'replace', path: '/status', value: 'amended' }],
            headers: { 'content-type': 'application/json-patch+json' },
          };
    const answer = await send(method, `Observation?${condition(value)}`, options, token);
    expect([answer.status, answer.body]).toMatchObject([200, { id: mine.body.id, status: 'amended' }]);
  });

  it('of many at once on one resource loses none', async () => {
    const value = fresh();
    const id = await create(value);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        send('PUT', `Patient?${condition(value)}`, { body: named(value, { name: [{ family: `F${i}` }] }) }, machine()),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const versions = answers.map(({ headers }) => headers['etag']);
    expect(new Set(versions)).toEqual(new Set(answers.map((_, i) => `W/"${i + 2}"`)));
    const { body } = await send('GET', `Patient/${id}/_history?_count=50`);
    const names = (body.entry as readonly { resource: JsonObject }[]).map(({ resource }) =>
      JSON.stringify(resource['name']),
    );
    expect(new Set(names).size).toBe(13);
  });
});

describe('conditional delete', () => {
  it('deletes the one match, and is a success when nothing is left to match', async () => {
    const value = fresh();
    const id = await create(value);
    const path = `Patient?${condition(value)}`;
    const answer = await send('DELETE', path);
    expect([answer.status, answer.headers['etag']]).toEqual([204, 'W/"2"']);
    expect((await send('GET', `Patient/${id}`)).status).toBe(410);
    expect((await send('DELETE', path)).status).toBe(204);
  });

  it('deletes nothing when several match, unless the setting allows it', async () => {
    const value = fresh();
    await create(value);
    await create(value);
    expectOutcome(await send('DELETE', `Patient?${condition(value)}`), 412, /CONDITIONAL_DELETE/);
    expect(await countOf(value)).toBe(2);
  });

  it('refuses to delete a type as a whole', async () => {
    expectOutcome(await send('DELETE', 'Patient'), 400, /needs a search criterion/);
  });

  it('leaves what is hidden alone', async () => {
    const value = fresh();
    const { body } = await send('POST', 'Observation', {
      body: anObservation('Patient/p2', { identifier: [{ system, value }] }),
    });
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    expect((await send('DELETE', `Observation?${condition(value)}`, {}, token)).status).toBe(204);
    expect((await send('GET', `Observation/${body.id}`)).status).toBe(200);
  });

  it('of several: all of them up to the limit, and none beyond', async () => {
    const token = several.token('user/*.cruds');
    const value = fresh();
    const post = () => several.call('POST', 'Patient', { token, body: named(value) });
    const remove = () => several.call('DELETE', `Patient?${condition(value)}`, { token });
    const left = async () =>
      ((await several.call('GET', `Patient?${condition(value)}`, { token })).body.entry ?? []).length;
    for (let n = 0; n < 4; n++) await post();
    expectOutcome(await remove(), 412, /More than 3 .*CONDITIONAL_DELETE_MAX/);
    expect(await left()).toBe(4);
    const { body } = await several.call('GET', `Patient?${condition(value)}`, { token });
    await several.call('DELETE', `Patient/${body.entry[0].resource.id}`, { token });
    expect((await remove()).status).toBe(204);
    expect(await left()).toBe(0);
  });
});

it('/metadata claims what is offered', async () => {
  const claimsOf = async (one: TestServer) => {
    const { resource } = (await one.call('GET', 'metadata')).body.rest[0];
    return resource.map(({ conditionalCreate, conditionalUpdate, conditionalDelete }: JsonObject) =>
      JSON.stringify([conditionalCreate, conditionalUpdate, conditionalDelete]),
    );
  };
  expect(new Set(await claimsOf(server))).toEqual(new Set(['[true,true,"single"]']));
  expect(new Set(await claimsOf(several))).toEqual(new Set(['[true,true,"multiple"]']));
});

/** Which permission each interaction needs, and what it is answered without one, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InteractionKind } from '../../src/r4/rest/interaction.js';
import { interactionRules } from '../../src/scope/interaction-rules.js';
import { permissions } from '../../src/scope/grammar/permission.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const json = { 'content-type': 'application/fhir+json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

interface Issue {
  readonly details: { readonly coding: readonly [{ readonly code: string }] };
  readonly expression?: readonly string[];
}

interface Entry {
  readonly response: { readonly status: string };
}

interface Row {
  readonly kind: InteractionKind;
  readonly line: string;
  /** Letters of `cruds` that are needed, and suffice. */
  readonly needs: string;
  readonly body?: (id: string) => object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With all that is needed, of a row that is there. */
  readonly done: number;
}

const basic = (id?: string) => ({ resourceType: 'Basic', ...(id && { id }), code: { text: 'x' } });
const change = [{ op: 'replace', path: '/code/text', value: 'y' }];

/** Every interaction of R4 with the type Basic; `ID` is there and `NEW` is not. */
const rows: readonly Row[] = [
  { kind: 'read', line: 'GET Basic/ID', needs: 'r', done: 200 },
  { kind: 'read', line: 'HEAD Basic/ID', needs: 'r', done: 200 },
  { kind: 'vread', line: 'GET Basic/ID/_history/1', needs: 'r', done: 200 },
  { kind: 'history-instance', line: 'GET Basic/ID/_history', needs: 'r', done: 200 },
  { kind: 'history-type', line: 'GET Basic/_history', needs: 's', done: 200 },
  { kind: 'history-system', line: 'GET _history', needs: 's', done: 200 },
  { kind: 'search-type', line: 'GET Basic?_id=ID', needs: 's', done: 200 },
  { kind: 'search-type', line: 'POST Basic/_search', needs: 's', body: () => '_id=x', headers: form, done: 200 },
  { kind: 'search-system', line: 'GET ?_type=Basic', needs: 's', done: 200 },
  { kind: 'search-system', line: 'POST _search', needs: 's', body: () => '_type=Basic', headers: form, done: 200 },
  { kind: 'search-compartment', line: 'GET Patient/p/Basic', needs: 's', done: 200 },
  { kind: 'create', line: 'POST Basic', needs: 'c', body: () => basic(), headers: json, done: 201 },
  {
    kind: 'create',
    line: 'POST Basic',
    needs: 'cs',
    body: () => basic(),
    headers: { ...json, 'if-none-exist': 'identifier=nobody' },
    done: 201,
  },
  { kind: 'update', line: 'PUT Basic/ID', needs: 'u', body: basic, headers: json, done: 200 },
  { kind: 'update', line: 'PUT Basic?_id=ID', needs: 'us', body: basic, headers: json, done: 200 },
  { kind: 'patch', line: 'PATCH Basic/ID', needs: 'u', body: () => change, headers: jsonPatch, done: 200 },
  { kind: 'patch', line: 'PATCH Basic?_id=ID', needs: 'us', body: () => change, headers: jsonPatch, done: 200 },
  { kind: 'delete', line: 'DELETE Basic/ID', needs: 'd', done: 204 },
  { kind: 'delete', line: 'DELETE Basic?_id=ID', needs: 'ds', done: 204 },
];

let made = 0;
async function send({ line, body, headers }: Row, scope: string, claims: object = {}): Promise<Answer> {
  const id = `row-${++made}`;
  await server.call('PUT', `Basic/${id}`, { token: server.token('user/*.cruds'), body: basic(id) });
  const [method = '', path = ''] = line.replaceAll('ID', id).split(' ');
  const token = server.token(scope, claims as Record<string, unknown>);
  return server.call(method, path, { token, ...(body && { body: body(id) }), ...(headers && { headers }) });
}
const scopeOf = (letters: string): string =>
  `user/Basic.${permissions.filter((one) => letters.includes(one)).join('')}`;

describe.each(rows.map((row) => [row.line, row.needs, row] as const))('%s needs %s', (_line, needs, row) => {
  it('and no more', async () => {
    expect((await send(row, scopeOf(needs))).status).toBe(row.done);
  });

  it.each(needs.split(''))('is 403 with the scope that is missing, without %s', async (missing) => {
    const others = 'cruds'.replace(missing, '');
    const answer = await send(row, scopeOf(others));
    expect(answer.status).toBe(403);
    // A form is not read before some type may be searched.
    const type = row.kind === 'history-system' || row.line === 'POST _search' ? '*' : 'Basic';
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(answer.headers['www-authenticate']).toContain(`scope="user/${type}.${missing}"`);
    if (!row.line.startsWith('HEAD')) {
      expect(answer.body.issue.map(({ details }: Issue) => details.coding[0].code)).toEqual(['scope-insufficient']);
    }
  });

  it('answers for rows out of reach as its rule says', async () => {
    const { hidden } = interactionRules[row.kind];
    if (row.needs.length > 1 || row.kind.endsWith('-system') || hidden === 'none') return;
    // Basic with another subject than the patient of the token.
    const answer = await send(row, `patient/Basic.${row.needs}`, { patient: 'p' });
    if (hidden === 'not-found') expect(answer.status).toBe(404);
    else expect([answer.status, answer.body.entry ?? []]).toEqual([200, []]);
  });
});

it('the table has every interaction', () => {
  const tested = new Set(rows.map(({ kind }) => kind));
  const others = Object.keys(interactionRules).filter((kind) => !tested.has(kind as InteractionKind));
  expect(others.toSorted()).toEqual(['bundle', 'capabilities', 'operation']);
});

it('a bundle needs nothing of its own, and each entry what it needs alone', async () => {
  const entry = [
    { request: { method: 'GET', url: 'Basic?_count=1' } },
    { request: { method: 'POST', url: 'Basic' }, resource: basic() },
  ];
  const bundle = (type: string) => ({ resourceType: 'Bundle', type, entry });
  const token = server.token('user/Basic.s');
  const batch = await server.call('POST', '', { token, body: bundle('batch') });
  expect(batch.body.entry.map(({ response }: Entry) => response.status.slice(0, 3))).toEqual(['200', '403']);
  const transaction = await server.call('POST', '', { token, body: bundle('transaction') });
  expect(transaction.status).toBe(403);
  expect(transaction.body.issue.map(({ expression }: Issue) => expression)).toEqual([['Bundle.entry[1]']]);
});

it('an entry is decided like the request alone: another patient is refused before anything is looked up', async () => {
  const token = server.token('patient/Patient.rs', { patient: 'p' });
  const alone = await server.call('GET', 'Patient/somebody-else', { token });
  const body = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'Patient/somebody-else' } }],
  };
  const batch = await server.call('POST', '', { token, body });
  expect(alone.status).toBe(403);
  expect(batch.body.entry[0].response.status).toMatch(/^403/);
});

it('a conditional write that lacks permissions is told of all, also of that to create', async () => {
  const token = server.token('user/Basic.r');
  const answer = await server.call('PUT', 'Basic?identifier=urn:x|1', { token, body: basic() });
  expect(answer.status).toBe(403);
  expect(answer.headers['www-authenticate']).toContain('scope="user/Basic.u user/Basic.s user/Basic.c"');
});

it('what concerns every type has one reason', async () => {
  for (const scope of ['openid', 'user/Basic.cruds', 'system/Basic.cruds']) {
    const machine = scope.startsWith('system') && { sub: 'robot', client_id: 'robot' };
    const answer = await server.call('POST', '$reindex', { token: server.token(scope, { ...machine }), body: {} });
    const codes = (answer.body.issue as readonly { details: { coding: readonly { code: string }[] } }[]).map(
      ({ details }) => details.coding[0]?.code,
    );
    expect([answer.status, codes.length, codes[0]]).toEqual([403, 2, 'administrator-needed']);
    expect(answer.headers['www-authenticate']?.includes('system/*.u')).toBe(machine !== false);
  }
});

// SearchParameter resources that are stored while the server runs (https://hl7.org/fhir/R4/searchparameter.html)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aSearchParameter,
  extensionUrl,
  idsOf,
  parametersOf,
  type Send,
  until,
  untilActive,
} from '../support/custom-parameters.js';
import { settleIndex, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let send: Send;
beforeAll(async () => {
  server = await startServer();
  send = (method, path, body) =>
    server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
  for (const [i, ward] of ['a', 'b', 'a'].entries()) await send('PUT', `Observation/o${i}`, observation(`o${i}`, ward));
  await send('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' });
});
afterAll(() => server.close());

const observation = (id: string, ward: string, more: readonly object[] = []) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
  extension: [{ url: extensionUrl('ward'), valueCode: ward }, ...more],
});

const diagnosticsOf = ({ body }: { body: { issue?: { diagnostics?: string }[] } }): string =>
  (body.issue ?? []).map(({ diagnostics = '' }) => diagnostics).join(' ');

describe('a SearchParameter that is stored', () => {
  it('is unknown before, 503 with progress while its index is built, and then finds what was there and what came', async () => {
    expect((await send('GET', 'Observation?ward=a')).status).toBe(400);
    expect((await send('PUT', 'SearchParameter/ward', aSearchParameter('ward'))).status).toBe(201);
    const early = await send('GET', 'Observation?ward=a');
    expect([200, 503]).toContain(early.status);
    if (early.status === 503) {
      expect(early.headers['retry-after']).toBe('5');
      expect(diagnosticsOf(early)).toMatch(/ward cannot search Observation yet: .* \(\d+ %\)/);
    }
    await send('PUT', 'Observation/o3', observation('o3', 'a'));
    expect(parametersOf(await untilActive(send, 'ward'))).toEqual({ state: 'active', progress: 100 });
    expect(idsOf(await send('GET', 'Observation?ward=a'))).toEqual(['o0', 'o2', 'o3']);
    expect(idsOf(await send('GET', 'Observation?ward:not=a'))).toEqual(['o1']);
    expect(idsOf(await send('GET', 'Observation?ward:missing=true'))).toEqual([]);
  });

  it('sorts, and is followed by _has', async () => {
    expect(idsOf(await send('GET', 'Observation?_sort=-ward'))[0]).toBe('o1');
    expect(idsOf(await send('GET', 'Observation?_sort=ward,-_id'))).toEqual(['o3', 'o2', 'o0', 'o1']);
    expect(idsOf(await send('GET', 'Patient?_has:Observation:subject:ward=b'))).toEqual(['p1']);
    expect(idsOf(await send('GET', 'Patient?_has:Observation:subject:ward=z'))).toEqual([]);
  });

  it('limits a granular scope', async () => {
    const token = server.token('user/Observation.rs?ward=b');
    expect(idsOf(await server.call('GET', 'Observation', { token }))).toEqual(['o1']);
    expect((await server.call('GET', 'Observation/o0', { token })).status).toBe(404);
  });

  it('is in /metadata', async () => {
    const { body } = await send('GET', 'metadata');
    const { searchParam } = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Observation');
    expect(searchParam).toContainEqual({
      name: 'ward',
      definition: 'http://example.org/fhir/SearchParameter/ward',
      type: 'token',
    });
  });

  it('has a new meaning after an update, and no search mixes the two', async () => {
    await send('PUT', 'Observation/o4', observation('o4', 'a', [{ url: extensionUrl('floor'), valueCode: 'b' }]));
    // Long enough to ask meanwhile.
    settleIndex(server, 'after others');
    const changed = aSearchParameter('floor', { id: 'ward', code: 'ward', url: aSearchParameter('ward').url });
    expect((await send('PUT', 'SearchParameter/ward', changed)).status).toBe(200);
    expect((await send('GET', 'Observation?ward=b')).status).toBe(503);
    expect((await send('GET', 'Observation?_sort=ward')).status).toBe(503);
    expect((await send('GET', 'Patient?_has:Observation:subject:ward=b')).status).toBe(503);
    const token = server.token('user/Observation.rs?ward=b');
    expect((await server.call('GET', 'Observation', { token })).status).toBe(403);
    await untilActive(send, 'ward');
    settleIndex(server, 'at once');
    expect(idsOf(await send('GET', 'Observation?ward=b'))).toEqual(['o4']);
  });

  it('is gone after its status is retired or it is deleted, with its entries', async () => {
    expect((await send('PUT', 'SearchParameter/ward', aSearchParameter('ward', { status: 'retired' }))).status).toBe(
      200,
    );
    const gone = await send('GET', 'Observation?ward=b');
    expect([gone.status, diagnosticsOf(gone)]).toEqual([400, expect.stringContaining('not a search parameter')]);
    expect((await send('GET', 'metadata')).text).not.toContain('SearchParameter/ward');
    const { DataSource } = await import('typeorm');
    const entries = () =>
      server.app
        .get(DataSource)
        .query(`SELECT id FROM resource WHERE EXISTS (SELECT FROM unnest(val) AS one WHERE one LIKE 'ward%')`);
    for (let i = 0; i < 150 && (await entries()).length > 0; i++) await new Promise((done) => setTimeout(done, 100));
    expect(await entries()).toEqual([]);
    await send('PUT', 'SearchParameter/ward', aSearchParameter('ward'));
    await untilActive(send, 'ward');
    expect(idsOf(await send('GET', 'Observation?ward=b'))).toEqual(['o1']);
    expect((await send('DELETE', 'SearchParameter/ward')).status).toBe(204);
    expect((await send('GET', 'Observation?ward=b')).status).toBe(400);
  });

  it('works for a composite of built-in components', async () => {
    const composite = {
      type: 'composite',
      expression: 'Observation',
      component: [
        { definition: 'http://hl7.org/fhir/SearchParameter/clinical-code', expression: 'code' },
        { definition: 'http://hl7.org/fhir/SearchParameter/Observation-status', expression: 'status' },
      ],
    };
    const coded = { ...observation('coded', 'x'), code: { coding: [{ system: 'urn:c', code: 'k' }] } };
    await send('PUT', 'Observation/coded', coded);
    expect((await send('PUT', 'SearchParameter/both', aSearchParameter('both', composite))).status).toBe(201);
    await untilActive(send, 'both');
    expect(idsOf(await send('GET', 'Observation?both=urn:c|k$final'))).toEqual(['coded']);
    expect(idsOf(await send('GET', 'Observation?both=urn:c|k$amended'))).toEqual([]);
  });
});

describe('a definition that searches cannot go by', () => {
  it.each([
    ['an unknown base', { base: ['Nothing'] }, 'is no resource type|Nothing'],
    ['the type special', { type: 'special' }, 'type special are built in only'],
    ['no expression', { expression: undefined }, 'There is no expression'],
    ['an expression that is none', { expression: 'Observation.((' }, 'cannot be read'],
    ['an element that is not there', { expression: 'Observation.nothing' }, 'has no element nothing'],
    ['what has no bound', { expression: "Observation.code.text.matches('(a+)+$')" }, 'cannot be read'],
    ['a recursion', { expression: 'Observation.repeat(component)' }, 'cannot be read'],
    ['too many ways', { expression: `Observation${'.extension.value'.repeat(40)}` }, 'too costly'],
    [
      'a look at everything for each of everything',
      { expression: 'Observation.component.where(%resource.component.exists())' },
      '%resource',
    ],
    ['what its type cannot search', { type: 'date', expression: 'Observation.code' }, 'cannot search'],
    ['another resource', { expression: 'Patient.name' }, 'leads to nothing'],
    ['a composite without components', { type: 'composite' }, 'at least two components'],
    ['a code of R4', { code: 'status' }, 'reserved'],
    ['a code of results', { code: '_count' }, 'no code for a parameter'],
    ['a wrong target', { type: 'reference', target: ['Nobody'] }, 'no resource type|Nobody'],
  ])('is refused for %s', async (_name, changes, reason) => {
    const { status, body } = await send('PUT', 'SearchParameter/bad', aSearchParameter('bad', changes));
    expect([400, 422]).toContain(status);
    expect(diagnosticsOf({ body })).toMatch(new RegExp(reason));
    expect((await send('GET', 'SearchParameter/bad')).status).toBe(404);
  });

  it('is refused for the code of another one on a common base, in a transaction too, and nothing of it is stored', async () => {
    await send('PUT', 'SearchParameter/first', aSearchParameter('first'));
    const second = aSearchParameter('second', {
      code: 'first',
      base: ['Patient', 'Observation'],
      expression: 'Observation.extension.value.ofType(code)',
    });
    const entry = [
      { resource: { resourceType: 'Patient', id: 'beside' }, request: { method: 'PUT', url: 'Patient/beside' } },
      { resource: second, request: { method: 'PUT', url: 'SearchParameter/second' } },
    ];
    const answer = await send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([answer.status, diagnosticsOf(answer)]).toEqual([422, expect.stringContaining('first is the code of')]);
    expect(answer.text).toContain('Bundle.entry[1]');
    expect((await send('GET', 'Patient/beside')).status).toBe(404);
  });

  it('is not replaced by who may write some resources only', async () => {
    const token = server.token('admin/Definition.cud user/SearchParameter.cu?_tag=urn:t|mine');
    const body = { ...aSearchParameter('first', { id: 'thief' }), meta: { tag: [{ system: 'urn:t', code: 'mine' }] } };
    const answer = await server.call('POST', 'SearchParameter', { token, body });
    expect([answer.status, diagnosticsOf(answer)]).toEqual([422, expect.stringContaining('another SearchParameter')]);
    // Whoever may write all of them may.
    const replaced = await send('POST', 'SearchParameter', body);
    expect(replaced.status).toBe(201);
    expect((await send('DELETE', 'SearchParameter/first')).status).toBe(204);
    expect((await send('GET', 'Observation?first=a')).status).not.toBe(400);
    // The tests after it compare /metadata, which gets the parameter when it is indexed.
    await untilActive(send, replaced.body.id as string);
  });
});

describe('a mere document', () => {
  it.each([
    ['a draft', aSearchParameter('draft', { status: 'draft' }), 'its status is draft'],
    [
      'what is built in',
      aSearchParameter('x', {
        url: 'http://hl7.org/fhir/SearchParameter/Observation-status',
        code: 'status',
        expression: 'Observation.status',
      }),
      'built in',
    ],
    [
      'what is derived from a built-in parameter',
      aSearchParameter('y', {
        code: 'patient',
        type: 'reference',
        expression: 'Observation.subject.where(resolve() is Patient)',
        derivedFrom: 'http://hl7.org/fhir/SearchParameter/clinical-patient',
      }),
      'clinical-patient',
    ],
  ])('is stored and changes nothing: %s', async (_name, resource, reason) => {
    const before = (await send('GET', 'metadata')).text;
    const { status, body } = await send('POST', 'SearchParameter', resource);
    expect(status).toBe(201);
    const found = parametersOf(await send('GET', `SearchParameter/${body.id}/$status`));
    expect(found).toEqual({ state: 'document', reason: expect.stringContaining(reason) });
    expect((await send('GET', 'metadata')).text).toBe(before);
  });
});

describe('a parameter that fails', () => {
  it('is 400 with the reason, and works once it is stored again after the cure', async () => {
    const { DataSource } = await import('typeorm');
    const dataSource = server.app.get(DataSource);
    const body = {
      resourceType: 'Basic',
      id: 'broken',
      code: { text: 'x' },
      extension: [{ url: extensionUrl('bed'), valueCode: 'b' }],
    };
    expect((await send('PUT', 'Basic/broken', body)).status).toBe(201);
    await dataSource.query(`UPDATE resource SET body = '{' || body WHERE id = 'broken'`);
    const bed = aSearchParameter('bed', {
      base: ['Basic'],
      expression: `Basic.extension('${extensionUrl('bed')}').value.ofType(code)`,
    });
    expect((await send('PUT', 'SearchParameter/bed', bed)).status).toBe(201);
    const failed = parametersOf(await untilActive(send, 'bed'));
    expect(failed).toEqual({ state: 'failed', reason: expect.stringContaining('could not be indexed') });
    const search = await send('GET', 'Basic?bed=b');
    expect([search.status, diagnosticsOf(search)]).toEqual([400, expect.stringContaining('could not be indexed')]);
    await dataSource.query(`UPDATE resource SET body = substr(body, 2) WHERE id = 'broken'`);
    expect((await send('PUT', 'SearchParameter/bed', bed)).status).toBe(200);
    await untilActive(send, 'bed');
    expect(idsOf(await send('GET', 'Basic?bed=b'))).toEqual(['broken']);
  });

  it('ends its work by a PATCH as well', async () => {
    const patch = JSON.stringify([{ op: 'replace', path: '/status', value: 'retired' }]);
    const answer = await server.call('PATCH', 'SearchParameter/bed', {
      token: server.token('user/*.cruds admin/*.cruds'),
      body: patch,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(answer.status).toBe(200);
    expect((await send('GET', 'Basic?bed=b')).status).toBe(400);
  });
});

describe('$reindex', () => {
  it('answers 202, tells its progress, repairs the index and verifies a sample', async () => {
    await send('PUT', 'Basic/b1', { resourceType: 'Basic', id: 'b1', code: { coding: [{ code: 'lost' }] } });
    const { DataSource } = await import('typeorm');
    await server.app.get(DataSource).query(`UPDATE resource SET tok = '{}', val = '{}' WHERE id = 'b1'`);
    expect(idsOf(await send('GET', 'Basic?code=lost'))).toEqual([]);
    const started = await send('POST', 'Basic/$reindex');
    expect(started.status).toBe(202);
    const status = started.headers['content-location']!.split('/fhir/r4/')[1]!;
    const done = await until(
      () => send('GET', status),
      (answer) => ['done', 'failed'].includes(String(parametersOf(answer)['state'])),
    );
    expect(parametersOf(done)).toMatchObject({ state: 'done', progress: 100, total: 2, sampled: 2, differing: 0 });
    expect(idsOf(await send('GET', 'Basic?code=lost'))).toEqual(['b1']);
  });

  it('reindexes everything at system level', async () => {
    const started = await send('POST', '$reindex');
    expect(started.status).toBe(202);
    const status = started.headers['content-location']!.split('/fhir/r4/')[1]!;
    const done = await until(
      () => send('GET', status),
      (answer) => parametersOf(answer)['state'] === 'done',
    );
    expect(parametersOf(done)['differing']).toBe(0);
  });

  it.each([
    ['no right to administer jobs', 'user/*.cruds admin/Definition.cud', {}],
    ['no right to update', 'admin/Job.cruds user/*.rs', {}],
    ['some types', 'admin/Job.cruds user/SearchParameter.u user/Observation.rs', {}],
    ['some rows', 'admin/Job.cruds user/Basic.cruds?code=x', {}],
    ['a patient', 'admin/Job.cruds patient/*.cruds', { patient: 'p1' }],
  ])('is refused with %s', async (_name, scope, claims) => {
    const token = server.token(scope, claims);
    for (const [method, path] of [
      ['POST', '$reindex'],
      ['POST', 'Basic/$reindex'],
      ['GET', '$reindex-status?job=1'],
    ] as const) {
      expect([path, (await server.call(method, path, { token })).status]).toEqual([path, 403]);
    }
    expect((await send('GET', '$reindex')).status).toBe(405);
  });
});

// docs/adr/0098-submissions-are-imported-when-they-are-complete.md
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, placeOf, untilEnded } from '../support/bulk-data.js';
import { FileSource } from '../support/file-source.js';
import { expectOutcome } from '../support/outcome.js';
import { adminPassword, type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let source: FileSource;
let machine: string;
const eventStatus = 'http://hl7.org/fhir/event-status';

beforeAll(async () => {
  source = await FileSource.start();
  server = await startServer({
    LOG_LEVEL: 'silent',
    IMPORT_ALLOW_PRIVATE: source.host,
    IMPORT_TIMEOUT: '1',
    BODY_LIMIT: '64kb',
    JOBS_PER_CALLER: '20',
  });
  machine = machineToken('system/*.cruds');
});
afterAll(async () => {
  await server.close();
  await source.close();
});

const machineToken = (scope: string, id = 'robot') => server.token(scope, { sub: id, client_id: id });
const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });

interface Sent {
  readonly id: string;
  readonly status?: string;
  readonly manifest?: string;
  readonly replaces?: string;
  readonly more?: readonly object[];
}

const keyOf = (id: string) => [
  { name: 'submitter', valueIdentifier: { system: 'urn:submitters', value: 'clinic' } },
  { name: 'submissionId', valueString: id },
];

const submit = ({ id, status, manifest, replaces, more = [] }: Sent, token = machine): Promise<Answer> =>
  server.call('POST', '$bulk-submit', {
    token,
    body: {
      resourceType: 'Parameters',
      parameter: [
        ...keyOf(id),
        ...(status === undefined
          ? []
          : [{ name: 'submissionStatus', valueCoding: { system: eventStatus, code: status } }]),
        ...(manifest === undefined
          ? []
          : [
              { name: 'manifestUrl', valueUrl: manifest },
              { name: 'fhirBaseUrl', valueUrl: 'https://clinic.example.org/fhir' },
            ]),
        ...(replaces === undefined ? [] : [{ name: 'replacesManifestUrl', valueUrl: replaces }]),
        ...more,
      ],
    },
  });

async function submitted(sent: Sent): Promise<void> {
  const answer = await submit(sent);
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('informational')]);
}

const askWhere = (id: string, token = machine): Promise<Answer> =>
  server.call('POST', '$bulk-submit-status', { token, body: { resourceType: 'Parameters', parameter: keyOf(id) } });

async function placeOfStatus(id: string): Promise<string> {
  const { status, headers } = await askWhere(id);
  expect(status).toBe(202);
  return placeOf(headers['content-location']!);
}

async function ended(id: string): Promise<Answer> {
  const place = await placeOfStatus(id);
  return untilEnded(() => server.call('GET', place, { token: machine, headers: { accept: 'application/json' } }));
}

/** `diagnostics` of each OperationOutcome of each file, by the name of its manifest. */
async function outcomesOf(answer: Answer): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, string[]> = {};
  for (const { url, manifestUrl, count } of answer.body.outcome) {
    const { status, text } = await server.call('GET', placeOf(url), { token: machine });
    expect(status).toBe(200);
    const outcomes = text.trimEnd().split('\n');
    expect(outcomes).toHaveLength(count);
    found[manifestUrl.replace(source.url(''), '')] = outcomes.map((line) => JSON.parse(line).issue[0].diagnostics);
  }
  return found;
}

/** A manifest whose files hold these lines, by their names. */
function manifestAt(name: string, files: Readonly<Record<string, string>>, more: object = {}): string {
  const output = Object.entries(files).map(([file, content]) => ({ type: 'Patient', url: source.add(file, content) }));
  return source.add(name, JSON.stringify({ transactionTime: '2026-01-01T00:00:00Z', output, ...more }));
}

const statusOf = async (address: string): Promise<number> =>
  (await server.call('GET', address, { token: machine })).status;

describe('a submission', () => {
  it('is imported once it is completed, with all its manifests, and nothing before', async () => {
    const one = manifestAt('a-1', { 'a-1.ndjson': lines(patient('a1'), patient('a2', { gender: 'none' })) });
    const two = manifestAt('a-2', { 'a-2.ndjson': lines(patient('a3')) });
    await submitted({ id: 'a', manifest: one });
    await submitted({ id: 'a', manifest: one });
    const place = await placeOfStatus('a');
    const waiting = await server.call('GET', place, { token: machine });
    expect([waiting.status, waiting.headers['x-progress']]).toEqual([202, 'manifests noted: 1, not completed yet']);
    expect(source.asked).not.toContain('a-1');
    await submitted({ id: 'a', manifest: two, status: 'completed' });
    const answer = await ended('a');
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
      200,
      expect.stringContaining('application/json'),
      expect.objectContaining({
        submissionId: 'a',
        manifestType: 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkSubmitStatusManifest',
        requiresAccessToken: true,
        output: [],
        outcome: [
          expect.objectContaining({
            manifestUrl: one,
            countSeverity: expect.arrayContaining([
              { code: 'error', count: 1 },
              { code: 'information', count: 1 },
            ]),
          }),
          expect.objectContaining({ manifestUrl: two, countSeverity: [{ code: 'information', count: 1 }] }),
        ],
      }),
    ]);
    expect(await outcomesOf(answer)).toEqual({
      'a-1': [expect.stringContaining('none'), expect.stringMatching(/was read to its end\. 1 files .* 1 resources/)],
      'a-2': [expect.stringMatching(/was read to its end/)],
    });
    expect(await Promise.all(['a1', 'a2', 'a3'].map((id) => statusOf(`Patient/${id}`)))).toEqual([200, 404, 200]);
  });

  it('is not imported where a manifest was replaced, or all of it was stopped', async () => {
    const wrong = manifestAt('b-1', { 'b-1.ndjson': lines(patient('b1')) });
    const right = manifestAt('b-2', { 'b-2.ndjson': lines(patient('b2')) });
    const dropped = manifestAt('b-3', { 'b-3.ndjson': lines(patient('b3')) });
    await submitted({ id: 'b', manifest: wrong });
    await submitted({ id: 'b', manifest: right, replaces: wrong });
    await submitted({ id: 'b', manifest: dropped });
    await submitted({ id: 'b', replaces: dropped, status: 'completed' });
    expect((await ended('b')).body.outcome).toEqual([expect.objectContaining({ manifestUrl: right })]);
    await submitted({ id: 'stopped', manifest: wrong });
    await submitted({ id: 'stopped', status: 'stopped' });
    expectOutcome(await ended('stopped'), 422, /incomplete/);
    expect(await Promise.all(['b1', 'b2', 'b3'].map((id) => statusOf(`Patient/${id}`)))).toEqual([404, 200, 404]);
    expect(source.asked.filter((name) => /^b-[13]/.test(name))).toEqual([]);
  });

  it('takes nothing that does not fit what it has', async () => {
    const one = manifestAt('c-1', { 'c-1.ndjson': lines(patient('c1')) });
    expectOutcome(await submit({ id: 'c', status: 'completed' }), 404, /not-found/);
    expectOutcome(await submit({ id: 'c', manifest: one, replaces: source.url('none') }), 422, /not-found/);
    expectOutcome(await askWhere('c'), 404, /not-found/);
    await submitted({ id: 'c', manifest: one });
    const header = [
      {
        name: 'fileRequestHeader',
        part: [
          { name: 'headerName', valueString: 'x' },
          { name: 'headerValue', valueString: 'y' },
        ],
      },
    ];
    expectOutcome(await submit({ id: 'c', manifest: one, more: header }), 422, /duplicate/);
    await submitted({ id: 'c', status: 'completed' });
    const late = await submit({ id: 'c', manifest: source.url('late') });
    expectOutcome(late, 422, /business-rule/);
    expect(late.text).toContain('completed already');
    expect((await ended('c')).status).toBe(200);
  });

  it('has a bound of manifests', async () => {
    for (let one = 0; one < 100; one++) await submitted({ id: 'd', manifest: source.url(`d-${one}`) });
    expectOutcome(await submit({ id: 'd', manifest: source.url('d-100') }), 422, /too-long/);
    const deleted = await server.call('DELETE', await placeOfStatus('d'), { token: machine });
    expect([deleted.status, (await askWhere('d')).status]).toEqual([202, 404]);
  });

  it('is of nobody else, and ends where nobody completes it', async () => {
    const one = manifestAt('e-1', { 'e-1.ndjson': lines(patient('e1')) });
    await submitted({ id: 'e', manifest: one });
    const place = await placeOfStatus('e');
    const others = [machineToken('system/*.cruds', 'other'), machineToken('system/Patient.cruds')];
    for (const token of others) {
      expectOutcome(await askWhere('e', token), 404, /not-found/);
      expectOutcome(await submit({ id: 'e', status: 'completed' }, token), 404, /not-found/);
      expect((await server.call('GET', place, { token })).status).toBe(404);
      expect((await server.call('DELETE', place, { token })).status).toBe(404);
    }
    const client = new Client(server.database.connection);
    await client.connect();
    await client.query(`UPDATE job SET lease = now() WHERE id = $1`, [place.split('job=')[1]]);
    expectOutcome(await ended('e'), 422, /incomplete/);
    expectOutcome(await submit({ id: 'e', status: 'completed' }), 422, /business-rule/);
    await client.end();
    expect(source.asked).not.toContain('e-1');
  });
});

describe('a manifest', () => {
  it('is fetched page by page, with the headers of its call, which nobody keeps', async () => {
    const asked: (string | undefined)[] = [];
    const answering =
      (content: string) =>
      (response: import('node:http').ServerResponse, request: import('node:http').IncomingMessage) => {
        asked.push(request.headers['x-key'] as string | undefined);
        response.end(content);
      };
    source.files.set('f-1.ndjson', answering(lines(patient('f1'))));
    source.files.set('f-2.ndjson', answering(lines(patient('f2'))));
    const page = (file: string, next?: string) =>
      JSON.stringify({
        output: [{ url: source.url(file) }],
        ...(next !== undefined && { link: [{ relation: 'next', url: source.url(next) }] }),
      });
    source.files.set('f-1', answering(page('f-1.ndjson', 'f-2')));
    source.files.set('f-2', answering(page('f-2.ndjson')));
    const part = [
      { name: 'headerName', valueString: 'X-Key' },
      { name: 'headerValue', valueString: 'the-secret' },
    ];
    const fact = [
      { name: 'parameterUrl', valueUri: 'https://example.org/facts/year' },
      { name: 'parameterValue', valueString: '2026' },
    ];
    const more = [
      { name: 'fileRequestHeader', part },
      { name: 'metadata', part: fact },
    ];
    await submitted({ id: 'f', manifest: source.url('f-1'), status: 'completed', more });
    expect((await ended('f')).status).toBe(200);
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'the-secret'));
    expect(await Promise.all(['f1', 'f2'].map((id) => statusOf(`Patient/${id}`)))).toEqual([200, 200]);
    const client = new Client(server.database.connection);
    await client.connect();
    const { rows } = await client.query('SELECT job::text AS job FROM job');
    await client.end();
    expect(JSON.stringify(rows)).not.toContain('the-secret');
    const { body } = await server.call('GET', 'AuditEvent?_sort=-date&_count=50', {
      token: machineToken('system/AuditEvent.rs'),
    });
    expect(JSON.stringify(body)).toContain('https://example.org/facts/year');
    expect(JSON.stringify(body)).not.toContain('the-secret');
  });

  it('is told where it cannot be read, and so is each file', async () => {
    const many = Array.from({ length: 100_000 }, (_, at) => ({ url: source.url(`${at}`) }));
    const manifests: Record<string, string> = {
      none: source.url('nothing-here'),
      text: source.add('text', 'no json'),
      array: source.add('array', '[]'),
      many: source.add('many', JSON.stringify({ output: many })),
      organized: source.add('organized', JSON.stringify({ output: [], outputOrganizedBy: 'Patient' })),
      inside: 'https://127.0.0.1:1/x',
      endless: source.add(
        'endless',
        JSON.stringify({ output: [], link: [{ relation: 'next', url: source.url('endless') }] }),
      ),
      outside: source.add(
        'outside',
        JSON.stringify({ output: [], link: [{ relation: 'next', url: 'file:///etc/passwd' }] }),
      ),
      files: source.add(
        'files',
        JSON.stringify({
          output: [
            { type: 'Patient', url: source.add('half-none', '') },
            { type: 'Nothing', url: source.url('x') },
            { url: 'file:///etc/passwd' },
            { url: 'https://169.254.169.254/latest' },
            'x',
            { type: 'Patient', url: source.url('half') },
            { type: 'Patient', url: source.add('wrong-type', lines({ resourceType: 'Organization', id: 'o1' })) },
            { type: 'Patient', url: source.add('good', lines(patient('g1'))) },
          ],
          deleted: [{ type: 'Bundle', url: source.url('deleted') }],
        }),
      ),
    };
    source.files.set('moved', (response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    });
    manifests['moved'] = source.url('moved');
    source.files.set('large', (response) => {
      response.writeHead(200, { 'content-length': String(10 ** 9) });
      response.write(' '.repeat(1000));
    });
    manifests['large'] = source.url('large');
    source.files.set('half', (response) => {
      response.writeHead(200, { 'content-length': '5000' }).write(lines(patient('g2')));
      setTimeout(() => response.destroy(), 50);
    });
    for (const url of Object.values(manifests)) await submitted({ id: 'g', manifest: url });
    await submitted({ id: 'g', status: 'completed' });
    const answer = await ended('g');
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    const told = await outcomesOf(answer);
    const unread = (why: string) => [expect.stringMatching(new RegExp(`was not read to its end\\. ${why}`))];
    expect(told).toEqual({
      'nothing-here': unread('It answered 404'),
      text: unread('It is no JSON that is read here'),
      array: unread('It is no manifest'),
      many: unread('It names 100000 files, and 1000 are the most of one page'),
      organized: unread('It is organized by a type'),
      'https://127.0.0.1:1/x': unread('It cannot be reached'),
      endless: unread('It has more than 100 pages'),
      outside: unread('Its next page is not fetched'),
      moved: unread('It answered 302\\. Redirects are not followed'),
      large: unread('It has more than 8388608 bytes'),
      files: [
        expect.stringContaining('output[1] is not imported. Nothing is no resource type of R4'),
        expect.stringContaining('output[2] is not imported. "file:///etc/passwd" is no https address'),
        expect.stringContaining('output[4] is not imported. It has no url'),
        expect.stringContaining('The 1 files of "deleted" are not taken'),
        expect.stringContaining('latest was not read to its end. It cannot be reached'),
        expect.stringMatching(/half was not read to its end\. It stopped after \d+ of 5000 bytes/),
        expect.stringContaining('The file is named as one of Patient, and this is of the type Organization'),
        expect.stringMatching(/files was read to its end\. 5 files were read: 2 resources were stored/),
      ],
    });
    expect(await Promise.all(['g1', 'g2'].map((id) => statusOf(`Patient/${id}`)))).toEqual([200, 200]);
  }, 60_000);

  it('has to be the same where its import goes on', async () => {
    let times = 0;
    source.files.set('h', (response) => {
      times++;
      response.end(JSON.stringify({ output: [{ url: source.url(times === 1 ? 'h-slow' : 'h-other') }] }));
    });
    source.files.set('h-slow', (response) => {
      response.writeHead(200, { 'content-length': '5000' }).write(lines(patient('h1')));
    });
    source.add('h-other', lines(patient('h2')));
    await submitted({ id: 'h', manifest: source.url('h'), status: 'completed' });
    const job = (await placeOfStatus('h')).split('job=')[1];
    await expect.poll(() => source.asked, { timeout: 10_000 }).toContain('h-slow');
    const client = new Client(server.database.connection);
    await client.connect();
    // As if this server was gone: the next one takes it.
    await client.query(`UPDATE job SET fence = fence + 1, lease = now() - interval '1 s' WHERE id = $1`, [job]);
    await client.end();
    const answer = await ended('h');
    expect(await outcomesOf(answer)).toEqual({
      h: [expect.stringContaining('It is not what it was when its import began')],
    });
    expect(await statusOf('Patient/h2')).toBe(404);
  }, 30_000);
});

describe('who may not, and what is wrong', () => {
  it('is a user, who is told so, and a machine that may not update anything', async () => {
    const { body } = await server.call('POST', 'login', {
      headers: { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` },
    });
    const user = await submit({ id: 'i', manifest: source.url('i') }, body.access_token);
    expectOutcome(user, 403, /forbidden/);
    expect(user.text).toContain('takes in the data of many patients');
    const reader = machineToken('system/*.rs', 'reader');
    expect((await submit({ id: 'i', manifest: source.url('i') }, reader)).status).toBe(403);
    expect((await askWhere('i', reader)).status).toBe(403);
    expect((await server.call('POST', '$bulk-submit', { body: {} })).status).toBe(401);
  });

  it('judges each line as a write of its caller', async () => {
    const limited = machineToken('system/Patient.cru', 'limited');
    const organization = { resourceType: 'Organization', id: 'j2', name: 'x' };
    const url = source.add(
      'j',
      JSON.stringify({ output: [{ url: source.add('j.ndjson', lines(patient('j1'), organization)) }] }),
    );
    expect((await submit({ id: 'j', manifest: url, status: 'completed' }, limited)).status).toBe(200);
    await expect.poll(() => statusOf('Patient/j1'), { timeout: 10_000 }).toBe(200);
    expect(await statusOf('Organization/j2')).toBe(404);
  });

  it('is told all at once, before anything is noted', async () => {
    const part = (name: string, value: string) => [
      { name: 'headerName', valueString: name },
      { name: 'headerValue', valueString: value },
    ];
    const answer = await submit({
      id: 'k',
      manifest: 'http://example.org/x',
      status: 'done',
      more: [
        { name: 'outputFormat', valueString: 'text/csv' },
        { name: 'fileRequestHeader', part: part('Host', 'inside') },
        { name: 'fileRequestHeader', part: part('x', 'a\r\nb: c') },
        {
          name: 'metadata',
          part: [
            { name: 'parameterUrl', valueUri: 'relative' },
            { name: 'parameterValue', valueString: 'x' },
          ],
        },
      ],
    });
    expect(answer.status).toBe(400);
    expect(answer.body.issue.map(({ expression }: { expression: string[] }) => expression[0]!.split("'")[1])).toEqual([
      'submissionStatus',
      'manifestUrl',
      'fileRequestHeader',
      'fileRequestHeader',
      'metadata',
      'outputFormat',
    ]);
    const unknown = await submit({
      id: 'k',
      manifest: source.url('k'),
      more: [{ name: 'fileEncryptionKey', valueString: 'x' }],
    });
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('fileEncryptionKey')]);
    expectOutcome(await submit({ id: 'k' }), 400, /required/);
    expectOutcome(await askWhere('k'), 404, /not-found/);
    expect((await server.call('GET', '$bulk-submit', { token: machine })).status).toBe(405);
  });
});

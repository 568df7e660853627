/** Who may write and not read learns nothing of what is stored from the answers to writes (ADR 35). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, anObservation, aPatient } from '../support/resources.js';
import { reasonsOf } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ REFERENTIAL_INTEGRITY: 'on' });
  await server.call('PUT', 'Patient/p1', { token: server.token('user/*.cruds'), body: aPatient({ id: 'p1' }) });
});
afterAll(() => server.close());

const jsonPatchType = 'application/json-patch+json';
const secret = 'STOREDSECRET';
const category = (code: string) => [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] },
];

const about = (changes: JsonObject): JsonObject => {
  const { subject: _, ...content } = anObservation('', changes);
  return content;
};

/** Two contents that differ in what a caller without `r` is not to know. */
const contents: readonly JsonObject[] = [
  about({
    code: { text: secret },
    note: [{ text: 'one' }, { text: 'two' }],
    category: category('laboratory'),
  }),
  about({ code: { text: 'another-text' }, valueString: 'yes', category: category('vital-signs') }),
];

let made = 0;
async function store(content: JsonObject): Promise<string> {
  const id = `unread-${++made}`;
  const body = { ...content, id };
  const { status: code } = await server.call('PUT', `Observation/${id}`, { token: server.token('user/*.cruds'), body });
  expect(code).toBe(201);
  return id;
}

const pathPatch = (type: string, path: string, more: readonly JsonObject[] = []): JsonObject => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'operation', part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more] },
  ],
});
const status = { name: 'value', valueCode: 'amended' };

/** What looks at content to decide what it does. */
const looking: readonly (readonly [string, object])[] = [
  ['test', [{ op: 'test', path: '/code/text', value: secret }]],
  ['copy', [{ op: 'copy', from: '/code/text', path: '/status' }]],
  ['move', [{ op: 'move', from: '/code/text', path: '/status' }]],
  ['where()', pathPatch('replace', `Observation.where(code.text = '${secret}').status`, [status])],
  ['extension()', pathPatch('delete', `Observation.extension('http://example.org/x')`)],
];

const send = (method: string, path: string, body: object, scope: string): Promise<Answer> => {
  const token = server.token(scope);
  return server.call(method, path, {
    token,
    body,
    ...(Array.isArray(body) && { headers: { 'content-type': jsonPatchType } }),
  });
};
const asEntry = (id: string, body: object): JsonObject => ({
  request: { method: 'PATCH', url: `Observation/${id}` },
  resource: (Array.isArray(body)
    ? { resourceType: 'Binary', contentType: jsonPatchType, data: Buffer.from(JSON.stringify(body)).toString('base64') }
    : body) as JsonObject,
});

describe.each(looking)('a patch with %s', (_name, body) => {
  it('needs the permission to read, wherever it is sent', async () => {
    const id = await store(contents[0]!);
    const alone = await send('PATCH', `Observation/${id}`, body, 'user/Observation.u');
    expect(alone.status).toBe(403);
    expect(reasonsOf(alone)).toEqual(['scope-insufficient']);
    expect(alone.headers['www-authenticate']).toContain('scope="user/Observation.r"');
    expect(alone.body.issue[0].details.text).toContain('looks at what is stored');
    expect((await send('PATCH', `Observation?_id=${id}`, body, 'user/Observation.us')).status).toBe(403);
    const batch = await send('POST', '', aBundle('batch', asEntry(id, body) as never), 'user/Observation.u');
    expect(batch.body.entry[0].response.status).toMatch(/^403/);
    const transaction = await send(
      'POST',
      '',
      aBundle('transaction', asEntry(id, body) as never),
      'user/Observation.u',
    );
    expect(transaction.status).toBe(403);
    for (const { text } of [alone, batch, transaction])
      expect(text.replaceAll(JSON.stringify(body), '')).not.toContain('another-text');
  });

  it('is for versions within reach of reading: others answer like none', async () => {
    const scope = 'user/Observation.u user/Observation.r?category=survey';
    const id = await store(contents[0]!);
    const [there, none] = [id, 'nobody'].map((one) => send('PATCH', `Observation/${one}`, body, scope));
    expect((await there!).status).toBe(404);
    expect((await there!).text.replaceAll(id, 'nobody')).toBe((await none!).text);
  });
});

/** What may be done unseen, or not, whatever the content. */
const unseen: readonly (readonly [string, string, object])[] = [
  ['PATCH', 'add', [{ op: 'add', path: '/code/text', value: secret }]],
  ['PATCH', 'add what is invalid', [{ op: 'add', path: '/status', value: 'no-status' }]],
  ['PATCH', 'add what refers to nothing', [{ op: 'add', path: '/subject', value: { reference: 'Patient/nobody' } }]],
  ['PATCH', 'add', pathPatch('replace', 'Observation.status', [status])],
];

describe.each(['user/Observation.u', 'user/Observation.u user/Observation.r?category=survey'])('with %s', (scope) => {
  it.each(unseen)('%s (%s) is answered alike whatever is stored', async (method, _name, body) => {
    const answers = [];
    for (const content of contents) {
      const id = await store(content);
      const { status: code, headers, text } = await send(method, `Observation/${id}`, body, scope);
      const issues = text === '' ? '' : JSON.stringify(JSON.parse(text).issue ?? {});
      answers.push([code, headers['etag'], issues.replaceAll(id, 'ID')]);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each([
    ['a finding of the result', [{ op: 'add', path: '/component', value: [{ code: { text: 7 } }] }]],
    ['a place that is not there', [{ op: 'replace', path: '/note/5/text', value: 'x' }]],
    ['a path that finds several', pathPatch('delete', 'Observation.note')],
  ])('%s is a failure without a reason', async (_name, body) => {
    const id = await store(contents[0]!);
    const answer = await send('PATCH', `Observation/${id}`, body, scope);
    expect(answer.status).toBe(422);
    expect(answer.body.issue).toHaveLength(1);
    expect(answer.body.issue[0].diagnostics).toContain('is told to who may read');
  });

  it('a patch that is wrong in itself says so', async () => {
    const id = await store(contents[0]!);
    expect((await send('PATCH', `Observation/${id}`, [{ op: 'jump', path: '/status' }], scope)).status).toBe(400);
  });

  it('what was there already makes a version like everything else', async () => {
    const id = await store(contents[0]!);
    const same = { ...contents[0]!, id };
    expect((await send('PUT', `Observation/${id}`, same, scope)).headers['etag']).toBe('W/"2"');
    const meta = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'a' }] } }] };
    await send('POST', `Observation/${id}/$meta-add`, meta, scope);
    const again = await send('POST', `Observation/${id}/$meta-add`, meta, scope);
    expect(JSON.parse(again.text).parameter[0].valueMeta.versionId).toBe('4');
  });
});

it('a stored reference is not named where it keeps a change from being made', async () => {
  const id = await store(anObservation('Patient/p1'));
  const answer = await send(
    'PATCH',
    `Observation/${id}`,
    [{ op: 'add', path: '/language', value: 'is' }],
    'user/Observation.u',
  );
  expect(answer.status).toBe(422);
  expect(answer.text).not.toContain('Patient/p1');
});

it('who may read the version is told everything, and that nothing changed', async () => {
  const id = await store(contents[0]!);
  const scope = 'user/Observation.u user/Observation.r?category=laboratory';
  const found = await send('PATCH', `Observation/${id}`, [{ op: 'test', path: '/code/text', value: 'x' }], scope);
  expect(found.body.issue[0].diagnostics).toContain('The test failed');
  const invalid = await send(
    'PATCH',
    `Observation/${id}`,
    [{ op: 'copy', from: '/code/text', path: '/status' }],
    scope,
  );
  expect(invalid.text).toContain(secret);
  expect((await send('PUT', `Observation/${id}`, { ...contents[0]!, id }, scope)).headers['etag']).toBe('W/"1"');
});

// https://hl7.org/fhir/R4/binary.html#rest
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { expectOutcome } from '../support/outcome.js';
import { aBinary, aPatient } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

const limit = 4 * partSize;
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]);
const large = randomBytes(2 * partSize + 12_345);
const native = { accept: '*/*' };
const asJson = { accept: 'application/fhir+json' };

let server: TestServer;
let all: string;
let port: number;
beforeAll(async () => {
  server = await startServer({ BINARY_LIMIT: String(limit), BODY_LIMIT: '2mb' });
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

interface RawAnswer extends Answer {
  readonly bytes: Buffer;
}

type Headers = Readonly<Record<string, string>>;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function send(method: string, path: string, headers: Headers = {}, payload?: Buffer) {
  const answer = await server.app.inject({
    method: method as never,
    url: `/fhir/r4/${path}`,
    headers: { ...bearer(all), ...headers },
    ...(payload && { payload }),
  });
  const isFhir = String(answer.headers['content-type']).startsWith('application/fhir+json;') && answer.payload !== '';
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.payload,
    bytes: answer.rawPayload,
    body: isFhir ? JSON.parse(answer.payload) : {},
  } as RawAnswer;
}

async function post(payload: Buffer, headers: Headers = {}): Promise<string> {
  const {
    status,
    headers: answered,
    text,
  } = await send('POST', 'Binary', { 'content-type': 'image/png', ...headers }, payload);
  expect(status, text).toBe(201);
  return /Binary\/([^/]+)\/_history\/1$/.exec(answered['location'] ?? '')![1]!;
}

async function sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(server.database.connection);
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Parts and uploads that no version has. */
const leftovers = async (): Promise<number> => {
  const [row] = await sql(`SELECT (SELECT count(*) FROM binary_upload) + (SELECT count(*) FROM binary_content c
    WHERE NOT EXISTS (SELECT FROM binary_version v WHERE v.tenant = c.tenant AND v.content_id = c.content_id)) AS count`);
  return Number(row!['count']);
};

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each([
  ['small content, kept in the resource', png],
  ['large content, kept beside it', large],
  ['content of exactly one part', large.subarray(0, partSize)],
  ['content of one byte more', large.subarray(0, partSize + 1)],
])('%s', (_name, content) => {
  let id: string;
  beforeAll(async () => {
    id = await post(content, { 'x-security-context': 'Patient/p1' });
  });

  it('is read back as it was sent, with the headers of the content', async () => {
    const { status, headers, bytes } = await send('GET', `Binary/${id}`, native);
    expect(status).toBe(200);
    expect(digest(bytes)).toBe(digest(content));
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      etag: 'W/"1"',
      'last-modified': expect.stringMatching(/GMT$/),
      'x-security-context': 'Patient/p1',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    });
  });

  it('has the same headers and no body for HEAD', async () => {
    const { date: _, ...got } = (await send('GET', `Binary/${id}`, native)).headers;
    const head = await send('HEAD', `Binary/${id}`, { ...native, range: 'bytes=0-1' });
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const compared = ['content-type', 'content-length', 'etag', 'last-modified', 'accept-ranges', 'x-security-context'];
    for (const name of compared) expect(head.headers[name], name).toBe(got[name]);
  });

  it('is a resource in JSON and in XML for who asks for FHIR', async () => {
    const { headers, body } = await send('GET', `Binary/${id}`, asJson);
    expect(headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(body).toMatchObject({ resourceType: 'Binary', id, contentType: 'image/png' });
    expect(body.securityContext).toEqual({ reference: 'Patient/p1' });
    expect(digest(Buffer.from(body.data, 'base64'))).toBe(digest(content));
    const pretty = await send('GET', `Binary/${id}?_format=json&_pretty=true`, native);
    expect(pretty.body).toEqual(body);
    const xml = await send('GET', `Binary/${id}?_format=xml`, native);
    expect(xml.headers['content-type']).toBe('application/fhir+xml; charset=utf-8');
    expect(xml.text).toMatch(/^<\?xml [^>]*>\n<Binary xmlns="http:\/\/hl7\.org\/fhir">.*<\/Binary>$/s);
    expect(/<data value="([^"]*)"\/>/.exec(xml.text)![1]).toBe(body.data);
    for (const answer of [pretty, xml]) expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
  });

  it('is sent in parts', async () => {
    const size = content.length;
    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=3-6', 3, 6],
      ['bytes=4-', 4, size - 1],
      ['bytes=-3', size - 3, size - 1],
      ['bytes=2-999999999999', 2, size - 1],
      [`bytes=${Math.floor(size / 2)}-${size - 2}`, Math.floor(size / 2), size - 2],
    ] as const) {
      const { status, headers, bytes } = await send('GET', `Binary/${id}`, { ...native, range });
      expect([status, headers['content-range']], range).toEqual([206, `bytes ${first}-${last}/${size}`]);
      expect(headers['content-length']).toBe(String(last - first + 1));
      expect(digest(bytes), range).toBe(digest(content.subarray(first, last + 1)));
    }
  });

  it('tells how long it is to who asks for what is behind the end', async () => {
    for (const range of [`bytes=${content.length}-`, 'bytes=-0']) {
      const answer = await send('GET', `Binary/${id}`, { ...native, range });
      expectOutcome(answer, 416, /Range/);
      expect(answer.headers['content-range']).toBe(`bytes */${content.length}`);
    }
  });

  it('is sent whole where Range is not one range of bytes, or If-Range names another state', async () => {
    const { headers: known } = await send('HEAD', `Binary/${id}`, native);
    for (const headers of [
      { range: 'bytes=0-1,3-4' },
      { range: 'lines=0-1' },
      { range: 'bytes=5-2' },
      { range: 'bytes=0-1', 'if-range': 'W/"1"' },
      { range: 'bytes=0-1', 'if-range': 'Mon, 01 Jan 2024 00:00:00 GMT' },
    ])
      expect((await send('GET', `Binary/${id}`, { ...native, ...headers })).status).toBe(200);
    const current = { ...native, range: 'bytes=0-1', 'if-range': known['last-modified']! };
    expect((await send('GET', `Binary/${id}`, current)).status).toBe(206);
  });

  it('answers 304 to who has it', async () => {
    for (const headers of [native, asJson]) {
      const { status, bytes } = await send('GET', `Binary/${id}`, {
        ...headers,
        'if-none-match': 'W/"1"',
        range: 'bytes=0-1',
      });
      expect([status, bytes.length]).toEqual([304, 0]);
    }
  });

  it('keeps the content of each version', async () => {
    const other = Buffer.concat([content, Buffer.from('more')]);
    const put = await send('PUT', `Binary/${id}`, { 'content-type': 'application/pdf', 'if-match': 'W/"1"' }, other);
    expect([put.status, put.headers['etag'], put.text]).toEqual([200, 'W/"2"', '']);
    const [first, second] = [
      await send('GET', `Binary/${id}/_history/1`, native),
      await send('GET', `Binary/${id}/_history/2`, native),
    ];
    expect([first.headers['content-type'], second.headers['content-type']]).toEqual(['image/png', 'application/pdf']);
    expect([digest(first.bytes), digest(second.bytes)]).toEqual([digest(content), digest(other)]);
    expect(second.headers['x-security-context']).toBeUndefined();
    expectOutcome(
      await send('PUT', `Binary/${id}`, { 'content-type': 'image/png', 'if-match': 'W/"1"' }, content),
      412,
    );
    expect((await send('DELETE', `Binary/${id}`)).status).toBe(204);
    expectOutcome(await send('GET', `Binary/${id}`, native), 410);
    expect(digest((await send('GET', `Binary/${id}/_history/1`, native)).bytes)).toBe(digest(content));
    expect(await leftovers()).toBe(0);
  });
});

describe('an upload', () => {
  it('answers with Location and ETag, and with the resource only if asked to', async () => {
    const headers = { 'content-type': 'image/png', prefer: 'return=representation' };
    const small = await send('POST', 'Binary', headers, png);
    expect(small.headers['location']).toBe(`${base}/Binary/${small.body.id}/_history/1`);
    expect(small.body).toMatchObject({ contentType: 'image/png', data: png.toString('base64') });
    expect((await send('POST', 'Binary', { 'content-type': 'image/png' }, png)).text).toBe('');
    expect((await send('POST', 'Binary', headers, large)).text).toBe('');
  });

  it('creates at an address that the client chose', async () => {
    const { status, headers } = await send(
      'PUT',
      'Binary/chosen',
      { 'content-type': 'text/plain; charset=latin1' },
      png,
    );
    expect([status, headers['location']]).toEqual([201, `${base}/Binary/chosen/_history/1`]);
    expect((await send('GET', 'Binary/chosen', native)).headers['content-type']).toBe('text/plain; charset=latin1');
  });

  it('may be empty', async () => {
    const id = await post(Buffer.alloc(0));
    const { status, headers, bytes } = await send('GET', `Binary/${id}`, { ...native, range: 'bytes=0-5' });
    expect([status, headers['content-length'], bytes.length]).toEqual([200, '0', 0]);
    expect((await send('GET', `Binary/${id}`, asJson)).body.data).toBeUndefined();
  });

  it('makes no version of what is there already', async () => {
    const id = await post(png);
    const { headers } = await send('PUT', `Binary/${id}`, { 'content-type': 'image/png' }, png);
    expect(headers['etag']).toBe('W/"1"');
  });

  it('may be any JSON or XML, even a FHIR resource, but not a broken one', async () => {
    const patient = Buffer.from(JSON.stringify(aPatient()));
    const cda = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><ClinicalDocument>\xe4</ClinicalDocument>',
      'latin1',
    );
    for (const [type, content] of [
      ['application/fhir+json', patient],
      ['application/json', Buffer.from('[1, 2]')],
      ['application/json', Buffer.from('not JSON')],
      ['text/xml', cda],
      ['application/json', Buffer.from('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Binary"}}]}')],
    ] as const) {
      const id = await post(content, { 'content-type': type });
      const { headers, bytes } = await send('GET', `Binary/${id}`, native);
      expect([headers['content-type'], digest(bytes)]).toEqual([type, digest(content)]);
    }
    for (const [type, content] of [
      ['application/fhir+json', '{"resourceType":"Patient"'],
      ['application/fhir+json', '[]'],
      ['application/fhir+xml', '<ClinicalDocument/>'],
      ['application/json', '{"resourceType":"Binary","contentType":"image/png"'],
    ] as const)
      expectOutcome(await send('POST', 'Binary', { 'content-type': type }, Buffer.from(content)), 400);
  });

  it('is a resource where it is a Binary, in JSON or XML', async () => {
    const created = await send(
      'POST',
      'Binary',
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify(aBinary())),
    );
    expect(created.body).toMatchObject(aBinary());
    const xml =
      '<Binary xmlns="http://hl7.org/fhir"><id value="in-xml"/><contentType value="text/plain"/><data value="aGVsbG8="/></Binary>';
    expect((await send('PUT', 'Binary/in-xml', { 'content-type': 'text/xml' }, Buffer.from(xml))).status).toBe(201);
    for (const id of [created.body.id, 'in-xml']) {
      const { headers, text } = await send('GET', `Binary/${id}`, native);
      expect([headers['content-type'], text]).toEqual(['text/plain', 'hello']);
    }
    const wrong = JSON.stringify(aBinary({ id: 'other' }));
    expectOutcome(
      await send('PUT', 'Binary/in-xml', { 'content-type': 'application/fhir+json' }, Buffer.from(wrong)),
      400,
    );
  });

  it.each([
    ['no Content-Type', {}, 415, /contentType/],
    ['no media type', { 'content-type': 'image/png; charset' }, 415, /media type/],
    [
      'a form, as curl sends without a type',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      /Content-Type/,
    ],
    ['a coding', { 'content-type': 'image/png', 'content-encoding': 'gzip' }, 415, /Content-Encoding/],
    ['what is no reference', { 'content-type': 'image/png', 'x-security-context': 'p1' }, 400, /X-Security-Context/],
  ] as const)('is refused with %s', async (_name, headers, status, fact) => {
    expectOutcome(await send('POST', 'Binary', headers, png), status, fact);
  });

  it('is refused if it is too large, announced or not, and leaves nothing', async () => {
    const content = Buffer.alloc(limit + 1);
    expectOutcome(await send('POST', 'Binary', { 'content-type': 'image/png' }, content), 413, /BINARY_LIMIT/);
    const chunked = await stream('POST', 'Binary', { 'content-type': 'image/png' }, content);
    expect([chunked.status, chunked.text]).toEqual([413, expect.stringContaining('BINARY_LIMIT')]);
    expect(await leftovers()).toBe(0);
  });

  it('leaves nothing when its client goes away', async () => {
    const [before] = await sql("SELECT count(*)::int FROM resource WHERE type = 'Binary'");
    const upload = open('POST', 'Binary', { 'content-type': 'image/png', 'content-length': String(large.length) });
    upload.on('error', () => undefined);
    upload.write(large.subarray(0, 2 * partSize + 10));
    await vi.waitFor(
      async () =>
        expect((await sql('SELECT FROM binary_content c JOIN binary_upload u USING (tenant, content_id)')).length).toBe(
          2,
        ),
      { timeout: 20_000 },
    );
    upload.destroy();
    await vi.waitFor(async () => expect(await leftovers()).toBe(0), { timeout: 20_000 });
    expect((await sql("SELECT count(*)::int FROM resource WHERE type = 'Binary'"))[0]).toEqual(before);
  });

  it('is not begun without the right to write', async () => {
    for (const [method, path, scope] of [
      ['POST', 'Binary', 'user/Binary.ruds'],
      ['PUT', 'Binary/x', 'user/Binary.crds'],
    ] as const) {
      const answer = await send(method, path, { 'content-type': 'image/png', ...bearer(server.token(scope)) }, large);
      expectOutcome(answer, 403);
    }
    expect((await send('GET', 'Binary/chosen', bearer(server.token('user/Binary.cuds')))).status).toBe(403);
  });

  it.each([
    ['POST Binary', 'patient/*.cruds', {}, 403],
    ['PUT Binary/of-nobody', 'patient/*.cruds', {}, 404],
    ['POST Binary', 'user/*.cruds', { 'content-type': 'png' }, 415],
    ['POST Binary', 'user/*.cruds', { 'content-length': String(limit + 1) }, 413],
  ] as const)('%s with %s and %j is answered before the content is sent', async (line, scope, more, status) => {
    const [method = '', path = ''] = line.split(' ');
    const token = server.token(scope, { patient: 'p1' });
    const headers = { 'content-type': 'image/png', 'content-length': String(large.length), ...bearer(token), ...more };
    const upload = open(method, path, headers);
    upload.on('error', () => undefined);
    upload.flushHeaders();
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(status);
    upload.destroy();
  });

  it('of a patient is refused unless its security context can lie in the record', async () => {
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const create = (headers: Headers) =>
      send('POST', 'Binary', { 'content-type': 'image/png', ...bearer(token), ...headers }, large);
    for (const headers of [{}, { 'x-security-context': 'Patient/p2' }, { 'x-security-context': 'Observation/nowhere' }])
      expectOutcome(await create(headers), 403);
    expect((await create({ 'x-security-context': 'Patient/p1' })).status).toBe(201);
    expect((await create({ 'x-security-context': `${base}/Patient/p1` })).status).toBe(201);
    expect(await leftovers()).toBe(0);
  });
});

describe('Accept', () => {
  let id: string;
  beforeAll(async () => {
    id = await post(png);
  });

  it.each([
    ['', 'image/png'],
    ['image/png', 'image/png'],
    ['image/*;q=0.1', 'image/png'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'image/png'],
    ['application/pdf', 'image/png'],
    ['application/fhir+json, image/png', 'image/png'],
    ['application/fhir+json, */*', 'application/fhir+json'],
    ['application/fhir+json;q=0.5, */*;q=0.1', 'application/fhir+json'],
    ['application/json', 'application/fhir+json'],
    ['application/xml', 'application/fhir+xml'],
  ])('of "%s" gives %s', async (accept, type) => {
    const { status, headers } = await send('GET', `Binary/${id}`, accept === '' ? {} : { accept });
    expect([status, headers['content-type']?.split(';')[0]]).toEqual([200, type]);
  });

  it('of another version of FHIR, and _format of something else, are refused', async () => {
    const other = { accept: 'application/fhir+json; fhirVersion=5.0' };
    expectOutcome(await send('GET', `Binary/${id}`, other), 406);
    expectOutcome(await send('GET', `Binary/${id}?_format=image/png`, native), 406);
  });

  it('of a type that is no FHIR gives errors as outcomes', async () => {
    expectOutcome(await send('GET', 'Binary/nowhere', { accept: 'image/png' }), 404);
  });
});

it('lets no browser run what anybody stored', async () => {
  const id = await post(Buffer.from('<script>alert(1)</script>'), { 'content-type': 'text/html' });
  const { headers } = await send('GET', `Binary/${id}`, native);
  expect(headers['content-disposition']).toBe('attachment');
  expect(headers['content-security-policy']).toContain('sandbox');
});

it('sends content with a type that fits no header as bytes', async () => {
  const id = await post(png);
  await sql(`UPDATE resource SET body = replace(body, 'image/png', 'text/pläin') WHERE id = $1`, [id]);
  const { status, headers, bytes } = await send('GET', `Binary/${id}`, native);
  expect([status, headers['content-type'], digest(bytes)]).toEqual([200, 'application/octet-stream', digest(png)]);
});

describe('large content', () => {
  it('is left out of bundles, and stays when the resource is edited', async () => {
    const id = await post(large);
    const found = await send('GET', `Binary?_id=${id}`, asJson);
    expect(found.body.entry[0].resource).toMatchObject({ id, contentType: 'image/png' });
    expect(found.body.entry[0].resource.data).toBeUndefined();
    const patch = Buffer.from('[{"op":"add","path":"/language","value":"de"}]');
    const patched = await send('PATCH', `Binary/${id}`, { 'content-type': 'application/json-patch+json' }, patch);
    expect([patched.status, patched.headers['etag']]).toEqual([200, 'W/"2"']);
    for (const version of ['', '/_history/1', '/_history/2'])
      expect(digest((await send('GET', `Binary/${id}${version}`, native)).bytes), version).toBe(digest(large));
  });

  it('goes when an update or an edit brings other data or none', async () => {
    const id = await post(large);
    const { meta: _, ...found } = (await send('GET', `Binary?_id=${id}`, asJson)).body.entry[0].resource;
    const headers = { 'content-type': 'application/fhir+json' };
    const put = await send('PUT', `Binary/${id}`, headers, Buffer.from(JSON.stringify(found)));
    expect([put.status, put.headers['etag']]).toEqual([200, 'W/"2"']);
    expect((await send('GET', `Binary/${id}`, native)).bytes.length).toBe(0);
    const other = await post(large);
    const patch = Buffer.from('[{"op":"add","path":"/data","value":"aGVsbG8="}]');
    expect(
      (await send('PATCH', `Binary/${other}`, { 'content-type': 'application/json-patch+json' }, patch)).status,
    ).toBe(200);
    expect((await send('GET', `Binary/${other}`, native)).text).toBe('hello');
  });

  it('is not read on when its client goes away', async () => {
    const id = await post(large);
    const download = open('GET', `Binary/${id}`, native);
    download.end();
    const [answer] = (await once(download, 'response')) as [NodeJS.ReadableStream & { destroy(): void }];
    answer.destroy();
    expect((await send('GET', `Binary/${id}`, native)).status).toBe(200);
  });
});

const open = (method: string, path: string, headers: Headers) =>
  httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path: `/fhir/r4/${path}`,
    headers: { ...bearer(all), ...headers },
  });

/** Over a connection, without Content-Length. */
async function stream(method: string, path: string, headers: Headers, content: Buffer) {
  const request = open(method, path, headers);
  request.on('error', () => undefined);
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  for (let at = 0; at < content.length; at += 65_536) request.write(content.subarray(at, at + 65_536));
  request.end();
  const [answer] = await answered;
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { status: answer.statusCode, text };
}

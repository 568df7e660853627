// What no HTTP client would send: answered with an OperationOutcome where an answer is possible, and forgotten
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { exchange } from '../support/raw-socket.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { expectAlive, expectSound } from '../support/sound-answer.js';

let server: TestServer;
let all: string;
let port: number;

const call = (method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body && { body }) });

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
  await call('PUT', 'Patient/alive', { resourceType: 'Patient', id: 'alive' });
});
afterEach(() => expectAlive(call, 'alive'));
afterAll(() => server.close());

async function raw(bytes: Buffer): Promise<Answer> {
  const { status, headers, text } = await exchange(port, bytes);
  return { status, headers, text, body: headers['content-type']?.includes('json') ? JSON.parse(text) : {} };
}

const requestOf = (line: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from([line, 'Host: x', `Authorization: Bearer ${all}`, ...headers, '\r\n'].join('\r\n'), 'latin1'),
    Buffer.from(body),
  ]);

/** A name of a test that fits on a line. */
const named = (texts: readonly string[]) => texts.map((text) => ({ name: JSON.stringify(text).slice(0, 60), text }));

const json = 'Content-Type: application/fhir+json';
const chunked = 'Transfer-Encoding: chunked';
const post = 'POST /fhir/r4/Patient HTTP/1.1';
const patient = '{"resourceType":"Patient"}';

describe('methods', () => {
  it.each(named(['get', 'Post', 'PaTcH', 'Delete', 'FETCH', 'GËT', '', 'X'.repeat(10_000)]))(
    '$name is 400',
    async ({ text }) => {
      expectOutcome(await raw(requestOf(`${text} /fhir/r4/Patient/alive HTTP/1.1`)), 400);
    },
  );

  it.each(['TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'PURGE', 'SOURCE', 'M-SEARCH', 'REPORT', 'UNLINK'])(
    '%s is refused',
    async (method) => {
      for (const path of ['/', '/fhir/r4', '/fhir/r4/Patient', '/fhir/r4/Patient/alive', '/health/live']) {
        const answer = await raw(requestOf(`${method} ${path} HTTP/1.1`));
        expectOutcome(answer, answer.status);
        expect([400, 404, 405]).toContain(answer.status);
      }
    },
  );

  it.each(['CONNECT x:443 HTTP/1.1', 'CONNECT /fhir/r4/Patient HTTP/1.1'])('%s gets no tunnel', async (line) => {
    expectOutcome(await raw(requestOf(line)), 405, /CONNECT/);
  });

  it('an upgrade is ignored', async () => {
    const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'];
    expect((await raw(requestOf('GET /fhir/r4/Patient/alive HTTP/1.1', headers))).status).toBe(200);
  });

  it('an expectation is met or refused', async () => {
    const sent = [json, `Content-Length: ${patient.length}`];
    expectOutcome(await raw(requestOf(post, [...sent, 'Expect: miracle'], patient)), 417, /Expect/);
    // The first answer is 100, the one that counts follows.
    expect((await raw(requestOf(post, [...sent, 'Expect: 100-continue'], patient))).status).toBe(100);
  });
});

describe('addresses', () => {
  it.each(
    named([
      '/fhir/r4/Patient/%',
      '/fhir/r4/Patient/%ff',
      '/fhir/r4/Patient/%00',
      '/fhir/r4/Patient/%u0041',
      '/fhir/r4/Patient/%252e%252e/alive',
      '/fhir/r4/%2e%2e/%2e%2e/etc/passwd',
      '/fhir/r4/../../etc/passwd',
      '/fhir/r4/Patient/../Patient/alive',
      '/fhir/r4//Patient',
      '//fhir/r4/Patient',
      'http://other.example/fhir/r4/Patient/alive',
      'http://[/fhir/r4/Patient',
      '*',
      '?',
      '#',
      'Patient',
      '/%',
      '/fhir%2Fr4/Patient',
      '/FHIR/R4/Patient',
      '/health/%',
      '/fhir/r4/Patient?%',
      '/fhir/r4/Patient#x',
      '/fhir/r4/Patient;x=1',
      '/fhir/r4/Patient/\u00e9',
      `/${'a/'.repeat(20_000)}`,
      `/fhir/r4/${'%'.repeat(10_000)}`,
    ]),
  )('$name is answered', async ({ text: address }) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expectSound(await raw(requestOf(`${method} ${address} HTTP/1.1`)), method);
    }
  });
});

describe('bodies', () => {
  it.each([
    ['chunks of no length', [json, chunked], 'zz\r\n'],
    ['chunks of a negative length', [json, chunked], '-1\r\nx\r\n'],
    ['chunks of an absurd length', [json, chunked], `${'f'.repeat(40)}\r\nx\r\n`],
    ['chunks that are longer than they say', [json, chunked], '1\r\nxxxx\r\n0\r\n\r\n'],
    ['chunks and a length', [json, chunked, 'Content-Length: 4'], '0\r\n\r\n'],
    ['two lengths', [json, 'Content-Length: 4', 'Content-Length: 5'], 'null'],
    ['a length that is none', [json, 'Content-Length: x'], 'null'],
    ['a negative length', [json, 'Content-Length: -1'], 'null'],
    ['an absurd length', [json, `Content-Length: ${'9'.repeat(40)}`], 'null'],
    ['an unknown transfer coding', [json, 'Transfer-Encoding: x'], 'null'],
    ['gzip as a transfer coding', [json, 'Transfer-Encoding: gzip'], 'null'],
    ['chunks twice', [json, 'Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'],
    ['a length that is too short', [json, 'Content-Length: 10'], patient],
    ['a line break in a header', [json, 'X: a\nY: b\r c', 'Content-Length: 4'], 'null'],
    ['a NUL in a header', [json, 'X: \0', 'Content-Length: 4'], 'null'],
  ])('%s: 400', async (_what, headers, body) => {
    expectOutcome(await raw(requestOf(post, headers, body)), 400);
  });

  it('announced as larger than all limits are 413 at once', async () => {
    expectOutcome(await raw(requestOf(post, [json, 'Content-Length: 99999999999'], patient)), 413, /99999999999/);
  });

  it('of a declared coding are 415 and not unpacked, bombs included', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x', 'GZIP']) {
      const headers = [json, `Content-Encoding: ${coding}`, `Content-Length: ${bomb.length}`];
      expectOutcome(await raw(requestOf(post, headers, bomb)), 415, /Content-Encoding/);
    }
  });

  it('that are gzip and do not say so are 400', async () => {
    const body = gzipSync(patient);
    expectOutcome(await raw(requestOf(post, [json, `Content-Length: ${body.length}`], body)), 400, /UTF-8/);
  });

  it('on GET, HEAD and DELETE are ignored or explained', async () => {
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']) {
      const line = `${method} /fhir/r4/Patient/nobody HTTP/1.1`;
      expectSound(await raw(requestOf(line, [json, `Content-Length: ${patient.length}`], patient)), method);
      expectSound(await raw(requestOf(line, [json, chunked], '1\r\nx\r\n0\r\n\r\n')), method);
      expectSound(await raw(requestOf(line, ['Content-Type: x', 'Content-Length: 1'], 'x')), method);
    }
  });

  it.each([
    ['in the headers', requestHead],
    ['before the body', () => requestOf(post, [json, 'Content-Length: 1000'])],
    ['in the body', () => requestOf(post, [json, 'Content-Length: 1000'], '{"resourceType":')],
    ['in a chunk', () => requestOf(post, [json, chunked], '100\r\n{"resourceType":')],
    ['before the answer', () => requestOf(post, [json, `Content-Length: ${patient.length}`], patient)],
  ])('that a client stops sending %s are forgotten', async (_when, bytesOf) => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      await Promise.all(Array.from({ length: 20 }, () => leave(bytesOf(), end)));
    }
    expect(await connections()).toBe(0);
  });
});

function requestHead(): Buffer {
  return Buffer.from('GET /fhir/r4/Patient HTTP/1.1\r\nHost: ');
}

/** Sends the bytes and goes away at once; resolves when the connection is closed. */
function leave(bytes: Buffer, how: 'end' | 'resetAndDestroy'): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => socket[how]()));
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });
}

/** Open connections, once closing ones had time to close. */
async function connections(): Promise<number> {
  let count = 0;
  for (let attempt = 0; attempt < 30; attempt++) {
    count = await new Promise<number>((resolve, reject) => {
      server.app
        .getHttpServer()
        .getConnections((error: Error | null, open: number) => (error ? reject(error) : resolve(open)));
    });
    if (count === 0) return 0;
    await sleep(100);
  }
  return count;
}

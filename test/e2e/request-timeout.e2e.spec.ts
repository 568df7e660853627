// A request that takes too long to arrive is answered 408 with the setting, and its connection is closed
import { once } from 'node:events';
import { stat } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AuditLog } from '../../src/fhir/storage/audit/audit-log.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let port: number;

beforeAll(async () => {
  server = await startServer({ BODY_LIMIT: '2mb', REQUEST_TIMEOUT: '1' });
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

const headOf = (length: number): string =>
  [
    'POST /fhir/r4/Patient HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${all}`,
    'Content-Type: application/fhir+json',
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');

interface Heard {
  readonly text: string;
  readonly milliseconds: number;
  readonly outcome: Answer;
}

/** Sends the first part at once and others at their pace until the server closes the connection; fails after ten seconds. */
function say(parts: Iterable<string>, pause: number): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const socket = connect(port, '127.0.0.1');
    const queue = parts[Symbol.iterator]();
    const speak = (): void => {
      const { value, done } = queue.next();
      if (done !== true) socket.write(value);
    };
    socket.on('connect', speak);
    const speaking = setInterval(speak, pause);
    let text = '';
    socket.on('data', (part) => (text += String(part)));
    socket.on('error', () => undefined);
    socket.setTimeout(10_000, () => reject(new Error(`still open after: ${text}`)));
    socket.on('close', () => {
      clearInterval(speaking);
      resolve({ text, milliseconds: Date.now() - began, outcome: asAnswer(text) });
    });
  });
}

function asAnswer(text: string): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ', 2) as [string, string]));
  return { status: Number(status.split(' ')[1]), headers, text: body, body: body === '' ? {} : JSON.parse(body) };
}

function* forever(part: string): Generator<string> {
  for (;;) yield part;
}

function firstOf(parts: Iterable<string>, count: number): readonly string[] {
  const taken: string[] = [];
  for (const part of parts) {
    if (taken.length === count) break;
    taken.push(part);
  }
  return taken;
}

it('silence, and headers that trickle in, are 408 and the connection is closed', async () => {
  for (const parts of [[], ['GET / HTTP/1.1\r\n', ...Array.from({ length: 200 }, () => 'X: y\r\n')]]) {
    const { outcome, milliseconds } = await say(parts, 50);
    expectOutcome(outcome, 408, /headers did not arrive within 1 s \(setting REQUEST_TIMEOUT\)/);
    expect(outcome.body.issue[0].code).toBe('timeout');
    expect(milliseconds).toBeGreaterThan(900);
  }
});

it.each([
  ['stops', [] as readonly string[]],
  ['trickles in', forever(' ')],
])('a body that %s is 408 and the connection is closed', async (_how, rest) => {
  const { outcome, milliseconds } = await say([headOf(100_000), '{"resourceType":', ...firstOf(rest, 100)], 50);
  expectOutcome(outcome, 408, /\d+ bytes came\. It may take 1 s \(setting REQUEST_TIMEOUT\)/);
  expect(outcome.headers['connection']).toBe('close');
  expect(milliseconds).toBeGreaterThan(900);
});

it('a body in chunks that never end is 408', async () => {
  const head = headOf(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
  expectOutcome((await say([head, ...firstOf(forever('1\r\n \r\n'), 100)], 50)).outcome, 408, /REQUEST_TIMEOUT/);
});

it('a body of a request that was refused already keeps no connection open', async () => {
  const head = headOf(100_000).replace(/Bearer .*/, 'Bearer wrong');
  const { outcome, milliseconds } = await say([head, ...firstOf(forever(' '), 100)], 50);
  expect(outcome.status).toBe(401);
  expect(milliseconds).toBeLessThan(5000);
});

it('a body that makes progress may take longer', async () => {
  const text = `{"resourceType":"Basic","language":"${'x'.repeat(600_000)}"}`;
  const parts = Array.from({ length: 30 }, (_, i) => text.slice(i * 20_002, (i + 1) * 20_002));
  const head = headOf(text.length).replace('/Patient', '/Basic').replace('Host: x', 'Host: x\r\nConnection: close');
  const { outcome, milliseconds } = await say([head, ...parts], 60);
  expect(outcome.status).not.toBe(408);
  expect(outcome.status).toBeLessThan(500);
  expect(milliseconds).toBeGreaterThan(1500);
});

it('a body that came while the server stood still is read before it is judged', async () => {
  const text = `{"resourceType":"Basic","code":{"text":"${'x'.repeat(100)}"}}`;
  const head = headOf(text.length).replace('/Patient', '/Basic').replace('Host: x', 'Host: x\r\nConnection: close');
  const arrived = once(server.app.getHttpServer(), 'request');
  const socket = connect(port, '127.0.0.1', () => socket.write(head + text.slice(0, 50)));
  await arrived;
  await delay(100);
  // After the callback of a file, timers come before anything is read.
  stat(import.meta.filename, () => {
    socket.write(text.slice(50));
    standStill(1_500);
  });
  expect(asAnswer(await readText(socket)).status).toBe(201);
});

it('a body that is complete before its 408 has gone out stores nothing', async () => {
  const text = '{"resourceType":"Basic","id":"late","code":{"text":"late"}}';
  const head = headOf(0)
    .replace('POST /fhir/r4/Patient', 'PUT /fhir/r4/Basic/late')
    .replace('Content-Length: 0', 'Transfer-Encoding: chunked');
  const first = `${head}${text.length.toString(16)}\r\n${text}\r\n`;
  const failed = vi.fn<() => void>();
  process.on('unhandledRejection', failed);
  const socket = connect(port, '127.0.0.1', () => socket.write(first));
  const log = server.app.get(AuditLog);
  const record = log.record.bind(log);
  const recorded = vi.spyOn(log, 'record').mockImplementationOnce(async (one) => {
    socket.write('0\r\n\r\n');
    await delay(500);
    return record(one);
  });
  expect(asAnswer(await readText(socket)).status).toBe(408);
  await delay(100);
  process.off('unhandledRejection', failed);
  expect(recorded).toHaveBeenCalledTimes(1);
  recorded.mockRestore();
  expect(failed).not.toHaveBeenCalled();
  expect((await server.call('GET', 'Basic/late', { token: all })).status).toBe(404);
});

/** Nothing else happens in this process for so many milliseconds. */
const standStill = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

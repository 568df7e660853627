// What is too large, too deep, too many or too slow gets an answer that names the limit and its setting
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shareOf } from '../support/full.js';
import { expectOutcome } from '../support/outcome.js';
import { exchange } from '../support/raw-socket.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let port: number;

beforeAll(async () => {
  server = await startServer({
    BODY_LIMIT: '2mb',
    BUNDLE_LIMIT: '4mb',
    BUNDLE_ENTRIES: '3',
    DEPTH_LIMIT: '12',
    REQUEST_TIMEOUT: '1',
    STATEMENT_TIMEOUT: '1',
    // Making AuditEvents in the background would wait for the same locks.
    AUDIT: 'off',
  });
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

const send = (method: string, path: string, body?: object | string): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body !== undefined && { body }) });

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

/** Sends the parts at their pace until the server closes the connection; fails after ten seconds. */
function say(parts: Iterable<string>, pause: number): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    const socket = connect(port, '127.0.0.1');
    const queue = parts[Symbol.iterator]();
    const speaking = setInterval(() => {
      const { value, done } = queue.next();
      if (done !== true) socket.write(value);
    }, pause);
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

describe('sizes', () => {
  it('BODY_LIMIT: the answer has what was announced, the limit and the setting', async () => {
    const text = `{"resourceType":"Patient","language":"${'x'.repeat(3_000_000)}"}`;
    expectOutcome(
      await send('POST', 'Patient', text),
      413,
      /body of 3000040 bytes is larger than 2097152 bytes \(setting BODY_LIMIT\)\. Send it in smaller parts/,
    );
  });

  it('BUNDLE_LIMIT holds for the base alone', async () => {
    const text = `{"resourceType":"Bundle","type":"batch","x":"${'x'.repeat(3_000_000)}"}`;
    expect((await send('POST', '', text)).status).toBe(200);
    expectOutcome(await send('POST', 'Bundle', text), 413, /BODY_LIMIT/);
    expectOutcome(await send('POST', '', text.padEnd(4_200_000)), 413, /4194304 bytes \(setting BUNDLE_LIMIT\)/);
  });

  it('60 MB on a type address and on the base are 413 over a real connection', async () => {
    for (const path of ['Patient', '']) {
      const response = await fetch(`http://127.0.0.1:${port}/fhir/r4/${path}`.replace(/\/$/, ''), {
        method: 'POST',
        headers: { authorization: `Bearer ${all}`, 'content-type': 'application/fhir+json' },
        body: 'x'.repeat(60_000_000),
      });
      expect([response.status, await response.text()]).toEqual([
        413,
        expect.stringContaining('body of 60000000 bytes'),
      ]);
    }
  });

  it('DEPTH_LIMIT: as many levels are stored, one more is 400', async () => {
    const nested = (levels: number): string =>
      `{"resourceType":"Basic","extension":${'[{"extension":'.repeat(levels / 2 - 1)}[]${'}]'.repeat(levels / 2 - 1)}}`;
    expectOutcome(
      await send('POST', 'Basic', nested(14)),
      400,
      /nests 14 levels deep; it may nest 12 levels \(setting DEPTH_LIMIT\)/,
    );
    expect((await send('POST', 'Basic', nested(12))).text).not.toContain('DEPTH_LIMIT');
    const xml = `<Basic xmlns="http://hl7.org/fhir">${'<extension url="x">'.repeat(7)}${'</extension>'.repeat(7)}</Basic>`;
    const headers = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+json' };
    expectOutcome(await server.call('POST', 'Basic', { token: all, body: xml, headers }), 400, /DEPTH_LIMIT/);
    const parameters = `{"resourceType":"Parameters","x":${'['.repeat(12)}${']'.repeat(12)}}`;
    expectOutcome(await send('POST', '$my-access', parameters), 400, /DEPTH_LIMIT/);
    expectOutcome(await send('POST', '', parameters), 400, /DEPTH_LIMIT/);
  });

  it.each(['batch', 'transaction'])(
    'BUNDLE_ENTRIES: one entry more in a %s is 413, and nothing is stored',
    async (type) => {
      const entryOf = (n: number) => ({
        resource: { resourceType: 'Patient', id: `${type}-${n}` },
        request: { method: 'PUT', url: `Patient/${type}-${n}` },
      });
      const bundle = (count: number) => ({
        resourceType: 'Bundle',
        type,
        entry: Array.from({ length: count }, (_, n) => entryOf(n)),
      });
      expectOutcome(await send('POST', '', bundle(4)), 413, /has 4 entries; it may have 3 \(setting BUNDLE_ENTRIES\)/);
      expect((await send('GET', `Patient/${type}-0`)).status).toBe(404);
      expect((await send('POST', '', bundle(3))).status).toBe(200);
      expect((await send('GET', `Patient/${type}-0`)).status).toBe(200);
    },
  );

  it('a URL and headers beyond 256 kB are 431, and the answer names the limit', async () => {
    for (const line of [
      `GET /fhir/r4/Patient?x=${'x'.repeat(300_000)} HTTP/1.1\r\nHost: x`,
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(300_000)}`,
    ]) {
      const { status, headers, text } = await exchange(port, `${line}\r\n\r\n`);
      expectOutcome({ status, headers, text, body: JSON.parse(text) }, 431, /262144 bytes.*_search/);
    }
  });

  it('a URL of 100 kB is read', async () => {
    const { status } = await exchange(
      port,
      `GET /fhir/r4/Patient?_id=${'a,'.repeat(50_000)}a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${all}\r\n\r\n`,
    );
    expect(status).toBeLessThan(500);
  });
});

describe('REQUEST_TIMEOUT', () => {
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
});

function firstOf(parts: Iterable<string>, count: number): readonly string[] {
  const taken: string[] = [];
  for (const part of parts) {
    if (taken.length === count) break;
    taken.push(part);
  }
  return taken;
}

describe('STATEMENT_TIMEOUT', () => {
  let other: Client;
  beforeAll(async () => {
    other = new Client(server.database.connection);
    await other.connect();
    await send('PUT', 'Patient/slow', { resourceType: 'Patient', id: 'slow' });
  });
  afterAll(() => other.end());

  const change = { resourceType: 'Patient', id: 'slow', active: true };
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: change, request: { method: 'PUT', url: 'Patient/slow' } }],
  };

  /** While somebody else holds the table, and again when it is free. */
  async function whileLocked(lock: string, work: () => Promise<void>): Promise<void> {
    await other.query('begin');
    try {
      await other.query(lock);
      await work();
    } finally {
      await other.query('rollback');
    }
  }

  /** Transactions and statements under way of anybody else, by connection and start; autovacuum is nobody's. */
  const busy = async (): Promise<readonly string[]> => {
    const { rows } = await other.query<{ work: string }>(
      `select pid || ' since ' || coalesce(xact_start, query_start) as work from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`,
    );
    return rows.map(({ work }) => work);
  };

  const stored = async (): Promise<unknown> =>
    (await other.query('select id, version from resource union all select id, version from resource_history')).rows;

  it.each(
    shareOf<readonly [string, string, object | undefined]>(
      [
        ['GET', 'Patient/slow', undefined],
        ['GET', 'Patient?_count=5', undefined],
        ['POST', 'Patient', { resourceType: 'Patient' }],
        ['DELETE', 'Patient/slow', undefined],
        ['PUT', 'Patient/slow', change],
        ['POST', '', bundle],
      ],
      2,
    ),
  )('%s %s is 503, names the setting, and leaves neither work nor connections behind', async (method, path, body) => {
    const before = await stored();
    await whileLocked('lock table resource in access exclusive mode', async () => {
      // More than the pool has connections.
      const answers = await Promise.all(Array.from({ length: 12 }, () => send(method, path, body)));
      for (const answer of answers.slice(0, 10))
        expectOutcome(answer, 503, /for 1 s and was stopped; nothing was stored.*STATEMENT_TIMEOUT/);
      // The server itself goes on to ask for jobs and definitions: what counts is that nothing of now stays.
      const now = new Set(await busy());
      const left = async (): Promise<readonly string[]> => (await busy()).filter((work) => now.has(work));
      await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000 });
    });
    expect(await stored()).toEqual(before);
    expect((await send('GET', 'Patient/slow')).body.meta.versionId).toBe('1');
  });

  it('a batch says 503 for the entry', async () => {
    await whileLocked(`select from resource where id = 'slow' for update`, async () => {
      const answer = await send('POST', '', { ...bundle, type: 'batch' });
      expect(answer.body.entry[0].response.status).toMatch(/^503/);
    });
  });

  it('what is faster than that is not disturbed', async () => {
    const [update] = await Promise.all([
      send('PUT', 'Patient/slow', change),
      whileLocked(`select from resource where id = 'slow' for update`, () => sleep(500)),
    ]);
    expect([update.status, update.body.meta.versionId]).toEqual([200, '2']);
  });
});

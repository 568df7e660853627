// Bodies of any shape and size leave the server and its other callers unharmed, and the refusal says why (ADR 45)
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BodyMemory } from '../../src/fhir/http/body/body-memory.js';
import { extremeBodies } from '../support/extreme-bodies.js';
import { expectOutcome } from '../support/outcome.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const megabyte = 1024 ** 2;

interface Sent {
  readonly base: string;
  readonly token: string;
  readonly path: string;
  readonly body: string | Buffer;
  readonly method?: string;
  readonly contentType?: string;
}

/** Fetch would keep the body twice. */
async function send({ base, token, path, body, method = 'POST', contentType = 'application/fhir+json' }: Sent) {
  const sending = request(`${base}${path === '' ? '' : `/${path}`}`, {
    method,
    // One that was kept open may be closed by the server just now.
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    },
  });
  sending.on('error', () => undefined);
  sending.end(body);
  const [answer] = (await once(sending, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const part of answer) text += String(part);
  return { status: answer.statusCode, text, headers: answer.headers };
}

/** Asks for `/health/live` again and again until it is stopped. */
function liveness(origin: string): { readonly stop: () => Promise<readonly number[]> } {
  const end = new AbortController();
  const asking = (async (): Promise<readonly number[]> => {
    const statuses: number[] = [];
    while (!end.signal.aborted) {
      statuses.push((await fetch(`${origin}/health/live`)).status);
      await sleep(20);
    }
    return statuses;
  })();
  return {
    stop: () => {
      end.abort();
      return asking;
    },
  };
}

describe('a server with 512 MB of heap', () => {
  let database: FreshDatabase;
  let server: ServerProcess;
  let token: string;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await ServerProcess.start(database, {
      NODE_OPTIONS: '--max-old-space-size=512',
      VALIDATION: 'strict',
    });
    token = (await server.logIn()).access;
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    await database.drop();
  });

  const post = (path: string, body: string | Buffer, more: Partial<Sent> = {}) =>
    send({ base: server.base, token, path, body, ...more });

  it.each(Object.entries(extremeBodies(1)))('%s: refused, and why; others are served meanwhile', async (name, make) => {
    const { path, body, contentType, status, said } = make();
    const method = path === 'Patient/1' ? 'PATCH' : 'POST';
    const health = liveness(server.origin);
    const answer = await post(path, body, { method, ...(contentType && { contentType }) });
    const statuses = await health.stop();
    expect([statuses.length > 0, new Set(statuses)]).toEqual([true, new Set([200])]);
    expect([name, answer.status, answer.text]).toEqual([name, status, expect.stringMatching(said)]);
  });

  it('what is as large as the limits take is stored and found', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `{"family":"Largename${i}","given":["G"]}`);
    const stored = await post('Patient', `{"resourceType":"Patient","name":[${names.join()}]}`);
    expect(stored.status).toBe(201);
    const { id, name } = JSON.parse(stored.text) as { id: string; name: readonly unknown[] };
    expect(name).toHaveLength(20_000);
    const found = await server.call('GET', 'Patient?family=Largename19999&_elements=id', token);
    expect(found.body.entry.map((entry: { resource: { id: string } }) => entry.resource.id)).toEqual([id]);
    const wrong = names.with(17_777, '{"famly":"a"}');
    const refused = await post('Patient', `{"resourceType":"Patient","name":[${wrong.join()}]}`);
    expect([refused.status, refused.text]).toEqual([422, expect.stringMatching(/Patient\.name\[17777\].*family/)]);
    const element = '<name><family value="Xmlname"/></name>';
    const sent = `<Patient xmlns="http://hl7.org/fhir">${element.repeat(5000)}</Patient>`;
    expect((await post('Patient', sent, { contentType: 'application/fhir+xml' })).status).toBe(201);
  });

  it('a transaction takes at most six times its bytes', async () => {
    const extensions = Array.from(
      { length: 100 },
      (_, i) => `{"url":"http://example.org/extension","valueString":"Some text of the usual length, number ${i}"}`,
    );
    const resource = `{"resourceType":"Basic","extension":[${extensions.join()}],"code":{"text":"a"}}`;
    const entry = `{"request":{"method":"POST","url":"Basic"},"resource":${resource}}`;
    const body = Buffer.from(
      `{"resourceType":"Bundle","type":"transaction","entry":[${`${entry},`.repeat(4000)}${entry}]}`,
    );
    // A first one, so that what is loaded once is loaded.
    await post('', `{"resourceType":"Bundle","type":"transaction","entry":[${`${entry},`.repeat(200)}${entry}]}`);
    const before = server.memory();
    let highest = before;
    const watch = setInterval(() => (highest = Math.max(highest, server.memory())), 100);
    const answer = await post('', body);
    clearInterval(watch);
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.stringContaining('transaction-response')]);
    expect(body.length).toBeGreaterThan(30 * megabyte);
    expect((highest - before) / body.length).toBeLessThan(6);
  });

  it('a batch that is no JSON at its end is not begun', async () => {
    const entry =
      '{"request":{"method":"PUT","url":"Basic/begun"},"resource":{"resourceType":"Basic","id":"begun","code":{"text":"a"}}}';
    const filler = `{"request":{"method":"GET","url":"Basic/${'x'.repeat(60)}"}}`;
    for (const last of ['{"a":1,"a":2}', '{"a":01}', '{"a":1]', '', 'nothing']) {
      const body = `{"resourceType":"Bundle","type":"batch","entry":[${entry},${`${filler},`.repeat(1000)}${last}]}`;
      const answer = await post('', body);
      expect([last, answer.status, answer.text]).toEqual([
        last,
        400,
        expect.stringMatching(/valid JSON|occurs twice|is empty/),
      ]);
    }
    expect((await server.call('GET', 'Basic/begun', token)).status).toBe(404);
  });

  it('200 large bodies at once: each is answered, and the server lives', async () => {
    const text = `{"resourceType":"Basic","code":{"text":"${'x'.repeat(megabyte)}"}}`;
    const answers = await Promise.all(Array.from({ length: 200 }, () => post('Basic', text)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => ![201, 429].includes(status ?? 0))).toEqual([]);
    expect(statuses).toContain(201);
    for (const { status, headers, text: said } of answers) {
      if (status !== 429) continue;
      expect(headers['retry-after']).toMatch(/^\d+$/);
      expect(said).toMatch(/CALLER_SHARE/);
    }
    expect((await fetch(`${server.origin}/health/live`)).status).toBe(200);
    expect((await post('Basic', text)).status).toBe(201);
  });
});

describe('limits of a token', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ BODY_LIMIT: '2mb', BUNDLE_LIMIT: '4mb' });
  });
  afterAll(() => server.close());

  const entry = `{"request":{"method":"GET","url":"Patient/p1"},"fullUrl":"urn:x:${'x'.repeat(1000)}"}`;
  const batch = (bytes: number): string =>
    `{"resourceType":"Bundle","type":"batch","entry":[${`${entry},`.repeat(Math.ceil(bytes / entry.length))}${entry}]}`;
  const asked = (token: string, bytes: number): Promise<Answer> =>
    server.call('POST', '', { token, body: batch(bytes) });

  it('bundles of who may write nothing hold requests only', async () => {
    const token = server.token('user/Patient.rs');
    expect((await asked(token, 900_000)).status).toBe(200);
    expectOutcome(
      await asked(token, 1_200_000),
      413,
      /larger than 1048576 bytes .*may write nothing.*Send fewer entries at a time, or use a token that may create or update/,
    );
  });

  it('bundles of who may write within one record are as large as a resource', async () => {
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    expect((await asked(token, 1_800_000)).status).toBe(200);
    expectOutcome(
      await asked(token, 2_500_000),
      413,
      /larger than 2097152 bytes \(setting BODY_LIMIT\).*only within a record.*Send smaller bundles/,
    );
  });

  it('bundles of who may write all of a type are as large as BUNDLE_LIMIT', async () => {
    const token = server.token('user/Patient.cruds');
    expect((await asked(token, 3_800_000)).status).toBe(200);
    expectOutcome(await asked(token, 4_500_000), 413, /larger than 4194304 bytes \(setting BUNDLE_LIMIT\)/);
  });
});

describe('BODY_MEMORY', () => {
  let server: TestServer;
  let port: number;
  let usualPatience: number;
  const open: Socket[] = [];
  const tokenOf = (sub: string): string => server.token('user/*.cruds', { sub });

  beforeAll(async () => {
    server = await startServer({ BODY_LIMIT: '3mb', BODY_MEMORY: '8mb', BUNDLE_LIMIT: '64mb' });
    await server.app.listen(0, '127.0.0.1');
    usualPatience = memory().patience;
    setPatience(Infinity);
    port = (server.app.getHttpServer().address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await vi.waitUntil(() => memory().held === 0, { timeout: 5000 });
  });
  afterAll(() => server.close());

  const memory = (): BodyMemory => server.app.get(BodyMemory);
  /** How long a body may take to arrive before it gives way; nobody is slow but in the test that is about it, however slow the machine is. */
  const setPatience = (patience: number): unknown => Object.assign(memory(), { patience });
  const base = (): string => `http://127.0.0.1:${port}/fhir/r4`;
  const basic = (bytes: number, name = 'valueString'): string => {
    const extension = `{"url":"http://example.org/x","${name}":"${'x'.repeat(50_000)}"}`;
    return `{"resourceType":"Basic","code":{"text":"a"},"extension":[${`${extension},`.repeat(bytes / 50_060)}${extension}]}`;
  };
  const post = (token: string, bytes: number, name?: string) =>
    send({ base: base(), token, path: 'Basic', body: basic(bytes, name) });

  interface Begun {
    readonly token?: string;
    readonly path?: string;
    readonly sent: number;
    readonly announced: number;
  }

  /** Sends a part of a body and keeps the rest. */
  async function begin({ token, path = 'Basic', sent, announced }: Begun): Promise<() => string> {
    const before = memory().held;
    const socket = connect(port, '127.0.0.1');
    open.push(socket);
    let heard = '';
    socket.on('data', (part) => (heard += String(part)));
    socket.on('error', () => undefined);
    const head = [
      `POST /fhir/r4/${path} HTTP/1.1`,
      'Host: x',
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      `Content-Type: application/${path === 'Basic' ? 'fhir+json' : 'json'}`,
      `Content-Length: ${announced}`,
      '\r\n',
    ];
    socket.write(head.join('\r\n') + basic(announced).slice(0, sent));
    await vi.waitFor(() => expect(heard !== '' || memory().held >= before + sent).toBe(true), { timeout: 5000 });
    return () => heard;
  }

  it('unfinished bodies count; what finds no room is 503, small ones find room, and who is slow gives way', async () => {
    const slow = await begin({ token: tokenOf('a'), sent: 2.5 * megabyte, announced: 3 * megabyte });
    await begin({ token: tokenOf('b'), sent: 2.5 * megabyte, announced: 3 * megabyte });
    const refused = await post(tokenOf('c'), 1.5 * megabyte);
    expect([refused.status, refused.text]).toEqual([
      503,
      expect.stringMatching(/8388608 bytes .*setting BODY_MEMORY.*Repeat it in \d s/),
    ]);
    expect(refused.headers['retry-after']).toMatch(/^[1-4]$/);
    expect((await post(tokenOf('c'), 500_000)).status).toBe(201);
    expect(usualPatience).toBe(60_000);
    setPatience(2000);
    await vi.waitFor(async () => expect((await post(tokenOf('c'), 1.5 * megabyte)).status).toBe(201), {
      timeout: 10_000,
      interval: 300,
    });
    setPatience(Infinity);
    await vi.waitFor(() => expect(slow()).toMatch(/^HTTP\/1.1 408 [^]*setting BODY_MEMORY/), { timeout: 5000 });
  });

  it('room is given back, whatever became of the request', async () => {
    const token = tokenOf('a');
    const gone = await begin({ token, sent: 2 * megabyte, announced: 2.5 * megabyte });
    open.at(-1)!.destroy();
    await vi.waitFor(async () => expect((await post(token, 2.5 * megabyte)).status).toBe(201), { timeout: 5000 });
    for (let i = 0; i < 5; i++) expect((await post(token, 2.5 * megabyte, 'valueNothing')).status).toBe(422);
    await vi.waitFor(async () => expect((await post(token, 2.5 * megabyte)).status).toBe(201), { timeout: 5000 });
    expect(gone()).toBe('');
  });

  it('what can never find room is 413 and not 503', async () => {
    const answer = await send({ base: base(), token: tokenOf('a'), path: '', body: ' '.repeat(5 * megabyte) });
    expect([answer.status, answer.text]).toEqual([
      413,
      expect.stringMatching(/larger than 4194304 bytes \(setting BODY_MEMORY, CALLER_SHARE\)/),
    ]);
  });

  it('one caller holds a part of it at most, and is 429 beyond; others find room', async () => {
    await begin({ token: tokenOf('a'), sent: 2.5 * megabyte, announced: 3 * megabyte });
    const counted = memory().refused['caller-share'];
    for (const bytes of [2 * megabyte, 1.8 * megabyte]) {
      const refused = await post(tokenOf('a'), bytes);
      expect([refused.status, refused.text]).toEqual([
        429,
        expect.stringMatching(
          /your other requests take the 4194304 bytes that one caller may have .*CALLER_SHARE.*Repeat it in \d s.*send fewer at once/,
        ),
      ]);
      expect(refused.headers['retry-after']).toMatch(/^[1-4]$/);
    }
    // Another token of the same user is the same caller.
    expect((await post(server.token('user/Basic.c', { sub: 'a' }), 2 * megabyte)).status).toBe(429);
    expect(memory().refused['caller-share']).toBe(counted + 3);
    expect((await post(tokenOf('b'), 2.5 * megabyte)).status).toBe(201);
  });

  it('200 large bodies of one caller at once leave another unharmed', async () => {
    const [flooding, other] = [tokenOf('a'), tokenOf('b')];
    const flood = Promise.all(Array.from({ length: 200 }, () => post(flooding, 1.2 * megabyte)));
    const others: unknown[] = [];
    for (let i = 0; i < 10; i++) others.push((await post(other, 1.2 * megabyte)).status);
    const statuses = new Set((await flood).map(({ status }) => status));
    expect(others).toEqual(Array.from({ length: 10 }, () => 201));
    expect(statuses).toEqual(new Set([201, 429]));
  });

  it('whoever sends no credentials shares a part with all of the same address', async () => {
    const path = '$explain-access';
    const explained = 900_000;
    for (let i = 0; i < 4; i++) await begin({ path, sent: explained, announced: 1_000_000 });
    const refused = await begin({ path, sent: explained, announced: 1_000_000 });
    await vi.waitFor(
      () =>
        expect(refused()).toMatch(/^HTTP\/1.1 429 [^]*requests without credentials from this address take the 4194304/),
      { timeout: 20_000 },
    );
    expect((await post(tokenOf('b'), 2.5 * megabyte)).status).toBe(201);
  });
});

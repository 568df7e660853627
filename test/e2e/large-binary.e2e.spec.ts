// https://hl7.org/fhir/R4/binary.html#rest: content of any size passes through a server whose memory stays what it is.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable, Transform } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const megabyte = 2 ** 20;
const size = 200 * megabyte;
const smallerSize = 30 * megabyte;
const allowedGrowth = 120 * megabyte;

let database: FreshDatabase;
let server: ServerProcess;
let token: string;
beforeAll(async () => {
  database = await freshDatabase();
  server = await ServerProcess.start(database);
  token = (await server.logIn()).access;
});
afterAll(async () => {
  await server.kill();
  await database.drop();
});

const block = randomBytes(megabyte);

/** Bytes that repeat nowhere, made while they are sent. */
function* content(length: number): Generator<Buffer> {
  for (let at = 0; at < length; at += megabyte) {
    const next = Buffer.from(block.subarray(0, Math.min(megabyte, length - at)));
    next.writeUInt32BE(at / megabyte);
    yield next;
  }
}

let expected: string;
beforeAll(async () => {
  expected = await digest(Readable.from(content(size)));
});

type Headers = Readonly<Record<string, string>>;

const open = (method: string, path: string, headers: Headers) =>
  httpRequest(`${server.base}/${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers } });

async function upload(length: number): Promise<string> {
  const request = open('POST', 'Binary', { 'content-type': 'application/octet-stream' });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(content(length)), request);
  const [answer] = await answered;
  answer.resume();
  expect(answer.statusCode).toBe(201);
  return answer.headers.location!.split('/').at(-3)!;
}

async function download(path: string, headers: Headers): Promise<IncomingMessage> {
  const request = open('GET', path, headers);
  request.end();
  return ((await once(request, 'response')) as [IncomingMessage])[0];
}

async function digest(answer: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of answer) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The most that the server grew by while the work was done. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
  const before = server.memory();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, server.memory())), 250);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, server.memory()) - before;
}

/** Takes the value of `data` out of a Binary in JSON. */
function dataOf(): Transform {
  let rest: string | undefined = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let text = chunk.toString('latin1');
      if (rest !== undefined) {
        rest += text;
        const start = rest.indexOf('"data":"');
        if (start === -1) return done();
        text = rest.slice(start + 8);
        rest = undefined;
      }
      done(null, text.replace('"}', ''));
    },
  });
}

/** Base64 that comes in pieces of any length. */
async function digestOfBase64(text: Readable): Promise<string> {
  const hash = createHash('sha256');
  let held = '';
  for await (const chunk of text) {
    held += String(chunk);
    const whole = held.length - (held.length % 4);
    hash.update(Buffer.from(held.slice(0, whole), 'base64'));
    held = held.slice(whole);
  }
  return hash.digest('hex');
}

describe('200 MB', () => {
  let id: string;
  let smaller: string;

  it('come and go with the memory of the server nearly flat', async () => {
    // What any work at all makes it grow by is not the question.
    smaller = await upload(smallerSize);
    await digest(await download(`Binary/${smaller}`, {}));
    expect(await growthDuring(async () => (id = await upload(size)))).toBeLessThan(allowedGrowth);
    const growth = await growthDuring(async () => {
      const answer = await download(`Binary/${id}`, {});
      expect(answer.headers['content-length']).toBe(String(size));
      expect(await digest(answer)).toBe(expected);
    });
    expect(growth).toBeLessThan(allowedGrowth);
  });

  it('are a resource just as well', async () => {
    const growth = await growthDuring(async () => {
      const answer = await download(`Binary/${id}`, { accept: 'application/fhir+json' });
      expect(await digestOfBase64(answer.pipe(dataOf()))).toBe(expected);
    });
    expect(growth).toBeLessThan(allowedGrowth);
  });

  it('can be asked for a range in the middle', async () => {
    const [first, last] = [100 * megabyte - 5, 100 * megabyte + 5];
    const answer = await download(`Binary/${id}`, { range: `bytes=${first}-${last}` });
    expect([answer.statusCode, answer.headers['content-range']]).toEqual([206, `bytes ${first}-${last}/${size}`]);
    const middle = Buffer.from(block);
    middle.writeUInt32BE(100);
    const around = Buffer.concat([block.subarray(-5), middle.subarray(0, 6)]);
    expect(await digest(answer)).toBe(createHash('sha256').update(around).digest('hex'));
  });

  it('leave room for several others at a time, whether they are read or not', async () => {
    const stuck = await download(`Binary/${id}`, {});
    const growth = await growthDuring(async () => {
      const downloads = Array.from({ length: 4 }, async () => digest(await download(`Binary/${smaller}`, {})));
      const [uploaded, ...read] = await Promise.all([upload(smallerSize), ...downloads]);
      const kept = await digest(Readable.from(content(smallerSize)));
      expect([await digest(await download(`Binary/${uploaded}`, {})), ...read]).toEqual(Array(5).fill(kept));
    });
    expect(growth).toBeLessThan(allowedGrowth);
    stuck.destroy();
  });
});

async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(database.connection);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const uploads = () =>
  sql(`SELECT count(*)::int AS parts FROM binary_upload JOIN binary_content USING (content_id)
  GROUP BY content_id ORDER BY content_id`);

describe('an upload that the server did not survive', () => {
  it('leaves parts that nobody sees, which are removed a day later', async () => {
    const sent: ReturnType<typeof open>[] = [];
    for (let count = 1; count <= 2; count++) {
      const request = open('POST', 'Binary', { 'content-type': 'application/octet-stream' });
      request.on('error', () => undefined);
      request.write(Buffer.alloc(3 * partSize));
      sent.push(request);
      await vi.waitFor(async () => expect(await uploads()).toHaveLength(count), { timeout: 10_000 });
    }
    await vi.waitFor(async () => expect(await uploads()).toEqual([{ parts: 3 }, { parts: 3 }]), { timeout: 10_000 });
    await server.kill('SIGKILL');
    await sql(`UPDATE binary_upload SET began = began - interval '25 hours'
      WHERE content_id = (SELECT content_id FROM binary_upload ORDER BY content_id LIMIT 1)`);
    server = await ServerProcess.start(database);
    await vi.waitFor(async () => expect(await uploads()).toEqual([{ parts: 3 }]), { timeout: 10_000 });
    const [left] =
      await sql(`SELECT count(DISTINCT content_id)::int AS contents, (SELECT count(DISTINCT content_id)::int
      FROM binary_version) AS linked FROM binary_content`);
    expect(left).toEqual({ contents: 4, linked: 3 });
  });
});

// 10,000 bodies of extreme shapes, some at once, against a process of 512 MiB: it lives, and keeps nobody waiting (ADR 45)
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { Random } from '../support/random.js';
import { ServerProcess } from '../support/server-process.js';
import { report } from './report.js';

const count = Number(process.env['BODIES'] ?? 10_000);
const seed = Number(process.env['BODIES_SEED'] ?? 1);
const sides = 8;
const megabyte = 1024 ** 2;
const probeFile = join(tmpdir(), `lanyard-bodies-${process.pid}.json`);
const probe = fileURLToPath(new URL('../../bench/loop-probe.mjs', import.meta.url));

let database: FreshDatabase;
let server: ServerProcess;
let token: string;
beforeAll(async () => {
  database = await freshDatabase();
  // The limit of the heap leaves room for what is beside it; resident memory is what the test looks at.
  server = await ServerProcess.start(database, {
    NODE_OPTIONS: `--max-old-space-size=256 --import ${probe}`,
    LOOP_PROBE_FILE: probeFile,
    LOGIN_TOKEN_TTL: '86400',
  });
  token = (await server.logIn()).access;
});
afterAll(async () => {
  rmSync(probeFile, { force: true });
  await server.kill('SIGTERM');
  await database.drop();
});

class Shapes {
  private readonly random: Random;

  constructor(start: number) {
    this.random = new Random(start);
  }

  one<T>(all: readonly T[]): T {
    return this.random.pick(all);
  }

  /** Most are small, few are large. */
  size(most: number): number {
    return Math.ceil(most ** this.random.fraction());
  }

  value(): string {
    const bytes = this.size(this.random.chance(0.02) ? 4_000_000 : 200_000);
    const unit = this.one([
      '1.0,',
      '{},',
      '[],',
      'null,',
      '"a",',
      '{"a":1},',
      '1e999,',
      '-0,',
      '{"url":"a","valueCode":"b"},',
    ]);
    return this.one([
      () => `[${unit.repeat(Math.ceil(bytes / unit.length))}1]`,
      () =>
        `"${this.one(['x', 'é', String.raw`\u0041`, String.raw`\"`, '€', '😀', '&lt;']).repeat(Math.ceil(bytes / 4))}"`,
      () => this.one(['1', '-1.', '0.0', '9e']) + '1'.repeat(bytes),
      () => '['.repeat(this.size(200)) + (this.random.chance(0.5) ? '' : ']'.repeat(this.size(200))),
      () => `{${Array.from({ length: this.size(5000) }, (_, i) => `"k${i}":${i}`).join()}}`,
      () => `{"a":1,"b":${this.one(['1', '"\\ud800"', '"\\u0000"', '{"a":1,"a":2}', '01', 'tru'])}}`,
      () => `{"${this.one(['extension', 'contained', 'name', '_given', 'text'])}":[${unit.repeat(this.size(5000))}1]}`,
      () =>
        `"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">${this.one(['<b>', 'x', '<p>a</p>']).repeat(this.size(50_000))}</div>"`,
      () => this.one(['true', 'null', '""', '{}', '[]', '1.10', '"\u0085"']),
    ])();
  }

  /** Of any shape. */
  body(): { readonly method: string; readonly path: string; readonly type: string; readonly text: string } {
    const json = 'application/fhir+json';
    const type = this.one(['Patient', 'Basic', 'Observation', 'Bundle', 'ValueSet', 'Questionnaire', 'Binary']);
    const name = this.one([
      'name',
      'extension',
      'text',
      'contained',
      'x',
      'id',
      'meta',
      'code',
      'entry',
      'expansion',
      'item',
    ]);
    const resource = `{"resourceType":"${type}","${name}":${this.value()},"${this.one(['name', 'status'])}":${this.value()}}`;
    const line = `{"method":"${this.one(['POST', 'PUT', 'GET', 'PATCH', 'DELETE'])}","url":"${this.one([type, `${type}/a`, `${type}?_count=1000`])}"}`;
    const entries = Array.from(
      { length: this.size(200) },
      () => `{"request":${line},"resource":${resource.slice(0, 20_000)}}`,
    );
    const kind = this.one(['batch', 'transaction']);
    return this.one([
      () => ({
        method: 'POST',
        path: '',
        type: json,
        text: `{"resourceType":"Bundle","type":"${kind}","entry":[${entries.join()}]}`,
      }),
      () => ({
        method: 'POST',
        path: '',
        type: json,
        text: `{"resourceType":"Bundle","type":"${kind}","x":${this.value()},"entry":${this.value()}}`,
      }),
      () => ({ method: 'PATCH', path: `${type}/a`, type: 'application/json-patch+json', text: this.value() }),
      () => {
        const element = this.one([
          '<name><family value="a"/></name>',
          '<a>',
          '<extension url="a"><valueString value="a"/></extension>',
          '&#65;',
          '<!-- -->',
        ]);
        const text = `<${type} xmlns="http://hl7.org/fhir">${element.repeat(this.size(20_000))}</${type}>`;
        return { method: 'POST', path: type, type: 'application/fhir+xml', text };
      },
      () => ({
        method: 'POST',
        path: `${type}/_search`,
        type: 'application/x-www-form-urlencoded',
        text: this.one(['a=1&', '_id=a,', 'code=a,b&', '%00=&']).repeat(this.size(100_000)),
      }),
      () => ({ method: 'POST', path: `${type}/$validate`, type: json, text: resource }),
      () => ({ method: 'PUT', path: `${type}/a`, type: json, text: resource }),
      () => ({ method: 'POST', path: type, type: json, text: resource }),
    ])();
  }
}

async function send({ method, path, type, text }: ReturnType<Shapes['body']>): Promise<number> {
  const sending = request(`${server.base}${path === '' ? '' : `/${path}`}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': Buffer.byteLength(text) },
  });
  sending.end(text);
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode ?? 0;
}

/** Of the main thread, in ms. */
async function longestStretch(): Promise<number> {
  rmSync(probeFile, { force: true });
  process.kill(server.pid, 'SIGUSR2');
  while (!existsSync(probeFile)) await sleep(20);
  await sleep(50);
  return (JSON.parse(readFileSync(probeFile, 'utf8')) as { longest: number }).longest;
}

it(
  `${count} bodies of extreme shapes: no death, no defect, no long stretch, no more memory`,
  async () => {
    const shapes = new Shapes(seed);
    const statuses = new Map<number, number>();
    let sent = 0;
    let highest = 0;
    await longestStretch();
    const side = async (): Promise<void> => {
      while (sent < count) {
        sent++;
        const body = shapes.body();
        const status = await send(body);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect([status === 500 ? body.text.slice(0, 500) : '', status]).not.toEqual([expect.any(String), 500]);
        if (sent % 50 === 0) highest = Math.max(highest, server.memory());
      }
    };
    await Promise.all(Array.from({ length: sides }, side));
    const longest = await longestStretch();
    const told = [...statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
    report(
      `${sent} bodies (seed ${seed})`,
      `${told.join(', ')}; longest stretch ${longest.toFixed(0)} ms, ${Math.round(highest / megabyte)} MiB at most`,
    );
    expect(longest).toBeLessThan(250);
    expect(highest).toBeLessThan(512 * megabyte);
    expect((await fetch(`${server.origin}/health/live`)).status).toBe(200);
  },
  count * 200,
);

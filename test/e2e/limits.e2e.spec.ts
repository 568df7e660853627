// What is too large, too deep or too many gets an answer that names the limit and its setting
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { exchange } from '../support/raw-socket.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
let port: number;

beforeAll(async () => {
  server = await startServer({ BODY_LIMIT: '2mb', BUNDLE_LIMIT: '4mb', BUNDLE_ENTRIES: '3', DEPTH_LIMIT: '12' });
  all = server.token('user/*.cruds');
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

const send = (method: string, path: string, body?: object | string): Promise<Answer> =>
  server.call(method, path, { token: all, ...(body !== undefined && { body }) });

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

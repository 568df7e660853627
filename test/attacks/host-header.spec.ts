/** RFC 9112 3.2: a request has one Host header. Two servers that believe different ones could be used against each other. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../support/raw-socket.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await startServer();
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

const send = (path: string, hosts: readonly string[], version = '1.1') =>
  exchange(port, [`GET ${path} HTTP/${version}`, ...hosts, 'connection: close', '', ''].join('\r\n'));

const paths = [
  '/fhir/r4/Patient',
  '/fhir/r4/metadata',
  '/health/live',
  '/oauth2/jwks',
  '/nowhere',
  '*',
  '*fhir/r4/Patient',
];

describe.each(paths)('%s', (path) => {
  it.each([
    ['two Host headers', ['Host: localhost:3000', 'Host: evil.example']],
    ['the same Host twice', ['Host: localhost:3000', 'hOST: localhost:3000']],
    ['an empty Host beside another', ['Host:', 'Host: localhost:3000']],
  ])('refuses %s', async (_, hosts) => {
    for (const version of ['1.1', '1.0']) {
      const { status, text } = await send(path, hosts, version);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [
          {
            code: 'invalid',
            diagnostics: 'The request has more than one Host header. Send exactly one, with the name of this server.',
          },
        ],
      });
      expect(text).not.toContain('evil.example');
    }
  });

  it.each(['a.example, b.example', 'a b', 'user@a.example', 'a.example/x', 'a.example:x', '[::1', 'http://a.example'])(
    'refuses Host: %s',
    async (host) => {
      const { status, text } = await send(path, [`Host: ${host}`]);
      expect([status, text]).toEqual([
        400,
        expect.stringContaining('The Host header is no name of a host with a port.'),
      ]);
    },
  );
});

it.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'xn--bcher-kva.example', 'under_score', ''])(
  'takes Host: %s',
  async (host) => {
    expect((await send('/fhir/r4/metadata', [`Host: ${host}`])).status).toBe(200);
  },
);

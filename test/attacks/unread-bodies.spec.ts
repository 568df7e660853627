// The body of a request is read after the guards have let it pass, and no more of it than its limit (ADR 59)
import type { AddressInfo, Socket } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flood, type FloodAnswer } from '../support/flood.js';
import { isFull } from '../support/full.js';
import { reasonsOf } from '../support/outcome.js';
import { exchange } from '../support/raw-socket.js';
import { startServer, type TestServer } from '../support/server.js';

const megabyte = 1024 ** 2;
const huge = 200 * megabyte;
/** Bytes that the kernel and the parser take before anybody looks, and what is drained of a refused body. */
const slack = 4 * megabyte;

/** A controller that somebody mounted below the base, and forgot the guards of. */
@Controller('fhir/r4')
class ForgetfulController {
  @Get('Patient/p1/forgotten')
  forgotten() {
    return { isOpen: true };
  }
}

@Module({ controllers: [ForgetfulController] })
class Extension {}

let server: TestServer;
let port: number;
let connections: Socket[] = [];

beforeAll(async () => {
  server = await startServer({ BODY_LIMIT: '16mb', BODY_MEMORY: '128mb', REQUEST_TIMEOUT: '5' }, [
    { module: Extension },
  ]);
  await server.app.listen(0, '127.0.0.1');
  const httpServer = server.app.getHttpServer();
  ({ port } = httpServer.address() as AddressInfo);
  httpServer.on('connection', (socket: Socket) => connections.push(socket));
});
afterAll(() => server.close());
beforeEach(() => {
  connections = [];
});

const bytesRead = (): number => connections.reduce((sum, { bytesRead: one }) => sum + one, 0);

const headOf = (line: string, token: string, type = 'application/fhir+json'): readonly string[] => [
  `${line} HTTP/1.1`,
  'Host: localhost',
  `Authorization: Bearer ${token}`,
  `Content-Type: ${type}`,
];

const outcomeOf = ({ text }: FloodAnswer) => reasonsOf({ body: JSON.parse(text) });

/** On a connection of its own. */
async function expectServed(): Promise<void> {
  const head = `GET /fhir/r4/Patient HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token('user/*.cruds')}`;
  expect((await exchange(port, `${head}\r\n\r\n`)).status).toBe(200);
}

const ways = [
  { way: 'with its length', isChunked: false },
  { way: 'in chunks', isChunked: true },
];

describe.each(ways)('200 MB $way', ({ isChunked }) => {
  it('with a token that does not count are 401 with every reason, and are not read', async () => {
    const token = server.token('user/*.cruds', { aud: 'elsewhere', exp: 1 });
    const answer = await flood({ port, head: headOf('POST /fhir/r4/Patient', token), size: huge, isChunked });
    expect([answer.status, outcomeOf(answer)]).toEqual([401, ['aud-mismatch', 'token-expired']]);
    expect(bytesRead()).toBeLessThan(slack);
    expect(answer.sent).toBeLessThan(huge / 4);
    await expectServed();
  });

  it('without the scope are 403, and are not read', async () => {
    const head = headOf('PUT /fhir/r4/Patient/p1', server.token('user/*.rs'));
    const answer = await flood({ port, head, size: huge, isChunked });
    expect([answer.status, outcomeOf(answer)]).toEqual([403, ['scope-insufficient']]);
    expect(bytesRead()).toBeLessThan(slack);
    await expectServed();
  });

  const wellSent: readonly (readonly [string, string, number])[] = [
    ['POST /fhir/r4/Patient', 'application/fhir+json', 413],
    ['POST /fhir/r4', 'application/fhir+json', 413],
    ['POST /fhir/r4/Patient', 'text/plain', 415],
    ['POST /fhir/r4/Patient', 'rubbish', 415],
    ['POST /fhir/r4/Patient?_format=ttl', 'application/fhir+json', 406],
    ['POST /fhir/r4/nothing', 'application/fhir+json', 404],
    ['POST /fhir/r4/Patient/p1', 'application/fhir+json', 405],
    ['POST /fhir/r4/login', 'application/json', 413],
    ['POST /fhir/r4/$explain-access', 'application/fhir+json', 413],
    ['POST /elsewhere', 'application/json', 413],
  ];
  // Each in one of the ways, and the first in both.
  it.each(wellSent.filter((_, i) => isFull || i === 0 || isChunked === (i % 3 === 0)))(
    '%s as %s with a good token are refused within the limit: %i',
    async (line, type, status) => {
      const limit = line === 'POST /fhir/r4' ? 128 * megabyte : 16 * megabyte;
      const head = headOf(line, server.token('user/*.cruds'), type);
      const answer = await flood({ port, head, size: huge, isChunked });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(bytesRead()).toBeLessThan(limit + slack);
      await expectServed();
    },
  );

  it('are not sent at all by a client that waits to be asked', async () => {
    const asked = (token: string) =>
      flood({ port, head: headOf('POST /fhir/r4/Patient', token), size: huge, isChunked, expectsContinue: true });
    const refused = await asked('bad');
    expect(refused).toMatchObject({ status: 401, sent: 0, wasInvited: false });
    expect(bytesRead()).toBeLessThan(10_000);
    const good = await asked(server.token('user/*.cruds'));
    expect(good.status).toBe(413);
    expect(good).toMatchObject(isChunked ? { wasInvited: true } : { wasInvited: false, sent: 0 });
    expect(bytesRead()).toBeLessThan(16 * megabyte + slack);
    await expectServed();
  });
});

it('a body that a client was asked for is read', async () => {
  const body = '{"resourceType":"Patient"}';
  const head = [...headOf('POST /fhir/r4/Patient', server.token('user/*.cruds')), 'Connection: close'];
  const answer = await flood({ port, head, size: body.length, expectsContinue: true });
  expect(answer).toMatchObject({ wasInvited: true, sent: body.length });
  // Blanks are no resource.
  expect(answer.status).toBe(400);
});

it.each([
  'POST /fhir/r4/Patient',
  'PUT /fhir/r4/Patient/p1',
  'POST /fhir/r4/Binary',
  'POST /fhir/r4/$validate',
  'POST /fhir/r4',
])('a refusal of %s waits for no byte of its body', async (line) => {
  const head = headOf(line, 'bad').join('\r\n');
  const answer = await exchange(port, `${head}\r\nContent-Length: 1000\r\n\r\n`);
  expect([answer.status, answer.headers['connection']]).toEqual([401, 'close']);
});

describe('nothing below the base is answered before the guards', () => {
  const addresses = [
    'GET /fhir/r4/nothing/at/all/here',
    'GET /fhir/r4//Patient',
    'GET /fhir/r4/Patient//',
    'PROPFIND /fhir/r4/Patient',
    'QUERY /fhir/r4/Patient',
    'TRACE /fhir/r4/Patient',
    'POST /fhir/r4/metadata/more',
    'GET /fhir/r4/Patient/p1/forgotten',
  ];

  it.each(addresses)('%s is 401 without a token that counts, with every reason', async (line) => {
    const head = `${line} HTTP/1.1\r\nHost: localhost`;
    expect((await exchange(port, `${head}\r\n\r\n`)).status).toBe(401);
    const token = server.token('user/*.cruds', { aud: 'elsewhere', exp: 1 });
    const answer = await exchange(port, `${head}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    expect(answer.status).toBe(401);
    expect(reasonsOf({ body: JSON.parse(answer.text) })).toEqual(['aud-mismatch', 'token-expired']);
  });

  it.each(addresses)('%s is 404 or 405 with one', async (line) => {
    const head = `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token('user/*.cruds')}`;
    const answer = await exchange(port, `${head}\r\n\r\n`);
    expect([404, 405]).toContain(answer.status);
    expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it.each(['rubbish', '/', 'application/'])(
    'a Content-Type "%s" is 415 for who may, and 401 or 403 before',
    async (type) => {
      const post = (token: string) =>
        exchange(port, `${headOf('POST /fhir/r4/Patient', token, type).join('\r\n')}\r\nContent-Length: 2\r\n\r\n{}`);
      expect((await post('bad')).status).toBe(401);
      expect((await post(server.token('user/*.rs'))).status).toBe(403);
      expect((await post(server.token('user/*.cruds'))).status).toBe(415);
    },
  );
});

import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askSelf, ownRequestHeader } from '../../doctor/ask-self.js';
import type { RequestFacts } from '../../observability/request-facts.js';
import type { ServerLog } from '../../observability/server-log.js';
import { tellRequests } from './telemetry.js';

const server = fastify();
const told: RequestFacts[] = [];
const seen: string[] = [];
let url: string;

beforeEach(async () => {
  const log = { tellsRequests: true, request: (facts: RequestFacts) => void told.push(facts) } as unknown as ServerLog;
  tellRequests(server, { log, metrics: undefined, tracing: undefined });
  server.get('/', (request, reply) => {
    seen.push(String(request.headers[ownRequestHeader]));
    return reply.code(401).send({});
  });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.close());

it('the log does not tell of what the doctor asks its own server, and tells of what looks like it', async () => {
  expect(await askSelf(url, { authorization: 'Bearer lanyard-doctor' })).toMatchObject({ status: 401 });
  expect([seen.length, told.length]).toEqual([1, 0]);
  // The id was for one request: who learns it cannot hide behind it.
  for (const id of [seen[0]!, 'guessed', ''])
    await fetch(url, { headers: { authorization: 'Bearer lanyard-doctor', [ownRequestHeader]: id } });
  expect(told.map(({ status }) => status)).toEqual([401, 401, 401]);
});

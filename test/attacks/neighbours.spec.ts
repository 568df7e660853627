// ADR 159: a tenant that sends much at once does not stand before the requests of others
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { currentTenantName } from '../../src/database/tenant.js';
import { RequestHooks } from '../../src/fhir/http/request-hooks.js';
import { startTenants, type TenantsServer, until } from '../support/tenants.js';

let server: TenantsServer;
beforeAll(async () => {
  server = await startTenants();
  await server.createAll(['calm', 'loud']);
});
afterAll(() => server.close());
afterEach(() => void vi.restoreAllMocks());

/** What began in which round of the event loop: its tenant. */
interface Begun {
  readonly tenant: string | undefined;
  readonly round: number;
}

/** Notes each request when work on it begins. */
function watchBeginnings() {
  const begun: Begun[] = [];
  let [round, isOver] = [0, false];
  const count = (): void => {
    round++;
    if (!isOver) setImmediate(count);
  };
  count();
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to its hooks
  const { receive } = RequestHooks.prototype;
  vi.spyOn(RequestHooks.prototype, 'receive').mockImplementation(function (this: RequestHooks, ...args) {
    begun.push({ tenant: currentTenantName(), round });
    return receive.apply(this, args);
  });
  return { begun, end: () => (isOver = true) };
}

/** Connections that the server has answered once: new ones it takes one by one. */
function opened(count: number): Promise<Socket[]> {
  const { port } = new URL(server.url);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), 'localhost');
    socket.write(get('loud'));
    await once(socket, 'data');
    return socket;
  };
  return Promise.all(Array.from({ length: count }, open));
}

const get = (tenant: string): string => `GET /t/${tenant}/fhir/r4/Patient HTTP/1.1\r\nhost: localhost\r\n\r\n`;

it('of thirty requests that a tenant sends at once one begins in each round of the event loop, and those of others between them', async () => {
  const sockets = await opened(32);
  const { begun, end } = watchBeginnings();
  for (const [i, socket] of sockets.entries()) socket.write(get(i % 31 === 0 ? 'calm' : 'loud'));
  await until(async () => begun.length === 32);
  end();
  for (const socket of sockets) socket.destroy();
  const rounds = begun.filter(({ tenant }) => tenant === 'loud').map(({ round }) => round);
  expect(rounds).toHaveLength(30);
  expect(new Set(rounds).size).toBe(30);
  expect(begun.findLastIndex(({ tenant }) => tenant === 'calm')).toBeLessThan(15);
});

// ADR 159: a tenant that sends much at once, or by many users, does not stand before the requests of others
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { currentTenantName } from '../../src/database/tenant.js';
import { RequestHooks } from '../../src/fhir/http/request-hooks.js';
import { rowsOf } from '../support/connection.js';
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

it('users of one tenant together leave a connection for others', async () => {
  const [calm, loud] = [server.tenant('calm'), server.tenant('loud')];
  const locking = new Client(server.database.connection);
  await locking.connect();
  try {
    const users = ['admin', 'second', 'third'];
    await locking.query(
      `INSERT INTO user_account (tenant, id, name, password_hash, grants)
       SELECT tenant, gen_random_uuid(), unnest($1::text[]), password_hash, grants FROM user_account
       WHERE name = 'admin' AND tenant = (SELECT tenant FROM tenant WHERE name = 'loud')`,
      [users.slice(1)],
    );
    const tokens = await Promise.all(users.map(async (user) => (await loud.logIn(user)).access_token));
    const { access_token: token } = await calm.logIn();
    const held = { resourceType: 'Patient', id: 'held' };
    for (const [one, own] of [[calm, token] as const, [loud, tokens[0]!] as const])
      expect((await one.call('PUT', 'Patient/held', { token: own, body: held })).status).toBe(201);

    // Each write of the other tenant waits with its connection, as long as it can.
    await locking.query('BEGIN');
    await locking.query(
      `SELECT FROM resource WHERE type = 'Patient' AND id = 'held' AND tenant = (SELECT tenant FROM tenant WHERE name = 'loud') FOR UPDATE`,
    );
    const writes = tokens.flatMap((own) =>
      Array.from({ length: 6 }, (_, i) =>
        loud.call('PUT', 'Patient/held', { token: own, body: { ...held, active: i % 2 === 0 } }),
      ),
    );
    await until(async () => (await waitingForLocks()) >= 7);
    const answers = await Promise.all(Array.from({ length: 4 }, () => calm.call('GET', 'Patient/held', { token })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await waitingForLocks()).toBe(7);
    await locking.query('COMMIT');
    await Promise.all(writes);
  } finally {
    await locking.end();
  }
});

/** Within a transaction the view would stay as it was. */
async function waitingForLocks(): Promise<number> {
  const [row] = await rowsOf<{ waiting: number }>(
    server.database.connection,
    `SELECT count(*)::integer AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row!.waiting;
}

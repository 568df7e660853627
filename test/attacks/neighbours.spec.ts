// ADR 159: a tenant that sends much at once, or by many users, does not stand before the requests of others
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { AskingTenants } from '../../src/app/tenants/asking-tenants.js';
import { RequestsAtHand } from '../../src/app/tenants/requests-at-hand.js';
import { currentTenantName, defaultTenant } from '../../src/database/tenant.js';
import { RequestHooks } from '../../src/fhir/http/request-hooks.js';
import { LargeDocuments } from '../../src/fhir/storage/indexing/large-documents.js';
import { JsonReading } from '../../src/r4/json/json-reading.js';
import { Rests } from '../../src/r4/json/turn-shares.js';
import { rowsOf } from '../support/connection.js';
import { startTenants, type TenantsServer, until } from '../support/tenants.js';

let server: TenantsServer;
beforeAll(async () => {
  server = await startTenants();
  await server.createAll(['calm', 'loud', 'heavy']);
});
afterAll(() => server.close());
afterEach(() => void vi.restoreAllMocks());

/** What began in which round of the event loop: its tenant. */
interface Begun {
  readonly tenant: string | undefined;
  readonly round: number;
}

/** Counts the rounds of the event loop. */
function countRounds() {
  const rounds = { count: 0, end: () => void (isOver = true) };
  let isOver = false;
  const count = (): void => {
    rounds.count++;
    if (!isOver) setImmediate(count);
  };
  count();
  return rounds;
}

async function inRounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => void setImmediate(resolve));
}

/** Notes each request when work on it begins. */
function watchBeginnings() {
  const begun: Begun[] = [];
  const rounds = countRounds();
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to its hooks
  const { receive } = RequestHooks.prototype;
  vi.spyOn(RequestHooks.prototype, 'receive').mockImplementation(function (this: RequestHooks, ...args) {
    begun.push({ tenant: currentTenantName(), round: rounds.count });
    return receive.apply(this, args);
  });
  return { begun, end: rounds.end };
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

it('a tenant that sends thirty requests at once has no more under way than leave a processor, and others begin theirs at once', async () => {
  // None of them takes long.
  const endLater = vi.spyOn(RequestsAtHand.prototype as unknown as { endLater(): undefined }, 'endLater');
  endLater.mockReturnValue(undefined);
  // Others ask all the time.
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to those who ask
  const { hasOthers } = AskingTenants.prototype;
  vi.spyOn(AskingTenants.prototype, 'hasOthers').mockImplementation(function (this: AskingTenants, tenant) {
    return hasOthers.call(this, tenant);
  });
  const most = Math.max(1, availableParallelism() - 1);
  const underWay = new Map<string | undefined, number>();
  const highest = new Map<string | undefined, number>();
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to its hooks
  const { receive } = RequestHooks.prototype;
  vi.spyOn(RequestHooks.prototype, 'receive').mockImplementation(function (this: RequestHooks, ...args) {
    const tenant = currentTenantName();
    const count = (underWay.get(tenant) ?? 0) + 1;
    underWay.set(tenant, count);
    highest.set(tenant, Math.max(highest.get(tenant) ?? 0, count));
    args[1].raw.once('close', () => underWay.set(tenant, underWay.get(tenant)! - 1));
    // Long enough that all that may begin have.
    void inRounds(50).then(() => receive.apply(this, args));
  });
  const sockets = await opened(30 + most + 1);
  await until(async () => [...underWay.values()].every((count) => count === 0));
  highest.clear();
  for (const [i, socket] of sockets.entries()) socket.write(get(i === 0 || i > 30 ? 'calm' : 'loud'));
  const answers = await Promise.all(sockets.map(async (socket) => String((await once(socket, 'data'))[0])));
  for (const socket of sockets) socket.destroy();
  expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 401'))).toHaveLength(sockets.length);
  expect(highest.get('loud')).toBe(most);
  expect(highest.get('calm')).toBe(most + 1);
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

/** Does the work while the tenant `calm` asks over three connections, so that no second passes without a request of it. */
async function whileOthersAsk<T>(act: () => Promise<T>): Promise<T> {
  const calm = server.tenant('calm');
  // Requests without a token would be refused for their number.
  const { access_token: token } = await calm.logIn();
  const work = { isOver: false };
  const ask = async (): Promise<void> => {
    while (!work.isOver) await calm.call('GET', 'Patient/nobody', { token });
  };
  const asking = Promise.all([ask(), ask(), ask()]);
  try {
    return await act();
  } finally {
    work.isOver = true;
    await asking;
  }
}

it('a tenant rests between the turns of a large body while others ask', async () => {
  const loud = server.tenant('loud');
  const { access_token: token } = await loud.logIn();
  const names = { resourceType: 'Patient', name: [{ given: Array.from({ length: 60_000 }, () => 'a') }] };
  const rested = vi.spyOn(Rests.prototype as unknown as { end(owner: number): void }, 'end');
  const rounds = countRounds();
  const turns = new Set<number>();
  // oxlint-disable-next-line typescript/unbound-method -- it is applied to its reading
  const { read } = JsonReading.prototype;
  vi.spyOn(JsonReading.prototype, 'read').mockImplementation(function (this: JsonReading, ...args) {
    turns.add(rounds.count);
    return read.apply(this, args);
  });
  const { status } = await whileOthersAsk(() => loud.call('POST', 'Patient', { token, body: names }));
  rounds.end();
  expect(status).toBe(201);
  expect(turns.size).toBeGreaterThan(3);
  expect(rested.mock.calls.length).toBeGreaterThanOrEqual(turns.size - 1);
});

/** Work on large documents, as the servers of all tenants ask for it. */
interface Documents {
  outcome(task: unknown): Promise<unknown>;
}

it('a large document of another tenant is next, however many of one wait', async () => {
  // Another one than before: that may rest still.
  const tenants = { calm: server.tenant('calm'), heavy: server.tenant('heavy') };
  const tokens = { calm: (await tenants.calm.logIn()).access_token, heavy: (await tenants.heavy.logIn()).access_token };
  const [asked, begun]: [(string | undefined)[], (string | undefined)[]] = [[], []];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  // oxlint-disable-next-line typescript/unbound-method -- both are applied to their documents
  const [{ run }, { outcome }] = [LargeDocuments.prototype, LargeDocuments.prototype as unknown as Documents];
  vi.spyOn(LargeDocuments.prototype, 'run').mockImplementation(function (this: LargeDocuments, ...args) {
    asked.push(currentTenantName());
    return run.apply(this, args);
  });
  vi.spyOn(LargeDocuments.prototype as unknown as Documents, 'outcome').mockImplementation(async function (
    this: Documents,
    task,
  ) {
    begun.push(currentTenantName());
    await gate;
    return outcome.call(this, task);
  });
  const send = (whose: keyof typeof tenants, family: string) =>
    tenants[whose].call('POST', 'Patient', {
      token: tokens[whose],
      body: { resourceType: 'Patient', name: [{ family: family.repeat(200_000) }] },
    });
  await whileOthersAsk(async () => {
    const answers = ['a', 'b', 'c'].map((family) => send('heavy', family));
    await until(async () => asked.length === 3);
    answers.push(send('calm', 'd'));
    await until(async () => asked.length === 4);
    open();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  });
  expect(begun.slice(0, 2)).toEqual(['heavy', 'calm']);
});

it('probes are no other tenant that asks, so that nobody who is alone rests for them', async () => {
  const note = vi.spyOn(AskingTenants.prototype, 'note');
  for (const probe of ['live', 'ready']) expect((await fetch(`${server.url}/health/${probe}`)).status).toBe(200);
  expect(note).not.toHaveBeenCalled();
  expect((await fetch(`${server.url}/fhir/r4/metadata`)).status).toBe(200);
  expect(note).toHaveBeenCalledExactlyOnceWith(defaultTenant);
});

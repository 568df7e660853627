// Starts of the servers of tenants are bounded: anybody who knows names can ask for them (docs/adr/0068, 0079)
import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestRates } from './request-rates.js';
import { type Bounds, NotNow, type StartServer, type TenantServer, TenantServers } from './tenant-servers.js';

const bounds: Bounds = { most: 2, idle: 60_000, starting: 2, displaceEvery: 1000 };
const named = (tenant: number) => ({ tenant, name: `t${tenant}` });
const aServer = (): TenantServer => ({
  answer: () => undefined,
  drain: () => undefined,
  close: async () => undefined,
});
const ended = (): ServerResponse => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  Object.defineProperty(response, 'closed', { value: true });
  return response;
};

afterEach(() => vi.useRealTimers());

describe('servers of tenants', () => {
  it('start no more than a few at once, and refuse others with the reason', async () => {
    const begun: (() => void)[] = [];
    const start = vi.fn<StartServer>(
      () => new Promise<TenantServer>((resolve) => begun.push(() => resolve(aServer()))),
    );
    const servers = new TenantServers(start, { ...bounds, most: 100 });
    const first = [1, 2].map((tenant) => servers.serverFor(named(tenant), ended()));
    for (let tenant = 3; tenant < 50; tenant++)
      await expect(servers.serverFor(named(tenant), ended())).rejects.toThrow('too many servers are starting');
    expect(start).toHaveBeenCalledTimes(2);
    // A request to a server that is starting waits for it.
    const again = servers.serverFor(named(1), ended());
    for (const go of begun) go();
    await Promise.all([...first, again]);
    const third = servers.serverFor(named(3), ended());
    begun[2]!();
    await third;
    expect(start).toHaveBeenCalledTimes(3);
    await servers.close();
  });

  it('are at hand once they work, and not after they were dropped or did not start', async () => {
    const start = vi.fn<StartServer>(async ({ tenant }) => {
      if (tenant === 2) throw new Error('no');
      return aServer();
    });
    const servers = new TenantServers(start, bounds);
    expect(servers.openFor(named(1), ended())).toBeUndefined();
    expect(start).not.toHaveBeenCalled();
    const starting = servers.serverFor(named(1), ended());
    expect(servers.openFor(named(1), ended())).toBeUndefined();
    const server = await starting;
    expect(servers.openFor(named(1), ended())).toBe(server);
    await expect(servers.serverFor(named(2), ended())).rejects.toThrow('no');
    expect(servers.openFor(named(2), ended())).toBeUndefined();
    servers.drop(1);
    expect(servers.openFor(named(1), ended())).toBeUndefined();
    await servers.close();
  });

  it('that are asked by requests are not closed to make room', async () => {
    const closed = vi.fn<TenantServer['close']>(async () => undefined);
    const servers = new TenantServers(async () => ({ ...aServer(), close: closed }), { ...bounds, most: 1 });
    await servers.serverFor(named(1), ended());
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    servers.openFor(named(1), response);
    await expect(servers.serverFor(named(2), ended())).rejects.toThrow('all places are taken');
    expect(closed).not.toHaveBeenCalled();
    response.emit('close');
    await servers.serverFor(named(2), ended());
    expect(closed).toHaveBeenCalledTimes(1);
    await servers.close();
  });

  it('are renewed: the next request has another one, and the one before is closed once it has answered', async () => {
    const closed = vi.fn<(number: number) => void>();
    let made = 0;
    const start = async (): Promise<TenantServer> => {
      const number = ++made;
      return { ...aServer(), close: async () => closed(number) };
    };
    const servers = new TenantServers(start, bounds);
    const [one, two] = [1, 2].map(() => new ServerResponse(new IncomingMessage(new Socket()))) as [
      ServerResponse,
      ServerResponse,
    ];
    const first = await servers.serverFor(named(1), one);
    servers.openFor(named(1), two);
    servers.renew(1);
    servers.renew(2);
    expect(await servers.serverFor(named(1), ended())).not.toBe(first);
    one.emit('close');
    await new Promise(setImmediate);
    expect(closed).not.toHaveBeenCalled();
    two.emit('close');
    await vi.waitFor(() => expect(closed.mock.calls).toEqual([[1]]));
    // One that is at nothing is closed at once, one whose requests never end with the process or after a while.
    servers.renew(1);
    await vi.waitFor(() => expect(closed.mock.calls).toEqual([[1], [2]]));
    await servers.serverFor(named(1), new ServerResponse(new IncomingMessage(new Socket())));
    servers.renew(1);
    await servers.close();
    expect(closed.mock.calls).toEqual([[1], [2], [3]]);
  });

  it('make room by the one that was used longest ago', async () => {
    const start = vi.fn<StartServer>(async () => aServer());
    const servers = new TenantServers(start, { ...bounds, displaceEvery: 0 });
    const open = async (...tenants: readonly number[]) => {
      for (const tenant of tenants) await servers.serverFor(named(tenant), ended());
      return [1, 2, 3].filter((tenant) => servers.has(named(tenant)));
    };
    expect(await open(1, 2, 2, 1, 1, 3)).toEqual([1, 3]);
    expect(await open(1, 2)).toEqual([1, 2]);
    servers.drop(2);
    expect(await open(2, 3)).toEqual([2, 3]);
    await servers.close();
  });

  it('count a start that failed no longer', async () => {
    const start = vi.fn<StartServer>(() => Promise.reject(new Error('no')));
    const servers = new TenantServers(start, bounds);
    for (let tenant = 1; tenant < 6; tenant++)
      await expect(servers.serverFor(named(tenant), ended())).rejects.toThrow('no');
    expect(start).toHaveBeenCalledTimes(5);
    await servers.close();
  });

  it('are started no oftener than once in a while where another one has to make room, whoever cycles through names', async () => {
    vi.useFakeTimers();
    const start = vi.fn<StartServer>(async () => aServer());
    const servers = new TenantServers(start, bounds);
    const ask = (tenant: number) => servers.serverFor(named(tenant), ended());
    await ask(1);
    await ask(2);
    for (let turn = 0; turn < 200; turn++) {
      await ask(3 + (turn % 5)).catch((error: unknown) => expect(error).toBeInstanceOf(NotNow));
      await vi.advanceTimersByTimeAsync(25);
    }
    // 5 s: the first at once, one a second after it.
    expect(start.mock.calls.length).toBeLessThanOrEqual(2 + 6);
    expect(start.mock.calls.length).toBeGreaterThanOrEqual(2 + 3);
    await servers.close();
  });
});

describe('requests a second of a tenant', () => {
  it('are counted for each apart, and come back with time', () => {
    const rates = new RequestRates();
    const taken = (tenant: number, now: number) =>
      Array.from({ length: 20 }, () => rates.take(tenant, 10, now)).filter(Boolean).length;
    expect([taken(1, 0), taken(1, 0), taken(2, 0)]).toEqual([10, 0, 10]);
    expect(taken(1, 500)).toBe(5);
    expect(taken(1, 60_000)).toBe(10);
  });
});

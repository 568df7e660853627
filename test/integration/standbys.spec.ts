import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { NoStandby, Standbys } from '../../src/database/standbys/standbys.js';
import { DatabasePair } from '../support/database-pair.js';

let pair: DatabasePair;
let primary: DataSource;
let standbys: Standbys;

beforeAll(async () => {
  Logger.overrideLogger(false);
  pair = await DatabasePair.start();
});
afterAll(async () => {
  await closeAll();
  await pair.stop();
});

async function open(...urls: readonly string[]): Promise<void> {
  primary = createDataSource(pair.database.connection, [], []);
  await primary.initialize();
  const connections = urls.map((connection, i) => ({ name: `standby-${i}`, connection }));
  standbys = new Standbys(primary, { connections, poolSize: 2, traced: false, shares: { share: 1, queue: 100 } });
  standbys.onApplicationBootstrap();
}

async function closeAll(): Promise<void> {
  await standbys.onApplicationShutdown();
  await primary.destroy();
}

/** An address whose connections lead to what is the target when they are made. */
async function addressOf(databaseUrl: string) {
  const socketOf = (url: string): string => `${decodeURIComponent(url.split('host=')[1]!)}/.s.PGSQL.5432`;
  const listener = createServer((client) => {
    const upstream = connect(socketOf(address.target));
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const url = `postgres://lanyard@127.0.0.1:${port}/lanyard`;
  const address = { url, target: databaseUrl, close: () => listener.close() };
  return address;
}

const troubles = () => standbys.all.map(({ trouble }) => trouble);
const areUsed = (): Promise<unknown> =>
  vi.waitFor(() => expect(troubles()).toEqual(troubles().map(() => undefined)), { timeout: 20_000, interval: 50 });
const minuteAgo = () => performance.now() - 60_000;
const anybody = { key: 'anybody' };
const read = (since = minuteAgo()): Promise<number> => standbys.read(anybody, since, async ({ age }) => age);

describe('the standbys', () => {
  it('take turns, each read in a transaction that cannot write', async () => {
    await open(pair.standbyUrl, pair.standbyUrl);
    await areUsed();
    for (let i = 0; i < 6; i++) await read();
    expect(standbys.all.map(({ reads }) => reads)).toEqual([3, 3]);
    const write = standbys.read(anybody, minuteAgo(), ({ client }) => client.query('CREATE TABLE t ()'));
    await expect(write).rejects.toMatchObject({ code: '25006' });
    expect(standbys.all.map(({ pool }) => [pool.totalCount, pool.idleCount])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    await expect(read(performance.now())).rejects.toThrow(NoStandby);
  });

  it('stay as old as the last look at them while nothing is written', async () => {
    await areUsed();
    await delay(4000);
    await vi.waitFor(async () => expect(await read()).toBeLessThanOrEqual(2), { timeout: 10_000, interval: 100 });
  });

  it('are asked again in the transaction: an address may lead elsewhere by then', async () => {
    await closeAll();
    const address = await addressOf(pair.standbyUrl);
    await open(address.url);
    await areUsed();
    address.target = pair.database.url;
    await expect(read()).rejects.toThrow(NoStandby);
    expect(troubles()).toEqual([undefined]);
    await closeAll();
    address.close();
  });

  it('are used after a failover from their first restart point of the new timeline on', async () => {
    await pair.switchOver();
    await open(pair.standbyUrl);
    await vi.waitFor(() => expect(troubles()).toEqual([expect.stringContaining('another database or timeline')]), {
      timeout: 20_000,
      interval: 50,
    });
    await expect(read()).rejects.toThrow(NoStandby);
    await pair.onPrimary('CHECKPOINT');
    await vi.waitFor(
      async () => {
        await pair.onStandby('CHECKPOINT');
        expect(troubles()).toEqual([undefined]);
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(await read()).toBeLessThanOrEqual(60);
  });
});

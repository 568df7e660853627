// Of several hosts in a URL, the one that takes writes is asked (docs/adr/0146)
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { connectionOf } from '../../src/database/database-connection.js';
import { connectDatabase } from '../../src/database/open-database.js';
import { DatabasePair } from '../support/database-pair.js';

let pair: DatabasePair;
const opened: DataSource[] = [];
beforeAll(async () => {
  pair = await DatabasePair.start();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => one.isInitialized && one.destroy()));
});
afterAll(() => pair.stop());

const hostOf = (url: string): string => new URL(url.replace('@/', '@localhost/')).searchParams.get('host')!;
const urlOf = (...hosts: readonly string[]): string =>
  `postgres://lanyard@/${pair.database.connection.database!}?host=${hosts.join(',')}&target_session_attrs=read-write`;

async function open(connection: Parameters<typeof createDataSource>[0]): Promise<DataSource> {
  const dataSource = createDataSource(connection, [], [], { poolSize: 2 });
  opened.push(dataSource);
  await connectDatabase(dataSource, connection);
  return dataSource;
}

const isStandby = async (dataSource: DataSource): Promise<boolean | undefined> =>
  (await dataSource.query<{ standby: boolean }[]>('SELECT pg_is_in_recovery() AS standby'))[0]?.standby;

describe('several hosts of one database', () => {
  it('are tried until one takes writes', async () => {
    const [primary, standby] = [hostOf(pair.database.url), hostOf(pair.standbyUrl)];
    for (const hosts of [
      [primary, standby],
      [standby, primary],
      ['/nowhere', standby, primary],
    ])
      expect(await isStandby(await open(urlOf(...hosts))), hosts.join()).toBe(false);
    const password = vi.fn<() => Promise<string>>(async () => 'asked for anew');
    expect(await isStandby(await open(connectionOf(urlOf(standby, primary), password)))).toBe(false);
  });

  it('are tried again once the primary has become a standby', async () => {
    const dataSource = await open(urlOf(hostOf(pair.database.url), hostOf(pair.standbyUrl)));
    await dataSource.query('CREATE TABLE written (at integer)');
    await pair.switchOver();
    const write = (): Promise<unknown> => dataSource.query('INSERT INTO written VALUES (1)');
    await vi.waitFor(write, { timeout: 20_000, interval: 100 });
    expect(await isStandby(dataSource)).toBe(false);
  });

  it('of which none takes writes, stop the start with the reason', async () => {
    await expect(open(urlOf(hostOf(pair.standbyUrl), hostOf(pair.standbyUrl)))).rejects.toThrow(
      /^DATABASE_URL: cannot reach the database "\w+" at .*: it is a standby, which takes no writes\.$/,
    );
    await expect(open(urlOf(hostOf(pair.standbyUrl), '/nowhere'))).rejects.toThrow('/nowhere');
  });
});

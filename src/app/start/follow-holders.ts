import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { AppConfig } from '../../config/app-config.js';
import { Holders } from '../../database/distribution/holders.js';

/** With DATABASE_NODES=holders, reads of requests go to the nodes that hold their tenants from now on. */
export async function followHolders(
  { process: { databaseNodes, databasePool: poolSize }, tenants }: AppConfig,
  dataSource: DataSource,
): Promise<Holders | undefined> {
  if (databaseNodes === 'coordinator') return undefined;
  const holders = await Holders.follow(dataSource, { poolSize, needsTenant: tenants !== 'off' });
  if (!holders)
    new Logger(Holders.name).warn(
      'DATABASE_NODES=holders: the database is not distributed, so there is one node to ask. Run "lanyard migrate --distribute", or leave the setting out.',
    );
  return holders;
}

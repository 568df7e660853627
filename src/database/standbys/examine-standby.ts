import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { examineDatabase } from '../examine-database.js';
import { readSchemaState } from '../migrations/pending-migrations.js';
import { positionOf, primaryStatement, type Row, standbyStatement, type StandbyRow } from './standby.js';

/** Facts about a standby. */
export interface StandbyFacts {
  readonly standby: boolean;
  /** True if it is the database of `DATABASE_URL`; `sameTimeline`: on its timeline. */
  readonly sameDatabase: boolean;
  readonly sameTimeline: boolean;
  /** Seconds until it had what the primary had when it was asked; undefined: longer than anybody waited. */
  readonly caughtUpAfter: number | undefined;
  /** Migrations of this release that it lacks. */
  readonly pending: number;
  readonly encrypted: boolean;
  readonly remote: boolean;
}

const patienceMs = 5000;
const pauseMs = 50;

/** Both are connected. Changes nothing. */
export async function examineStandby(primary: DataSource, standby: DataSource): Promise<StandbyFacts> {
  const { standby: isStandby, encrypted, remote } = await examineDatabase(standby);
  const [at] = await primary.query<readonly [Row]>(primaryStatement);
  const [there] = await standby.query<readonly [StandbyRow]>(standbyStatement);
  const [ours, theirs] = [at, there].map(({ identity }) => identity.split(' '));
  const sameDatabase = ours![0] === theirs![0] && ours![1] === theirs![1];
  return {
    standby: isStandby,
    encrypted,
    remote,
    sameDatabase,
    sameTimeline: ours![2] === theirs![2],
    caughtUpAfter: isStandby && sameDatabase ? await secondsUntil(standby, positionOf(at).position) : undefined,
    pending: (await readSchemaState(standby)).pending.length,
  };
}

async function secondsUntil(standby: DataSource, position: bigint): Promise<number | undefined> {
  const start = performance.now();
  for (;;) {
    const [row] = await standby.query<readonly [StandbyRow]>(standbyStatement);
    const passed = performance.now() - start;
    if (positionOf(row).position >= position) return passed / 1000;
    if (passed > patienceMs) return undefined;
    await delay(pauseMs);
  }
}

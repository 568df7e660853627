import { codeOf } from '../../../database/database-away.js';
import { tenant } from '../partitions.js';
import type { SqlSession } from '../sql-session.js';

/** The first key of the advisory locks of `lanyard_fence`; the second is the generation. */
const lockClass = 726_193;

/** Whether a write was made by search parameters that are no longer the current ones. */
export const isStale = (error: unknown): boolean => codeOf(error) === 'LY001';

/** A condition that fails unless this generation is the current one, and stays it until the end of the transaction. */
export const fence = (generation: string): string => `(SELECT lanyard_fence(${generation}))`;

/** Returns when every transaction that wrote by an older generation than this one has ended; later ones cannot begin. */
export async function waitForOlderWrites(session: SqlSession, generation: number): Promise<void> {
  const [state] = await session.rows<{ settled: number }>({
    text: `SELECT settled FROM search_definition WHERE tenant = ${tenant}`,
    values: [],
  });
  for (let older = state!.settled; older < generation; older++) {
    await session.rows({
      text: `SELECT pg_advisory_xact_lock(${lockClass}, $1::integer)`,
      values: [older],
    });
  }
  await session.count({
    text: `UPDATE search_definition SET settled = greatest(settled, $1::integer) WHERE tenant = ${tenant}`,
    values: [generation],
  });
}

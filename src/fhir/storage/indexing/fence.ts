import { codeOf } from '../../../database/database-away.js';
import { tenant } from '../session/tenant-parameter.js';
import type { IndexedBy } from './index-columns.js';
import type { SqlSession } from '../session/sql-session.js';

/** The first key of the advisory locks of `lanyard_fence`, before the tenant is added; the second is the generation. */
const lockClass = 726_192;

/** True if a write was made by search parameters that are no longer the current ones. */
export const isStale = (error: unknown): boolean => codeOf(error) === 'LY001';

/**
 * A condition that fails unless this generation is the current one, and stays it until the end of the transaction. Rows of
 * another form than the wanted one are noted.
 */
export const fence = (generation: string, form: string, types: string): string =>
  `(SELECT lanyard_fence(${tenant}, ${generation}::integer, ${form}::text, ${types}))`;

/** As a statement of its own, where the writing one reads other tables and could not be sent to their node with it. */
export async function passFence(tx: SqlSession, { generation, form }: IndexedBy, type: string): Promise<void> {
  await tx.rows({ text: `SELECT ${fence('$1', '$2', '$3::text[]')}`, values: [generation, form, [type]] });
}

/** Returns when every transaction that wrote by an older generation than this one has ended; later ones cannot begin. */
export async function waitForOlderWrites(session: SqlSession, generation: number): Promise<void> {
  const [state] = await session.rows<{ settled: number }>({
    text: `SELECT settled FROM search_definition WHERE tenant = ${tenant}`,
    values: [],
  });
  for (let older = state!.settled; older < generation; older++) {
    await waitForWrites(session, older);
  }
  await session.count({
    text: `UPDATE search_definition SET settled = greatest(settled, $1::integer) WHERE tenant = ${tenant}`,
    values: [generation],
  });
}

/** Returns when every transaction that wrote by this generation has ended; within a transaction none begins before its end. */
export async function waitForWrites(session: SqlSession, generation: number): Promise<void> {
  await session.rows({
    text: `SELECT pg_advisory_xact_lock(${lockClass} + ${tenant}, $1::integer)`,
    values: [generation],
  });
}

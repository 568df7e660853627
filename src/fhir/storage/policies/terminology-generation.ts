import { tenant } from '../session/tenant-parameter.js';
import { tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';

const text =
  `SELECT concat_ws('.', count(*), sum(version), max(updated)) AS generation FROM ${tableOf('ValueSet')} ` +
  `WHERE tenant = ${tenant} AND type IN ('CodeSystem', 'ValueSet')`;

/** Another one after each committed write of a ValueSet or CodeSystem: a write adds a row or counts a version up. */
export async function readTerminologyGeneration(session: SqlSession): Promise<string> {
  const [row] = await session.rows<{ generation: string }>({ text, values: [] });
  return row!.generation;
}

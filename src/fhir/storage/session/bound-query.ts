import type { Pool, QueryConfig } from 'pg';
import { hideValues } from './hide-values.js';
import { preparedName } from './prepared-name.js';
import type { BindValue, Statement } from './statement.js';
import { bindTenant, bindTenantOfKept } from './tenant-parameter.js';

/** Databases behind a pooler that gives each transaction another connection and does not prepare its statements there. */
const unprepared = new WeakSet<Pool>();

/** From now on no statement is prepared on connections of the pool. */
export const sendUnprepared = (pool: Pool): void => void unprepared.add(pool);

/** A statement of the current tenant as it is sent on connections of the pool. */
export function boundQuery(
  { isPrepared, isPlannedOnce, text, values }: Statement,
  pool: Pool,
): QueryConfig<BindValue[]> {
  if (!(isPrepared || isPlannedOnce) || unprepared.has(pool)) return bindTenant(text, values);
  const name = preparedName(pool, text, isPlannedOnce ? 'clients' : 'server');
  if (name === undefined) return bindTenant(text, values);
  return { ...bindTenantOfKept(text, values, isPlannedOnce ? hideValues : undefined), name };
}

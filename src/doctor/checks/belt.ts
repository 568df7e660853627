import type { BeltFacts } from '../../database/belt/examine-belt.js';
import type { DatabaseFacts } from '../../database/examine-database.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing, phrase } from '../words/say.js';

const found = resultsOf('database');

/** Tells if PostgreSQL itself holds the server to one tenant at a time (docs/adr/0071), and the reason if not. */
export function judgeBelt(
  { state, role, openTables }: BeltFacts,
  { pooled }: Pick<DatabaseFacts, 'pooled'>,
  hasTenants: boolean,
): DoctorResult {
  if (state !== 'on') return judgeOff(state, role, hasTenants);
  if (pooled) return found.failed('belt', 'database.belt-pooled', { role });
  if (openTables.length > 0)
    return found.warning('belt', 'database.belt-open', { role, tables: listing(openTables, 3) });
  return found.ok('belt', 'database.belt', { role });
}

function judgeOff(state: Exclude<BeltFacts['state'], 'on'>, role: string, hasTenants: boolean): DoctorResult {
  const why = state === 'citus' ? phrase('belt.citus') : phrase(`belt.${state}`, { role });
  // Without tenants there is nobody to be kept apart, and Citus leaves no choice.
  return hasTenants && state !== 'citus'
    ? found.warning('belt', 'database.belt-off', { why })
    : found.ok('belt', 'database.belt-off', { why });
}

import type { DatabaseFacts } from '../../database/examine-database.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import type { Phrase } from '../words/say.js';

const found = resultsOf('database');

/** Database that DATABASE_DIRECT_URL leads to, or why it leads nowhere. */
export type DirectDatabase = Pick<DatabaseFacts, 'identity' | 'pooled'> | { readonly unreachable: Phrase };

/** The way that migrations take past a pooler. Nothing where there is no pooler and no such way. */
export function judgeDirect(facts: DatabaseFacts, direct: DirectDatabase | undefined): readonly DoctorResult[] {
  if (direct === undefined) return facts.pooled ? [found.warning('direct-url', 'database.direct-absent')] : [];
  if ('unreachable' in direct)
    return [found.failed('direct-url', 'database.direct-unreachable', { why: direct.unreachable })];
  if (direct.identity !== facts.identity) return [found.failed('direct-url', 'database.direct-other')];
  return [
    direct.pooled ? found.warning('direct-url', 'database.direct-pooled') : found.ok('direct-url', 'database.direct'),
  ];
}

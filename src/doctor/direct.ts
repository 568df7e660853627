import type { DatabaseFacts } from '../database/examine-database.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('database');

/** Database that DATABASE_DIRECT_URL leads to, or why it leads nowhere. */
export type DirectDatabase = Pick<DatabaseFacts, 'identity' | 'pooled'> | { readonly unreachable: string };

/** The way that migrations take past a pooler. Nothing where there is no pooler and no such way. */
export function judgeDirect(facts: DatabaseFacts, direct: DirectDatabase | undefined): readonly DoctorResult[] {
  if (direct === undefined)
    return facts.pooled
      ? [
          found.warning(
            'direct-url',
            'A pooler stands between, and migrations go through it: it may end a long one, or wait for a connection to itself.',
            'Let DATABASE_DIRECT_URL name PostgreSQL itself.',
          ),
        ]
      : [];
  if ('unreachable' in direct)
    return [
      found.failed('direct-url', `DATABASE_DIRECT_URL: ${direct.unreachable}`, 'Migrations would fail: put it right.'),
    ];
  if (direct.identity !== facts.identity)
    return [
      found.failed(
        'direct-url',
        'DATABASE_DIRECT_URL leads to another database than DATABASE_URL: that one would be migrated.',
        'Let both name the same database.',
      ),
    ];
  return [
    direct.pooled
      ? found.warning(
          'direct-url',
          'DATABASE_DIRECT_URL leads through a pooler as well.',
          'Let it name the host and port of PostgreSQL itself.',
        )
      : found.ok('direct-url', 'DATABASE_DIRECT_URL leads to the same database, past any pooler.'),
  ];
}

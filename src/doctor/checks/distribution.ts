import type { DistributionFacts } from '../../database/distribution/examine-distribution.js';
import { codeOf } from '../../database/database-away.js';
import { reasonOf } from '../../database/open-database.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing, phrase, reasonFor } from '../words/say.js';

const found = resultsOf('database');

/** Judges how Citus spreads the tables of tenants (docs/adr/0069). */
export function judgeDistribution(facts: DistributionFacts): readonly DoctorResult[] {
  const { distributed, misplaced, leftover, nodes } = facts;
  if (distributed === 0) return [found.ok('distribution', 'database.not-distributed')];
  return [
    found.ok('distribution', 'database.distributed', { count: distributed }),
    ...nodes.map(judgeNode),
    ...(misplaced.length === 0
      ? []
      : [found.failed('placement', 'database.misplaced', { tables: listing(misplaced, 5) })]),
    ...(leftover.length === 0
      ? []
      : [found.warning('leftover', 'database.leftover', { tables: listing(leftover, 5) })]),
  ];
}

function judgeNode(node: DistributionFacts['nodes'][number]): DoctorResult {
  const { name, isActive, isWorker, answers, shards, failure } = node;
  if (!answers) return found.failed('node', 'database.node-silent', { name });
  if (!isActive) return found.warning('node', 'database.node-inactive', { name });
  if (failure !== undefined)
    return found.warning('node', 'database.node-unread', {
      name,
      why: reasonFor(codeOf(failure)) ?? reasonOf(failure),
    });
  return found.ok('node', 'database.node', { name, shards, more: isWorker ? '' : phrase('node.coordinator') });
}

import { listed } from '../r4/errors/listed.js';
import type { DistributionFacts } from '../database/distribution/examine-distribution.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('database');
const cure = 'Stop the servers, and run "lanyard migrate --distribute".';

/** Judges how Citus spreads the tables of tenants (docs/adr/0069). */
export function judgeDistribution(facts: DistributionFacts): readonly DoctorResult[] {
  const { distributed, misplaced, leftover, nodes } = facts;
  if (distributed === 0)
    return [
      found.ok('distribution', 'It has Citus, and its tables are not distributed (lanyard migrate --distribute).'),
    ];
  return [
    found.ok('distribution', `Citus spreads ${distributed} tables by tenant.`),
    ...nodes.map(judgeNode),
    ...(misplaced.length === 0
      ? []
      : [
          found.failed(
            'placement',
            `Tables are distributed, and these are not where they ought to be: ${listed(misplaced, 5)}.`,
            cure,
          ),
        ]),
    ...(leftover.length === 0
      ? []
      : [
          found.warning(
            'leftover',
            `The disk of the coordinator still has rows that were copied to the nodes: ${listed(leftover, 5)}.`,
            cure,
          ),
        ]),
  ];
}

function judgeNode({ name, isActive, isWorker, answers, shards }: DistributionFacts['nodes'][number]): DoctorResult {
  if (!answers)
    return found.failed(
      'node',
      `The node ${name} does not answer.`,
      'Start it: requests of tenants there are 503 until then.',
    );
  if (!isActive)
    return found.warning(
      'node',
      `The node ${name} is not active.`,
      `Run SELECT citus_activate_node('HOST', PORT) on the coordinator.`,
    );
  return found.ok('node', `The node ${name} has ${shards} shards${isWorker ? '' : ', copies of shared tables'}.`);
}

import type { OutboxCount } from '../fhir/storage/outbox/outbox.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('outbox');
/** Part of OUTBOX_LIMIT from which it is said. */
const early = 0.5;

/** Judges what hooks of the point `afterCommit` have not been told of; `limit`: OUTBOX_LIMIT. */
export const judgeOutbox = (counts: readonly OutboxCount[], limit: number): readonly DoctorResult[] =>
  counts.flatMap((count) => [
    ...judgeFilling(count, limit),
    ...(count.dead > 0
      ? [
          found.warning(
            'dead letters',
            `${count.dead} events for ${count.listener} could not be delivered for three days.`,
            `Look at them with "lanyard outbox list --hook ${count.listener}", then "resend" or "discard" them.`,
          ),
        ]
      : []),
  ]);

function judgeFilling({ listener, waiting, dead, oldestSeconds }: OutboxCount, limit: number): readonly DoctorResult[] {
  const fact = `${waiting} events wait for ${listener}, the oldest for ${Math.round(oldestSeconds)} s.`;
  if (waiting + dead <= limit * early) return waiting > 0 ? [found.ok('waiting', fact)] : [];
  return [
    found.warning(
      'waiting',
      `${fact} With ${dead} dead letters that is more than half of OUTBOX_LIMIT (${limit}); beyond it the oldest are removed undelivered.`,
      'Put right what the hook tells, or remove what nobody needs with "lanyard outbox discard"; the log has the failures.',
    ),
  ];
}

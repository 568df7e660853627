import type { OutboxCount } from '../../fhir/storage/outbox/outbox.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';

const found = resultsOf('outbox');
/** Part of OUTBOX_LIMIT from which it is said. */
const early = 0.5;

/** Judges what hooks of the point `afterCommit` have not been told of; `limit`: OUTBOX_LIMIT. */
export const judgeOutbox = (counts: readonly OutboxCount[], limit: number): readonly DoctorResult[] =>
  counts.flatMap((count) => [
    ...judgeFilling(count, limit),
    ...(count.dead > 0
      ? [found.warning('dead letters', 'outbox.dead', { count: count.dead, listener: count.listener })]
      : []),
  ]);

function judgeFilling({ listener, waiting, dead, oldestSeconds }: OutboxCount, limit: number): readonly DoctorResult[] {
  const values = { count: waiting, listener, seconds: Math.round(oldestSeconds) };
  if (waiting + dead > limit * early) return [found.warning('waiting', 'outbox.filling', { ...values, dead, limit })];
  return waiting > 0 ? [found.ok('waiting', 'outbox.waiting', values)] : [];
}

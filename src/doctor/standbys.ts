import type { StandbyFacts } from '../database/standbys/examine-standby.js';
import { type DoctorResult, resultsOf, type Recorder } from './doctor-result.js';

/** A standby of DATABASE_REPLICA_URLS by its address: its facts, or why there are none. */
export interface ExaminedStandby {
  readonly name: string;
  readonly facts: StandbyFacts | { readonly unreachable: string };
}

const meanwhile = 'Reads that accept staleness go to the primary meanwhile.';

/** Judges the facts about a standby. The server works without it; a wrong configuration is a failure. */
export function judgeStandby({ name, facts }: ExaminedStandby): readonly DoctorResult[] {
  const found = resultsOf(`standby ${name}`);
  if ('unreachable' in facts) {
    const cure = `Start it, or put DATABASE_REPLICA_URLS right. ${meanwhile}`;
    return [found.warning('reachable', facts.unreachable, cure)];
  }
  const stranger = judgeRole(found, facts);
  if (stranger) return [stranger];
  return [
    judgeTimeline(found, facts),
    judgeLag(found, facts),
    judgeMigrations(found, facts),
    ...judgeEncryption(found, facts),
  ];
}

function judgeRole(found: Recorder, { sameDatabase, standby }: StandbyFacts): DoctorResult | undefined {
  if (!sameDatabase)
    return found.failed(
      'standby',
      'It is another database than that of DATABASE_URL, and is never read.',
      'Let DATABASE_REPLICA_URLS name standbys that stream from the database of DATABASE_URL.',
    );
  if (standby) return undefined;
  return found.failed(
    'standby',
    'It takes writes: it is no standby, or one no more, and is never read.',
    'Let DATABASE_REPLICA_URLS name standbys, and DATABASE_URL the primary.',
  );
}

const judgeTimeline = (found: Recorder, { sameTimeline }: StandbyFacts): DoctorResult =>
  sameTimeline
    ? found.ok('standby', 'It follows the database of DATABASE_URL.')
    : found.warning(
        'standby',
        'Its last restart point is of another timeline than that of the primary.',
        `After a failover, wait for its next restart point (checkpoint_timeout), or make it anew. ${meanwhile}`,
      );

const judgeLag = (found: Recorder, { caughtUpAfter }: StandbyFacts): DoctorResult =>
  caughtUpAfter === undefined
    ? found.warning(
        'lag',
        'It did not get what the primary had within 5 s.',
        'Look at pg_stat_replication of the primary, and whether replay is paused or waits for long queries.',
      )
    : found.ok('lag', `It had what the primary had after ${caughtUpAfter.toFixed(2)} s.`);

const judgeMigrations = (found: Recorder, { pending }: StandbyFacts): DoctorResult =>
  pending === 0
    ? found.ok('migrations', 'All are there.')
    : found.warning('migrations', `${pending} of this release are missing.`, 'Migrate the primary; it follows.');

function judgeEncryption(found: Recorder, { remote, encrypted }: StandbyFacts): readonly DoctorResult[] {
  if (!remote || encrypted) return [];
  const cure = 'Add ?sslmode=verify-full to its URL.';
  return [found.warning('encryption', 'The connection crosses a network and is not encrypted.', cure)];
}

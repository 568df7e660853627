import type { StandbyFacts } from '../../database/standbys/examine-standby.js';
import { type DoctorResult, resultsOf, type Recorder } from '../doctor-result.js';
import type { Phrase } from '../words/say.js';

/** A standby of DATABASE_REPLICA_URLS by its address: its facts, or why there are none. */
export interface ExaminedStandby {
  readonly name: string;
  readonly facts: StandbyFacts | { readonly unreachable: Phrase };
}

/** Judges the facts about a standby. The server works without it; a wrong configuration is a failure. */
export function judgeStandby({ name, facts }: ExaminedStandby): readonly DoctorResult[] {
  const found = resultsOf(`standby ${name}`);
  if ('unreachable' in facts) return [found.warning('reachable', 'standby.unreachable', { why: facts.unreachable })];
  if (!facts.sameDatabase) return [found.failed('standby', 'standby.other')];
  if (!facts.standby) return [found.failed('standby', 'standby.writable')];
  return [
    facts.sameTimeline ? found.ok('standby', 'standby.follows') : found.warning('standby', 'standby.timeline'),
    judgeLag(found, facts),
    facts.pending === 0
      ? found.ok('migrations', 'standby.migrated')
      : found.warning('migrations', 'standby.behind', { count: facts.pending }),
    ...(facts.remote && !facts.encrypted ? [found.warning('encryption', 'standby.unencrypted')] : []),
  ];
}

const judgeLag = (found: Recorder, { caughtUpAfter }: StandbyFacts): DoctorResult =>
  caughtUpAfter === undefined
    ? found.warning('lag', 'standby.late')
    : found.ok('lag', 'standby.lag', { seconds: caughtUpAfter.toFixed(2) });

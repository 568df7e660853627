import { beatEvery } from './heartbeat.js';
import type { ProcessSign, SeenProcess } from '../../database/processes/server-processes.js';

/** A process on the database, as `/admin/replicas` lists it. */
export interface Replica extends Omit<SeenProcess, 'started' | 'seen' | 'silentFor'> {
  /** `lost`: it has given no sign of life for half a minute; `ok`, `degraded`, `unavailable` or `draining`: its readiness. */
  readonly state: string;
  readonly started: string;
  readonly seen: string;
  /** True for the process that answers. */
  readonly answers: boolean;
}

/** Seconds, in which three signs of life did not come. */
const lostAfter = (3 * beatEvery) / 1000;

/** Processes by their last signs of life; the one that answers is alive, whatever could be stored of it. */
export function listReplicas(seen: readonly SeenProcess[], own: ProcessSign | undefined): readonly Replica[] {
  const found = seen.map(({ started, seen: at, silentFor, ...one }) => ({
    ...one,
    state: silentFor > lostAfter ? 'lost' : one.state,
    started: started.toISOString(),
    seen: at.toISOString(),
    answers: false,
  }));
  if (!own) return found;
  const { uptime, ...sign } = own;
  const now = new Date();
  const started = new Date(now.getTime() - uptime * 1000);
  const before = found.find(({ id }) => id === own.id);
  const itself = {
    ...sign,
    started: before?.started ?? started.toISOString(),
    seen: now.toISOString(),
    answers: true,
  };
  return before ? found.map((one) => (one === before ? itself : one)) : [...found, itself];
}

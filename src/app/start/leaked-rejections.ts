import type { EventEmitter } from 'node:events';
import { describeError } from '../../observability/describe-error.js';
import type { Metrics } from '../../observability/metrics.js';
import type { ServerLog } from '../../observability/server-log.js';

interface Told {
  readonly log: Pick<ServerLog, 'error'>;
  readonly metrics: Metrics | undefined;
}

/**
 * A promise that nobody waits for has failed, in code of an extension or in ours: it is logged and counted, and the process goes
 * on. Node would end it, with all requests of others, although what they wait for fails on its own where it fails. Exceptions
 * that nobody catches still end the process: they leave work half done.
 */
export function outliveLeakedRejections(process: Pick<EventEmitter, 'on'>, { log, metrics }: Told): void {
  let leaked = 0;
  process.on('unhandledRejection', (reason: unknown) => {
    leaked++;
    log.error(`A promise that nobody waits for has failed: ${describeError(reason)}`, 'Process');
  });
  metrics?.series(
    'only-grows',
    { name: 'lanyard_leaked_rejections_total', help: 'Promises that failed and nobody waited for.', labelNames: [] },
    () => [{ labels: {}, value: leaked }],
  );
}

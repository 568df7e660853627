import { setFlagsFromString } from 'node:v8';
import { setTimeout as delay } from 'node:timers/promises';
import { giveBackMemory } from './give-back-memory.js';
import { outliveLeakedRejections } from './leaked-rejections.js';
import { openLog, printerFor, say } from './process-parts.js';
import { Server } from './start.js';
import { Primary, workersOf } from '../workers/primary.js';
import { isWorker, leavesTelling, tellReady } from '../workers/worker.js';
import { WorkerFailed } from '../workers/workers.js';
import { readSetup } from '../extensions/read-setup.js';
import { readEnvironment } from '../../config/environment.js';
import { StartRefused } from '../../config/checks/start-refused.js';

/** Milliseconds that a start may go on after a signal to stop. */
const startPatience = 5000;

/** The process of the server: starts it, stops it on a signal, and exits. */
export async function runServer(): Promise<void> {
  // The heap may grow to twice what is live before it is collected, not to four times: bulk loads then need two thirds of
  // the memory, for about a tenth more CPU.
  setFlagsFromString('--heap-growing-percent=100');
  try {
    const { config, extensions } = await readSetup(readEnvironment());
    const log = openLog(config);
    const workers = isWorker() ? 1 : workersOf(config.process);
    if (workers > 1) return await run(new Primary(config, log, workers));
    const print = leavesTelling() ? () => undefined : printerFor(config, log);
    const server = new Server(config, log, print, extensions);
    outliveLeakedRejections(process, server);
    await run({ start: () => server.start(giveBackMemory), stop: () => server.stop() });
    tellReady();
  } catch (error) {
    if (error instanceof WorkerFailed) process.exit(error.code);
    const lines = error instanceof StartRefused ? error.lines : [error instanceof Error ? error.stack : String(error)];
    process.stderr.write(`${lines.join('\n')}\n`);
    process.exit(1);
  }
}

interface Runs {
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function run(server: Runs): Promise<void> {
  const started = server.start();
  stopOnSignals(server, started);
  await started;
}

function stopOnSignals(server: Runs, started: Promise<void>): void {
  let stoppingSince: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stoppingSince !== undefined) {
        // Somebody does not want to wait. One Ctrl-C comes twice, though: from the terminal and from npm.
        if (Date.now() - stoppingSince > 1000) process.exit(1);
        return;
      }
      stoppingSince = Date.now();
      if (!isWorker()) say('Stopping ...');
      // A migration is all or nothing: a stop need not wait for its end.
      void Promise.race([started.catch(() => undefined), delay(startPatience)])
        .then(() => server.stop())
        .then(
          () => process.exit(0),
          () => process.exit(1),
        );
    });
  }
}

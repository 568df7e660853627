import type { LanyardOptions } from '../lanyard.module.js';
import { openLog, printerFor } from './process-parts.js';
import { Server } from './start.js';
import { readSetup } from '../extensions/read-setup.js';
import { readEnvironment } from '../../config/environment.js';

/** A server that runs. */
export interface RunningLanyard {
  /** Address that it listens on, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** FHIR base URL as clients see it: `PUBLIC_URL` with `/fhir/r4`. */
  readonly fhirBase: string;
  /** Not ready at once; lets requests in flight end (15 s at most), then stops everything that was started. */
  close(): Promise<void>;
}

/**
 * Starts the whole server in this process, as `lanyard start` does: it listens at once, brings the schema of the database up to date and
 * makes the first user. Signals are left to you. Throws `StartRefused`, with nothing left running.
 */
export async function startLanyard({
  environment = readEnvironment(),
  features = [],
}: LanyardOptions = {}): Promise<RunningLanyard> {
  const { config, extensions } = await readSetup(environment, features);
  const log = openLog(config);
  const server = new Server(config, log, printerFor(config, log), extensions);
  await server.start();
  return { url: server.listener.url, fhirBase: config.fhirBase, close: () => server.stop() };
}

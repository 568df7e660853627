import type { DynamicModule } from '@nestjs/common';
import type { Listener } from '../http/listen.js';
import type { Pattern } from '../tenants/container/pattern.js';
import type { OwnFastify } from '../tenants/router/own-fastify.js';
import type { AppConfig } from '../../config/app-config.js';
import type { Metrics } from '../../observability/metrics.js';
import { ServerLog } from '../../observability/server-log.js';
import type { Tracing } from '../../observability/tracing.js';

/** Makes the pattern of a server from the definition of nobody's. */
export type PatternMaker = (define: (config: AppConfig, own: OwnFastify) => DynamicModule) => Promise<Pattern>;

/** Parts of a process that are made before the application; tools and most tests have none. */
export interface ProcessParts {
  /** The HTTP server of the process, or what stands for it. */
  readonly listener?: Pick<Listener, 'serve'>;
  /** The part of the shared Fastify that the application of a tenant has; what is measured of the process is that of `default`. */
  readonly own?: OwnFastify;
  /** Of the applications of tenants, which are made like it; made when the first one is. */
  readonly pattern?: PatternMaker;
  readonly log?: ServerLog;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/** JSON lines in production, text for people otherwise. */
export const openLog = ({ logLevel, production }: AppConfig): ServerLog =>
  new ServerLog({ level: logLevel, json: production });

/** Writes lines for the person at the terminal; log collectors in production need all lines in one form. */
export const printerFor = ({ production }: AppConfig, log: ServerLog): ((line: string) => void) =>
  production ? (line) => log.log(line) : say;

/** Writes a line to standard output. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Finds a part of the application by its class. */
export type Get = <T>(part: new (...made: never[]) => T) => T;

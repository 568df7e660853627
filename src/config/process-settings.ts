import { readFile } from 'node:fs/promises';
import { parseDatabaseUrl } from './database-url.js';
import { secretLines, secretsOfFile } from './key-secrets.js';
import type { Variables } from './secret-files.js';
import type { Settings } from './settings-schema.js';

/** How the process runs, as whoever operates it sees it. */
export interface ProcessSettings {
  /** Of the database, where it is not part of DATABASE_URL or may change: a file is read anew at each call. */
  readonly databasePassword: (() => Promise<string>) | undefined;
  /** KEY_ENCRYPTION_SECRET, the one that seals first; a file is read anew at each call. Absent: nothing is sealed. */
  readonly keySecrets: (() => readonly string[]) | undefined;
  /** Connections to the database at most. */
  readonly databasePool: number;
  /** Work that may wait for one of them. */
  readonly databaseQueue: number;
  /** Milliseconds that the event loop may be late; 0: any. */
  readonly eventLoopDelay: number;
  /** Failed authentications a second for each network address; 0: any. */
  readonly authFailureRate: number;
  /** Seconds between being asked to stop and taking no more connections. */
  readonly shutdownDelay: number;
  /** Absent: no metrics. */
  readonly metricsPort: number | undefined;
  /** Whether traces are sent; where to is read by OpenTelemetry's own libraries. */
  readonly traces: boolean;
}

export const processSettings = (settings: Settings, variables: Variables): ProcessSettings => ({
  databasePassword: databasePassword(settings, variables),
  keySecrets: keySecrets(settings, variables),
  databasePool: settings.DATABASE_POOL,
  databaseQueue: settings.DATABASE_QUEUE,
  eventLoopDelay: settings.EVENT_LOOP_DELAY,
  authFailureRate: settings.AUTH_FAILURE_RATE,
  shutdownDelay: settings.SHUTDOWN_DELAY ?? (settings.NODE_ENV === 'production' ? 5 : 0),
  metricsPort: settings.METRICS_PORT,
  traces: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
});

function databasePassword(settings: Settings, variables: Variables): (() => Promise<string>) | undefined {
  const { DATABASE_PASSWORD_FILE: passwordFile, DATABASE_URL_FILE: urlFile } = variables;
  if (passwordFile) return () => readLine(passwordFile);
  const given = settings.DATABASE_PASSWORD;
  if (given !== undefined) return async () => given;
  if (!urlFile) return undefined;
  return async () => decodeURIComponent(parseDatabaseUrl(await readLine(urlFile))?.password ?? '');
}

function keySecrets(settings: Settings, variables: Variables): (() => readonly string[]) | undefined {
  if (settings.KEY_ENCRYPTION_SECRET === undefined) return undefined;
  const given = secretLines(settings.KEY_ENCRYPTION_SECRET);
  const path = variables['KEY_ENCRYPTION_SECRET_FILE'];
  return path ? secretsOfFile(path, given) : () => given;
}

const readLine = async (path: string): Promise<string> => (await readFile(path, 'utf8')).replace(/\r?\n$/, '');

import { readFile } from 'node:fs/promises';
import { parseDatabaseUrl, splitDatabaseUrls } from './database-url.js';
import { secretLines, secretsOfFile } from './secrets/key-secrets.js';
import type { Variables } from './secrets/secret-files.js';
import type { Settings } from './settings-schema.js';

type Password = () => Promise<string>;

/** A standby of the database; `password` as that of the database. */
export interface StandbySettings {
  readonly url: string;
  readonly password: Password | undefined;
}

/** Settings of the process, for its operator. */
export interface ProcessSettings {
  /** Password of the database, where it is not part of DATABASE_URL or may change: a file is read anew at each call. */
  readonly databasePassword: Password | undefined;
  /** Databases that stream from the one of DATABASE_URL. */
  readonly standbys: readonly StandbySettings[];
  /** KEY_ENCRYPTION_SECRET, the one that seals first; a file is read anew at each call. Absent: nothing is sealed. */
  readonly keySecrets: (() => readonly string[]) | undefined;
  /** Processes that serve on the port. */
  readonly workers: number | 'auto';
  /** Connections to the database at most. */
  readonly databasePool: number;
  /** Nodes of a distributed database that reads are asked of. */
  readonly databaseNodes: 'coordinator' | 'holders';
  /** Work that may wait for one of them. */
  readonly databaseQueue: number;
  readonly callerShare: number;
  /** Seconds for a read of a caller who is limited to a record; 0: as all others. */
  readonly recordStatementTimeout: number;
  /** Milliseconds that the event loop may be late; 0: any. */
  readonly eventLoopDelay: number;
  /** Failed authentications a second for each network address; 0: any. */
  readonly authFailureRate: number;
  /** Requests a second to registration, authorization and sign-in pages for each network address; 0: any. */
  readonly signInRate: number;
  /** Seconds between being asked to stop and taking no more connections. */
  readonly shutdownDelay: number;
  /** Absent: no metrics. */
  readonly metricsPort: number | undefined;
  /** Tenants that the metrics name. */
  readonly metricsTenants: number;
  /** True if the operator may look into tenants over HTTP. */
  readonly tenantBreakGlass: boolean;
  /** True if traces are sent; OpenTelemetry's own libraries read the address. */
  readonly traces: boolean;
}

export const processSettings = (settings: Settings, variables: Variables): ProcessSettings => ({
  databasePassword: databasePassword(settings, variables),
  standbys: settings.DATABASE_REPLICA_URLS.map((url, i) => ({
    url,
    password: standbyPassword(url, i, settings, variables),
  })),
  keySecrets: keySecrets(settings, variables),
  workers: settings.WORKERS,
  databasePool: settings.DATABASE_POOL,
  databaseNodes: settings.DATABASE_NODES,
  databaseQueue: settings.DATABASE_QUEUE,
  callerShare: settings.CALLER_SHARE,
  recordStatementTimeout: settings.RECORD_STATEMENT_TIMEOUT,
  eventLoopDelay: settings.EVENT_LOOP_DELAY,
  authFailureRate: settings.AUTH_FAILURE_RATE,
  signInRate: settings.SIGN_IN_RATE,
  shutdownDelay: settings.SHUTDOWN_DELAY ?? (settings.NODE_ENV === 'production' ? 5 : 0),
  metricsPort: settings.METRICS_PORT,
  metricsTenants: settings.METRICS_TENANTS,
  tenantBreakGlass: settings.TENANT_BREAK_GLASS,
  traces: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
});

function databasePassword(settings: Settings, variables: Variables): Password | undefined {
  const { DATABASE_URL_FILE: urlFile } = variables;
  const apart = passwordApart(settings, variables);
  if (apart || !urlFile) return apart;
  return async () => passwordOf(await readLine(urlFile));
}

/** A password in the URL goes before the one of the database, which all have in common otherwise. */
function standbyPassword(url: string, at: number, settings: Settings, variables: Variables): Password | undefined {
  const { DATABASE_REPLICA_URLS_FILE: file } = variables;
  if (passwordOf(url) === '') return passwordApart(settings, variables);
  if (!file) return undefined;
  return async () => passwordOf(splitDatabaseUrls(await readLine(file))[at]);
}

function passwordApart(settings: Settings, variables: Variables): Password | undefined {
  const { DATABASE_PASSWORD_FILE: file } = variables;
  if (file) return () => readLine(file);
  const given = settings.DATABASE_PASSWORD;
  return given === undefined ? undefined : async () => given;
}

const passwordOf = (url = ''): string => decodeURIComponent(parseDatabaseUrl(url)?.password ?? '');

function keySecrets(settings: Settings, variables: Variables): (() => readonly string[]) | undefined {
  if (settings.KEY_ENCRYPTION_SECRET === undefined) return undefined;
  const given = secretLines(settings.KEY_ENCRYPTION_SECRET);
  const path = variables['KEY_ENCRYPTION_SECRET_FILE'];
  return path ? secretsOfFile(path, given) : () => given;
}

const readLine = async (path: string): Promise<string> => (await readFile(path, 'utf8')).replace(/\r?\n$/, '');

import type { PoolConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** The database of the settings; undefined: the embedded one. The password is asked for anew for every connection. */
export function databaseConnection({
  databaseUrl,
  process: { databasePassword },
}: Settings): string | PoolConfig | undefined {
  if (databaseUrl === undefined || databasePassword === undefined) return databaseUrl;
  return { ...parseIntoClientConfig(databaseUrl), password: databasePassword };
}

interface Settings {
  readonly databaseUrl: string | undefined;
  readonly process: {
    readonly databasePassword: (() => Promise<string>) | undefined;
  };
}

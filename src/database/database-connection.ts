import type { PoolConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

type Password = () => Promise<string>;

/** The database of the settings; undefined: the embedded one. */
export const databaseConnection = ({
  databaseUrl,
  process: { databasePassword },
}: Settings): string | PoolConfig | undefined =>
  databaseUrl === undefined ? undefined : connectionOf(databaseUrl, databasePassword);

/** The password is asked for anew for every connection. */
export const connectionOf = (url: string, password: Password | undefined): string | PoolConfig =>
  password === undefined ? url : { ...parseIntoClientConfig(url), password };

interface Settings {
  readonly databaseUrl: string | undefined;
  readonly process: { readonly databasePassword: Password | undefined };
}

import type { PoolConfig } from 'pg';
import { connectionTo } from './database-hosts.js';

type Password = () => Promise<string>;

/** The database of the settings; undefined: the embedded one. */
export const databaseConnection = ({
  databaseUrl,
  process: { databasePassword },
}: Settings): string | PoolConfig | undefined =>
  databaseUrl === undefined ? undefined : connectionOf(databaseUrl, databasePassword);

/** The database as the owner of its tables, who migrates it: that of the settings where they name no other. */
export const ownersConnection = (settings: Settings & OwnersSettings): string | PoolConfig | undefined =>
  settings.schema.owner?.url ?? databaseConnection(settings);

/** The password is asked for anew for every connection. */
export const connectionOf = (url: string, password: Password | undefined): string | PoolConfig =>
  password === undefined ? url : { ...connectionTo(url), password };

interface OwnersSettings {
  readonly schema: { readonly owner?: { readonly url: string } | undefined };
}

interface Settings {
  readonly databaseUrl: string | undefined;
  readonly process: { readonly databasePassword: Password | undefined };
}

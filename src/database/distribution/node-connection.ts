import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import type { DatabaseHosts } from '../database-hosts.js';

/** Milliseconds that a connection may take: the coordinator answers otherwise. */
const connectionTimeoutMillis = 2000;

/** A node can be asked to read alone: whatever would change something, its locks included, belongs to the coordinator. */
const readOnly = '-c default_transaction_read_only=on';

/** Connection of the server to the coordinator. */
export function coordinatorOf({ options }: DataSource): PoolConfig {
  // Of the hosts of the coordinator, a node is none.
  const { hosts: _, ...given } = options.extra as PoolConfig & { readonly hosts?: DatabaseHosts };
  return given;
}

/** Connection to a node by the address that Citus knows, with user, password and TLS of that to the coordinator; it can only read. */
export const nodeConnection = (
  coordinator: PoolConfig,
  { host, port }: { readonly host: string; readonly port: number },
): PoolConfig => ({
  ...coordinator,
  host,
  port,
  options: [coordinator.options, readOnly].filter(Boolean).join(' '),
  application_name: 'lanyard',
  connectionTimeoutMillis,
});

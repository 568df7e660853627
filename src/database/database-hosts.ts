import { Client, type ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { addressesOf, type DatabaseAddress, hostsAsParameters } from '../config/database-url.js';

/** Milliseconds that a host gets to answer. */
const patience = 2_000;

/** The options of a connection to a URL; of several hosts, with all of them. */
export function connectionTo(url: string): ClientConfig & { readonly hosts?: DatabaseHosts } {
  const addresses = addressesOf(url);
  if (addresses.length === 1) return parseIntoClientConfig(url);
  const options = { ...parseIntoClientConfig(hostsAsParameters(url)), ...addresses[0] };
  return { ...options, hosts: new DatabaseHosts(addresses) };
}

/**
 * Several hosts of one database, of which one takes writes (docs/adr/0146): they are tried in their order until one is found, and again once a connection to it failed
 * or ended.
 */
export class DatabaseHosts {
  private found: DatabaseAddress | undefined;
  private looking: Promise<DatabaseAddress> | undefined;

  constructor(private readonly addresses: readonly DatabaseAddress[]) {}

  /** Address of the one that takes writes. `options` are those of the connection that is wanted. */
  primary(options: ClientConfig): DatabaseAddress | Promise<DatabaseAddress> {
    if (this.found) return this.found;
    this.looking ??= this.look(options).finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** The next connection looks again. */
  doubt(): void {
    this.found = undefined;
  }

  private async look(options: ClientConfig): Promise<DatabaseAddress> {
    const failures: unknown[] = [];
    for (const address of this.addresses)
      try {
        // The pool hides the password from what lists members.
        await requirePrimary({ ...options, ...address, password: options.password });
        return (this.found = address);
      } catch (error) {
        failures.push(error);
      }
    // One that does not answer tells more than one that only follows.
    throw failures.find((failure) => !(failure instanceof IsStandby)) ?? failures[0];
  }
}

/** The host follows another one, and takes no writes. */
export class IsStandby extends Error {
  override readonly name = 'IsStandby';
  constructor() {
    super('it is a standby, which takes no writes');
  }
}

async function requirePrimary(options: ClientConfig): Promise<void> {
  const client = new Client({ ...options, connectionTimeoutMillis: patience }).on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    if (rows[0]?.standby) throw new IsStandby();
  } finally {
    await client.end().catch(() => undefined);
  }
}

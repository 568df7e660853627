import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { FreshDatabase } from './postgres.js';

export interface SeverableDatabase extends FreshDatabase {
  /** As if PostgreSQL had stopped. */
  cut(): Promise<void>;
  /** As if nothing that is sent arrived any more, until it is released. */
  hold(): void;
  release(): void;
}

/** Connects to the database through a line that can be cut, or swallow what is sent. */
export async function severable(database: FreshDatabase): Promise<SeverableDatabase> {
  let isHeld = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(join(String(database.connection.host), '.s.PGSQL.5432'));
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => undefined));
    }
    client.pipe(upstream).pipe(client);
    if (isHeld) client.pause();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const connection = { ...database.connection, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return {
    ...database,
    connection,
    url: `postgres://${database.connection.user}@127.0.0.1:${connection.port}/${database.connection.database}`,
    hold: () => {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

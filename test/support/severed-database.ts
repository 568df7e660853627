import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { FreshDatabase } from './postgres.js';

/** The same database through a line that can be cut, as if PostgreSQL had stopped. */
export async function severable(database: FreshDatabase): Promise<FreshDatabase & { cut(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(join(String(database.connection.host), '.s.PGSQL.5432'));
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => undefined));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    ...database,
    connection: { ...database.connection, host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

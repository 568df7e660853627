import { createServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartRefused } from './config/start-refused.js';

export interface ListeningAddress {
  readonly port: number;
  readonly host: string;
}

/** Fails before anything else was started: what takes the port is best known at once. */
export async function checkAddress(address: ListeningAddress): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen(address.port, address.host, resolve);
    });
    await new Promise((resolve) => probe.close(resolve));
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, address);
  }
}

/** Resolves to the URL that the server listens on. */
export async function listen(app: NestFastifyApplication, address: ListeningAddress): Promise<string> {
  try {
    await app.listen(address.port, address.host);
    return await app.getUrl();
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, address);
  }
}

function explain({ code, message }: NodeJS.ErrnoException, { port, host }: ListeningAddress): StartRefused {
  const another = port < 65_535 ? port + 1 : 3000;
  if (code === 'EADDRINUSE')
    return new StartRefused(`PORT: ${port} is in use by another program. Stop it, or choose another: PORT=${another}`);
  if (code === 'EACCES') return new StartRefused(`PORT: this user may not listen on ${port}. Example: PORT=3000`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartRefused(`HOST: this machine has no address "${host}". Example: HOST=127.0.0.1`);
  return new StartRefused(
    `HOST, PORT: cannot listen on ${host}:${port} (${message}). Example: HOST=127.0.0.1 PORT=3000`,
  );
}

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { StartRefused } from '../../config/checks/start-refused.js';

export interface ListeningAddress {
  readonly port: number;
  readonly host: string;
}

/** Answers while there is no application yet, or none any more. */
export interface EarlyAnswers {
  readonly http: ServerOptions;
  readonly answer: RequestListener;
  readonly clientErrorHandler: (error: Error, socket: Socket) => void;
}

/**
 * The HTTP server of the process. It listens before anything else is started, so that probes have their answer while
 * migrations run, and hands its requests to the application once that is ready for them.
 */
export class Listener {
  readonly server: Server;
  private application: RequestListener | undefined;
  private isOpen = false;

  constructor(private readonly early: EarlyAnswers) {
    this.server = createServer(early.http, (request, response) => this.current(request, response));
    this.server.on('clientError', early.clientErrorHandler);
    // As Fastify sets them for a server of its own: connections may idle for 72 s, and bodies are timed by their progress.
    this.server.keepAliveTimeout = 72_000;
    this.server.requestTimeout = 0;
  }

  /** Fastify's `serverFactory`. */
  readonly serve = (application: (request: IncomingMessage, response: never) => void): Server => {
    this.application = application as RequestListener;
    return this.server;
  };

  /** Throws `StartRefused` that names PORT or HOST. */
  async listen(address: ListeningAddress): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject).listen(address.port, address.host, () => {
          this.server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, address);
    }
  }

  /** Lets the application answer from now on, or what stands before it. */
  open(before?: (application: RequestListener) => RequestListener): void {
    if (before && this.application) this.application = before(this.application);
    this.server.off('clientError', this.early.clientErrorHandler);
    this.isOpen = true;
  }

  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
    return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
  }

  /** Takes no new connections, lets what runs finish for so many ms, then cuts it off. */
  async close(patience: number): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    const giveUp = new AbortController();
    const cut = delay(patience, undefined, { signal: giveUp.signal }).then(
      () => this.server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    giveUp.abort();
    await cut;
  }

  private get current(): RequestListener {
    return this.isOpen && this.application ? this.application : this.early.answer;
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

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { hostname } from 'node:os';
import {
  connect,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { AuditSink, SunkEvent } from '../../src/fhir/storage/audit/delivery/audit-sink.js';

/** Facility 10 (security), severity 5 (notice). */
const priority = 10 * 8 + 5;

/**
 * Sends AuditEvents to a syslog over TLS: RFC 5424, each message with its length in front as RFC 5425 says. A syslog confirms
 * nothing, so the events have arrived as soon as the system has sent them and the other end has not hung up.
 */
export class SyslogSink implements AuditSink {
  readonly name = 'syslog';
  private socket: TLSSocket | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  async send(events: readonly SunkEvent[]): Promise<void> {
    const socket = await this.connection();
    const messages = events.map(messageOf).map((message) => `${Buffer.byteLength(message)} ${message}`);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.write(messages.join(''), (error) => {
        socket.removeListener('error', reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.socket?.destroy();
  }

  private async connection(): Promise<TLSSocket> {
    const { socket: known } = this;
    if (known && !known.destroyed && known.writable) return known;
    const socket = connect(this.options);
    // A cut is noticed by the next call.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.resume();
    this.socket = socket;
    await once(socket, 'secureConnect');
    return socket;
  }
}

/** RFC 5424 section 6: PRI, version, time, host, application, process, kind of message; no structured data; UTF-8. */
const messageOf = ({ recorded, body }: SunkEvent): string =>
  `<${priority}>1 ${recorded} ${hostname()} lanyard ${process.pid} FHIR-AuditEvent - \uFEFF${body}`;

/** A syslog that keeps what it is sent. */
export class SyslogServer {
  readonly messages: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(tls?: TlsOptions): Promise<SyslogServer> {
    const server = tls ? createTlsServer(tls) : createServer();
    const syslog = new SyslogServer(server);
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => syslog.take(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return syslog;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ids of the AuditEvents that came, at most a second after they were sent. */
  async arrived(many: number): Promise<readonly string[]> {
    for (let look = 0; look < 100 && this.messages.length < many; look++)
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    return this.messages.map((message) => {
      const { id } = JSON.parse(message.slice(message.indexOf('\uFEFF') + 1)) as { readonly id: string };
      return id;
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    let held = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      for (;;) {
        const space = held.indexOf(' ');
        const length = Number(held.subarray(0, Math.max(space, 0)).toString());
        if (space < 1 || held.length < space + 1 + length) return;
        this.messages.push(held.subarray(space + 1, space + 1 + length).toString());
        held = held.subarray(space + 1 + length);
      }
    });
  }
}

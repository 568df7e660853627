import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** `answer`: before the first byte that comes back; `COMMIT`: what comes back after that word was sent. */
type Cut = 'answer' | 'COMMIT';

/** A line to a server that loses what the server says at a chosen moment, and is cut then. */
export class CutLine {
  private cut: Cut | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    target: NetConnectOpts,
  ) {
    server.on('connection', (client) => this.join(client, connect(target)));
  }

  static async to(target: NetConnectOpts): Promise<CutLine> {
    const server = createServer();
    const line = new CutLine(server, target);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cutAt(cut: Cut): void {
    this.cut = cut;
  }

  mend(): void {
    this.cut = undefined;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, upstream: Socket): void {
    const both = [client, upstream];
    for (const socket of both) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    let committing = false;
    client.on('data', (part) => {
      committing ||= this.cut === 'COMMIT' && part.includes('COMMIT');
      upstream.write(part);
    });
    upstream.on('data', (part) => {
      if (this.cut === 'answer' || committing) for (const socket of both) socket.destroy();
      else client.write(part);
    });
  }
}

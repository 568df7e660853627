import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server of files on loopback, each by its name; what it does not know is 404. */
export class FileSource {
  readonly files = new Map<string, Answer>();
  /** Names in the order in which they were asked for. */
  readonly asked: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FileSource> {
    const server = createServer((request, response) => {
      const name = request.url!.slice(1).split('?')[0]!;
      source.asked.push(name);
      const answer = source.files.get(name);
      if (answer) answer(response, request);
      else response.writeHead(404).end();
    });
    const source = new FileSource(server);
    await new Promise<void>((listens) => {
      server.listen(0, '127.0.0.1', listens);
    });
    return source;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  url(name: string): string {
    return `http://${this.host}/${name}`;
  }

  /** Serves a file as a good server does. */
  add(name: string, content: string | Buffer): string {
    this.files.set(name, (response) => response.end(content));
    return this.url(name);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => {
      this.server.close(closed);
    });
  }
}

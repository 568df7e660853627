import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StartRefused } from '../config/checks/start-refused.js';
import type { Metrics } from './metrics.js';

/** `GET /metrics` on a port of its own, which is not for the world (ADR 24). */
export class MetricsServer {
  private readonly server: Server;

  constructor(private readonly metrics: Pick<Metrics, 'textForOperator' | 'contentType'>) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async listen(port: number, host: string): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject).listen(port, host, resolve);
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new StartRefused(`METRICS_PORT: cannot listen on ${host}:${port} (${code}). Example: METRICS_PORT=9464`);
    }
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  private async answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' || url.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics is here, and nothing else.\n');
      return;
    }
    const text = await this.metrics.textForOperator().catch(() => undefined);
    response.writeHead(text === undefined ? 500 : 200, { 'content-type': this.metrics.contentType }).end(text);
  }
}

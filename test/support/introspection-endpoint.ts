import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Json = Readonly<Record<string, unknown>>;

/** The introspection endpoint of a foreign issuer (RFC 7662): knows the tokens it is given, counts and keeps what is asked. */
export class IntrospectionEndpoint {
  readonly known = new Map<string, Json>();
  readonly asked: { readonly form: URLSearchParams; readonly authorization: string | undefined }[] = [];
  /** `wait` answers when {@link release} is called; a text is answered as it is, a number is a status. */
  behaviour: 'serve' | 'wait' | number | { readonly body: string } = 'serve';
  url = '';
  private readonly waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<IntrospectionEndpoint> {
    const server = createServer((request, response) => void endpoint.answer(request, response));
    const endpoint = new IntrospectionEndpoint(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
    return endpoint;
  }

  release(): void {
    this.behaviour = 'serve';
    for (const go of this.waiting.splice(0)) go();
  }

  async close(): Promise<void> {
    this.release();
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    this.asked.push({ form, authorization: request.headers.authorization });
    if (this.behaviour === 'wait') await new Promise<void>((resolve) => this.waiting.push(resolve));
    const { behaviour } = this;
    response.statusCode = request.method !== 'POST' ? 405 : typeof behaviour === 'number' ? behaviour : 200;
    response.setHeader('content-type', 'application/json');
    const known = this.known.get(form.get('token') ?? '');
    response.end(
      typeof behaviour === 'object'
        ? behaviour.body
        : JSON.stringify(known ? { active: true, ...known } : { active: false }),
    );
  }
}

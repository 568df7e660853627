import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { releaseOf } from './release-of.js';
import { startServer, type TestServer } from './server.js';

export const farSystem = 'http://far.example/CodeSystem/things';
export const farSet = 'http://far.example/ValueSet/animals';
export const farMap = 'http://far.example/ConceptMap/m';
export const farToken = 'far-token-1';

/** How it answers: as it should, never, with a status, more than anybody takes, with something else, or with codes of another system. */
export type FarBehaviour = 'serve' | 'hang' | 'huge' | 'nonsense' | 'lie' | number;

/** Another terminology server over HTTP: a Lanyard with a code system, a value set and a map, which may also fail. */
export class FarTerminology {
  behaviour: FarBehaviour = 'serve';
  url = '';
  /** Paths that were asked for, with the header `authorization` and the body. */
  readonly asked: { readonly path: string; readonly authorization: string | undefined; readonly body?: string }[] = [];

  private constructor(
    private readonly inner: TestServer,
    private readonly server: Server,
  ) {}

  static async start(): Promise<FarTerminology> {
    const inner = await startServer();
    await fill(inner);
    const server = createServer((request, response) => void far.answer(request, response));
    const far = new FarTerminology(inner, server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    far.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return far;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
    await this.inner.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', headers } = request;
    if (url === '/token') {
      const form = new URLSearchParams(await text(request));
      this.asked.push({ path: `${url}?${form.toString()}`, authorization: headers.authorization });
      return void response.end(JSON.stringify({ access_token: farToken, expires_in: 3600 }));
    }
    const body = await text(request);
    this.asked.push({ path: url, authorization: headers.authorization, ...(body && { body }) });
    response.setHeader('content-type', 'application/fhir+json');
    if (this.behaviour === 'serve' || this.behaviour === 'lie') await this.serve(request, body, response);
    else this.fail(response);
  }

  private fail(response: ServerResponse): void {
    const { behaviour } = this;
    if (behaviour === 'hang') return;
    if (typeof behaviour === 'number') return void response.writeHead(behaviour).end('{}');
    if (behaviour === 'huge')
      return void response.end(`{"resourceType":"Parameters","x":"${'x'.repeat(9 * 1024 * 1024)}"}`);
    response.end('<html>Welcome</html>');
  }

  private async serve(request: IncomingMessage, sent: string, response: ServerResponse): Promise<void> {
    const { url = '/', method = 'GET' } = request;
    const body = sent === '' ? undefined : (JSON.parse(sent) as object);
    const token = this.inner.token('user/*.rs');
    const answer = await this.inner.call(method, url.slice(1), { token, ...(body && { body }) });
    const lied = this.behaviour === 'lie' ? answer.text.replaceAll(farSystem, 'http://other.example/cs') : answer.text;
    response.writeHead(answer.status).end(lied);
  }
}

async function fill(server: TestServer): Promise<void> {
  const head = {
    resourceType: 'CodeSystem',
    url: farSystem,
    version: '7',
    name: 'Things',
    status: 'active',
    content: 'complete',
    property: [{ code: 'legs', type: 'code' }],
  };
  const concepts = [
    { code: 'animal', display: 'Animal' },
    {
      code: 'dog',
      display: 'Dog',
      parents: ['animal'],
      designations: [{ language: 'de', value: 'Hund' }],
      properties: [{ code: 'legs', valueCode: '4' }],
    },
    { code: 'stone', display: 'Stone' },
  ];
  await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
  const compose = { include: [{ system: farSystem, filter: [{ property: 'concept', op: 'is-a', value: 'animal' }] }] };
  const element = [{ code: 'dog', target: [{ code: 'canis', equivalence: 'equivalent' }] }];
  const resources = [
    { resourceType: 'ValueSet', id: 'v', url: farSet, status: 'active', compose },
    {
      resourceType: 'ConceptMap',
      id: 'm',
      url: farMap,
      status: 'active',
      group: [{ source: farSystem, target: 'http://latin.example', element }],
    },
  ];
  const token = server.token('user/*.cruds');
  for (const body of resources) await server.call('PUT', `${body.resourceType}/${body.id}`, { token, body });
}

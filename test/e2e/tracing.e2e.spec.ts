// Traces by OTLP: request, decision and statements of one request in one trace, and nothing of patients or secrets
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { processPassword, ServerProcess } from '../support/server-process.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Delivery {
  readonly resourceSpans: readonly {
    readonly resource: Pick<Span, 'attributes'>;
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

let collector: Server;
let database: FreshDatabase;
let server: ServerProcess;
let access: string;
const bodies: string[] = [];
const family = 'Zanzibarowski';
const id = 'resource-id-5544332211';
const callersTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = request.url === '/v1/traces' ? '' : `${request.url} `;
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    collector.listen(0, '127.0.0.1', resolve);
  });
  database = await freshDatabase();
  server = await ServerProcess.start(database, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    NODE_ENV: 'production',
    ALLOW_INSECURE: 'http,plain-keys',
    LOG_LEVEL: 'info',
  });
  ({ access } = await server.logIn());
  await server.call('PUT', `Patient/${id}`, access, { resourceType: 'Patient', id, name: [{ family }] });
  await server.call('GET', `Patient?name=${family}`, access);
  await server.call('GET', `Patient/${id}`, `${access.slice(0, -4)}AAAA`);
  const headers = { authorization: `Bearer ${access}`, traceparent: `00-${callersTrace}-${callersSpan}-01` };
  await (await fetch(`${server.base}/Patient/${id}`, { headers })).text();
  await server.call('DELETE', `Patient/${id}`, access);
});
afterAll(async () => {
  await server.kill();
  await database.drop();
  collector.closeAllConnections();
  collector.close();
});

const deliveries = (): readonly Delivery['resourceSpans'][number][] =>
  bodies.flatMap((body) => (JSON.parse(body) as Delivery).resourceSpans);
const spans = (): readonly Span[] =>
  deliveries().flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
const attribute = ({ attributes }: Pick<Span, 'attributes'>, name: string): unknown =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];

/** The span of the server for a request, and those within it. */
const traceOf = (method: string, route: string, status: number): Promise<readonly [Span, readonly Span[]]> =>
  vi.waitFor(
    () => {
      const found = spans().find(
        (span) => span.name === `${method} ${route}` && Number(attribute(span, 'http.response.status_code')) === status,
      );
      if (!found)
        throw new Error(`No span of ${method} ${route} in ${JSON.stringify(spans().map(({ name }) => name))}`);
      return [found, spans().filter(({ traceId, spanId }) => traceId === found.traceId && spanId !== found.spanId)];
    },
    { timeout: 20_000, interval: 100 },
  );

describe('traces', () => {
  it('hold the request, the decision and each statement, also after a body was read', async () => {
    const [update, within] = await traceOf('PUT', '/fhir/r4/Patient/:id', 201);
    expect(attribute(update, 'fhir.interaction')).toBe('update');
    expect(attribute(update, 'fhir.type')).toBe('Patient');
    expect(attribute(update, 'lanyard.client_id')).toBe('lanyard-login');
    expect(within.map(({ name }) => name)).toEqual(expect.arrayContaining(['decide', 'WITH']));
    expect(within.every(({ parentSpanId }) => parentSpanId !== undefined)).toBe(true);
  });

  it('hold where a transaction begins and ends', async () => {
    const [, within] = await traceOf('DELETE', '/fhir/r4/Patient/:id', 204);
    expect(within.map(({ name }) => name)).toEqual(expect.arrayContaining(['decide', 'BEGIN', 'COMMIT']));
    const begin = within.find(({ name }) => name === 'BEGIN')!;
    expect(attribute(begin, 'db.system.name')).toBe('postgresql');
    expect(attribute(begin, 'server.address')).toBe(database.connection.host);
  });

  it('go on the trace of the caller, and the log names it', async () => {
    const [read, within] = await traceOf('GET', '/fhir/r4/Patient/:id', 200);
    expect(read).toMatchObject({ traceId: callersTrace, parentSpanId: callersSpan });
    expect(within.filter(({ name }) => name === 'SELECT').length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(server.said).toContain(`"traceId":"${callersTrace}"`), { timeout: 5000 });
  });

  it('say why a request was refused, which is no error of the server', async () => {
    const [refused, within] = await traceOf('GET', '/fhir/r4/Patient/:id', 401);
    expect(JSON.stringify(attribute(refused, 'lanyard.reasons'))).toContain('signature-invalid');
    expect(refused.status.code ?? 0).toBe(0);
    expect(
      attribute(
        within.find(({ name }) => name === 'decide')!,
        'lanyard.outcome',
      ),
    ).toBe('refused');
  });

  it('name the service and its version', () => {
    const [{ resource } = { resource: { attributes: [] } }] = deliveries();
    expect(attribute(resource, 'service.name')).toBe('lanyard');
    expect(attribute(resource, 'service.version')).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('hold no address, id, name, token or password', async () => {
    await traceOf('GET', '/fhir/r4/Patient/:id', 200);
    const text = bodies.join('\n');
    for (const secret of [family, id, access, access.split('.')[2]!, processPassword])
      expect(text).not.toContain(secret);
  });

  it('leave out what the server does by itself', () => {
    const known = new Set(spans().map(({ spanId }) => spanId));
    const alone = spans().filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
    expect(alone.filter((span) => attribute(span, 'http.request.method') === undefined)).toEqual([]);
  });
});

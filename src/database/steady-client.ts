import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Client, type ClientConfig } from 'pg';
import { type DatabaseHosts, IsStandby } from './database-hosts.js';

type Connected = ((error: Error) => void) | ((error: null, client: Client) => void);

/** A message of PostgreSQL about a parameter of the session; `in_hot_standby` is told at each start. */
interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/**
 * A connection whose loss is an answer to its user, never an unhandled `error` event that ends the process. Of several hosts, it leads to the one that takes
 * writes.
 */
export class SteadyClient extends Client {
  constructor(private readonly config: ClientConfig & { readonly hosts?: DatabaseHosts } = {}) {
    super(config);
    this.on('error', () => config.hosts?.doubt());
  }

  override connect(): Promise<Client>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<Client> | void {
    const { hosts } = this.config;
    if (!hosts) return connected ? super.connect(connected) : super.connect();
    const connecting = this.connectTo(hosts);
    if (!connected) return connecting;
    const called = connected as (error: Error | null, client?: Client) => void;
    void connecting.then((client) => called(null, client), called);
  }

  private async connectTo(hosts: DatabaseHosts): Promise<Client> {
    const { host, port } = await hosts.primary(this.config);
    Object.assign(this, { host, port });
    let isStandby = false;
    const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
    connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
      if (parameterName === 'in_hot_standby') isStandby = parameterValue === 'on';
    });
    try {
      await super.connect();
      if (!isStandby) return this;
    } catch (error) {
      hosts.doubt();
      throw error;
    }
    hosts.doubt();
    await this.end();
    throw new IsStandby();
  }
}

const tracer = trace.getTracer('lanyard');
const longestText = 2000;

type Query = (...parts: readonly unknown[]) => unknown;
type Callback = (error: unknown, ...results: readonly unknown[]) => void;

/**
 * With a span for each statement within a request (https://opentelemetry.io/docs/specs/semconv/database/postgresql/). Values are
 * no part of a statement's text, so none gets into a trace.
 */
export class TracedClient extends SteadyClient {
  override query = ((...parts: readonly unknown[]) => {
    const run = super.query.bind(this) as Query;
    if (!trace.getActiveSpan()) return run(...parts);
    const span = startSpan(textOf(parts[0]), this);
    const callback = parts.findIndex((part) => typeof part === 'function');
    if (callback !== -1) return run(...parts.with(callback, ending(span, parts[callback] as Callback)));
    const result = run(...parts);
    if (result instanceof Promise)
      result.then(
        () => span.end(),
        (error: unknown) => fail(span, error),
      );
    else span.end();
    return result;
  }) as Client['query'];
}

function startSpan(text: string, { host, port }: Client): Span {
  const operation = /^\w+/.exec(text)?.[0].toUpperCase() ?? 'SQL';
  const attributes = {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    'db.query.text': text.slice(0, longestText),
    'server.address': host,
    'server.port': port,
  };
  return tracer.startSpan(operation, { kind: SpanKind.CLIENT, attributes });
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { readonly text?: unknown }).text;
  return typeof text === 'string' ? text.trimStart() : '';
}

/** Code after the statement runs in the context of its caller, not of the connection. */
function ending(span: Span, callback: Callback): Callback {
  return context.bind(context.active(), (error: unknown, ...results: readonly unknown[]) => {
    if (error) fail(span, error);
    else span.end();
    callback(error, ...results);
  });
}

function fail(span: Span, error: unknown): void {
  const code = (error as { readonly code?: unknown }).code;
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('db.response.status_code', typeof code === 'string' ? code : 'unknown').end();
}

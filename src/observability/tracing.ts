import {
  type Attributes,
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { RequestFacts } from './request-facts.js';

const tracer = trace.getTracer('lanyard');

/**
 * Traces by OTLP over HTTP: a span for the request, one for the decision about it, one for each statement of SQL. Beside the
 * endpoint, the libraries read the `OTEL_…` variables of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
 */
export class Tracing {
  private readonly spans = new WeakMap<object, Span>();

  private constructor(private readonly provider: BasicTracerProvider) {}

  /** Starts tracing for the whole process, so once; `warn` is called when spans cannot be delivered. */
  static start(version: string, warn: (line: string) => void): Tracing {
    diag.setLogger(
      { error: warn, warn, info: () => undefined, debug: () => undefined, verbose: () => undefined },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const own = resourceFromAttributes({ 'service.name': 'lanyard', 'service.version': version });
    const provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(own)
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(provider);
    return new Tracing(provider);
  }

  /** Runs `next` within the span of the request, which goes on a trace of the caller (W3C Trace Context). */
  begin(request: { readonly headers: object; readonly method: string }, next: () => void): void {
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, caller);
    this.spans.set(request, span);
    context.with(trace.setSpan(caller, span), next);
  }

  /** Continues the span of the request: code that reads a body from the socket loses it. */
  resume(request: object, next: () => void): void {
    const span = this.spans.get(request);
    if (span) context.with(trace.setSpan(context.active(), span), next);
    else next();
  }

  traceIdOf(request: object): string | undefined {
    return this.spans.get(request)?.spanContext().traceId;
  }

  end(request: object, facts: RequestFacts): void {
    const span = this.spans.get(request);
    if (!span) return;
    span.updateName(facts.route === '' ? facts.method : `${facts.method} ${facts.route}`);
    span.setAttributes(attributesOf(facts));
    if (facts.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** Delivers what is left. */
  async close(): Promise<void> {
    await this.provider.shutdown().catch(() => undefined);
  }
}

/** No address and no id of a resource: traces go where logs go (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). */
const attributesOf = (facts: RequestFacts): Attributes => ({
  'http.request.method': facts.method,
  'http.route': facts.route,
  'http.response.status_code': facts.status,
  'fhir.interaction': facts.interaction,
  'fhir.type': facts.type,
  'lanyard.request_id': facts.requestId,
  ...(facts.clientId !== undefined && { 'lanyard.client_id': facts.clientId }),
  ...(facts.reasons && { 'lanyard.reasons': [...facts.reasons] }),
});

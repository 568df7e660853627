import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('lanyard');

/** Runs `work` in a span of its own within that of the request; without one, just `work`: a span that is not recorded costs two contexts. */
export function inSpan<T>(name: string, work: () => T): T {
  if (!trace.getActiveSpan()) return work();
  return tracer.startActiveSpan(name, (span) => {
    if (!span.isRecording()) return work();
    const end = (outcome: string): void => span.setAttribute('lanyard.outcome', outcome).end();
    try {
      const result = work();
      if (result instanceof Promise) {
        result.then(
          () => end('done'),
          () => end('refused'),
        );
      } else end('done');
      return result;
    } catch (error) {
      end('refused');
      throw error;
    }
  });
}
